// The record in two shards, two real D1 databases: what each has is read as one record, page by page, and where one does not
// answer that is said, by its name.
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Leaf } from "#core/record";
import { Ledger } from "../../../durable-objects/ledger/index.ts";
import { enterShards, readShards, type Shard } from "../../../durable-objects/shards/index.ts";
import type { Env } from "../../../worker/env.ts";
import { ActivityList, Statistics } from "../../../worker/insight/items.ts";
import { Traffic, type TrafficCursor } from "../../../worker/policies/traffic.ts";
import { tellSessions } from "../../../worker/policies/tell-sessions.ts";
import { Health } from "../../../worker/records/items.ts";
import { tellOfFullShards } from "../../../worker/records/full-shards.ts";
import { shards, shardSizes } from "../../../worker/records/shards.ts";
import { retain } from "../../../worker/retention/index.ts";
import { terminateApi } from "../../../worker/terminate.ts";
import { type Api, openApiUnderTest } from "./api.ts";
import { batch, start, statement, T0 } from "./entries.ts";
import { openTwoShards, SHARDS, type TwoShards } from "./two-shards.ts";

const SESSIONS = 24;
const id = (n: number): string => n.toString(16).padStart(32, "0");
/** Two begin at the same time, one in each shard; the shard does not follow from the id. */
const placeOf = (n: number): "LEDGER" | "RECORD_1" => ((n * 5) % 7 < 3 ? "LEDGER" : "RECORD_1");
const startedAt = (n: number): number => T0 + Math.floor(n / 2) * 1000;
const everyOne = Array.from({ length: SESSIONS }, (_, n) => n);
const newestFirst = everyOne.toSorted((a, b) => startedAt(b) - startedAt(a) || b - a).map((n) => id(n));
const inFirst = everyOne.filter((n) => placeOf(n) === "LEDGER");
const inSecond = everyOne.filter((n) => placeOf(n) === "RECORD_1");
const LIVE = [inFirst.at(-1), inSecond.at(-1)] as readonly number[];
const HELD = [inFirst[0], inSecond[0]] as readonly number[];
const LARGE = [100, 101, 102, 103, 104, 105, 106, 107].map((n) => id(n));

let two: TwoShards;
let api: Api;

const over = (env: Partial<Env>): Api => openApiUnderTest(two.first, undefined, env);

async function record(n: number): Promise<void> {
  const db = placeOf(n) === "LEDGER" ? two.first : two.second;
  const statements = [1, 2].map((seq) =>
    statement(seq, `select ${String(n)} -- ${n % 3 === 0 ? "third" : ""}`),
  );
  const end = LIVE.includes(n)
    ? null
    : ({ endedAt: startedAt(n) + 60_000, reason: "agent_terminated", detail: null } as const);
  await new Ledger(db).write(
    batch(id(n), { start: start(id(n), { startedAt: startedAt(n) }), end, statements }),
  );
}

beforeAll(async () => {
  two = await openTwoShards();
  for (const n of everyOne) await record(n);
  api = over(two.env());
});

async function read<T>(path: string, from: Api = api): Promise<T> {
  const response = await from.get(path);
  if (response.status !== 200)
    throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
  return response.json<T>();
}

interface Page {
  readonly data: readonly { readonly id: string }[];
  readonly next_cursor: string | null;
}

async function allPages(path: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor = ""; ;) {
    const { data, next_cursor: next } = await read<Page>(`${path}${cursor}`);
    found.push(...data.map((item) => item.id));
    if (next === null) return found;
    cursor = `&cursor=${next}`;
  }
}

test("neither shard is empty, so that both are tried", () => {
  expect(Math.min(inFirst.length, inSecond.length)).toBeGreaterThan(5);
  expect(everyOne.some((n) => n % 2 === 0 && placeOf(n) !== placeOf(n + 1))).toBe(true);
});

test("a session that somebody has copied into another shard is broken, whichever of them answers first", async () => {
  const n = inFirst[1] ?? 0;
  const path = `/sessions/${id(n)}/verify`;
  expect(await read(path)).toMatchObject({ verdict: "not_chained" });
  await new Ledger(two.second).write(batch(id(n), { start: start(id(n), { startedAt: startedAt(n) }) }));
  const what = "the record shards LEDGER and RECORD_1 have the session, which is in one of them";
  expect(await read(path)).toMatchObject({ verdict: "broken", first_break: { entry: null, what } });
  // What does not answer is not known to have it.
  expect(await read(path, over(two.env("RECORD_1")))).toMatchObject({ verdict: "not_chained" });
  await two.second.prepare("DELETE FROM sessions WHERE id = ?").bind(id(n)).run();
});

describe("one record", () => {
  test.each([2, 5, 200])("sessions by pages of %i: all of them once, newest first", async (limit) => {
    expect(await allPages(`/sessions?limit=${String(limit)}`)).toEqual(newestFirst);
  });

  test.each([
    ["text=third", everyOne.filter((n) => n % 3 === 0)],
    ["decision=allow&text=third", everyOne.filter((n) => n % 3 === 0)],
    ["subject=bot-1", everyOne],
    [`from=${new Date(startedAt(20)).toISOString()}`, everyOne.filter((n) => n >= 20)],
    ["relation=public.nothing", []],
  ])("sessions searched by %s", async (filter, expected) => {
    const wanted = newestFirst.filter((one) => expected.some((n) => id(n) === one));
    expect(await allPages(`/sessions?limit=3&${filter}`)).toEqual(wanted);
  });

  test.each([3, 200])("statements by pages of %i: in the order of their sessions", async (limit) => {
    const wanted = newestFirst.flatMap((one) => [`${one}:2`, `${one}:1`]);
    expect(await allPages(`/statements?limit=${String(limit)}`)).toEqual(wanted);
  });

  test("everything of a session by its id, whichever shard has it", async () => {
    for (const n of [inFirst[0], inSecond[0], ...LIVE] as number[]) {
      const path = `/sessions/${id(n)}`;
      expect(await read(path)).toMatchObject({ id: id(n), counts: { statements: 2 } });
      expect(await allPages(`${path}/statements?limit=1`)).toEqual([`${id(n)}:1`, `${id(n)}:2`]);
      expect(await allPages(`/statements?session_id=${id(n)}`)).toEqual([`${id(n)}:2`, `${id(n)}:1`]);
      expect((await api.get(`${path}/statements/2/request`)).status).toBe(404);
      expect(await read(`${path}/marks`)).toMatchObject({ data: [{ seq: 1 }, { seq: 2 }] });
      expect(await read(`${path}/verify`)).toMatchObject({ verdict: "not_chained" });
      const exported = await (await api.get(`${path}/export`)).bytes();
      expect(new TextDecoder().decode(exported)).toContain(`select ${String(n)}`);
    }
    expect((await api.get(`/sessions/${id(99)}`)).status).toBe(404);
  });

  test("activity and statistics count both", async () => {
    const ids = [inFirst[0], inSecond[0], 99].map((n) => id(n ?? 0));
    const { data } = v.parse(ActivityList, await read(`/activity?sessions=${ids.join(",")}`));
    expect(data.map(({ density }) => density.reduce((sum, n) => sum + n, 0))).toEqual([2, 2, 0]);
    const period = `from=${new Date(T0).toISOString()}&to=${new Date(T0 + 3_600_000).toISOString()}`;
    const counted = v.parse(Statistics, await read(`/statistics?${period}`));
    expect([counted.statements, counted.complete]).toEqual([SESSIONS * 2, true]);
    expect(counted.sessions.reduce((sum, n) => sum + n, 0)).toBe(SESSIONS);
  });

  test("recorded traffic comes oldest session first, a page at a time", async () => {
    const traffic = new Traffic(shards(two.env()));
    const period = { target: "shop", from: T0, to: T0 + 3_600_000, subject: null };
    const found: string[] = [];
    for (let after: TrafficCursor | null = null; ;) {
      const page = await traffic.page(period, after, 7);
      found.push(...page.statements.map(({ sessionId, seq }) => `${sessionId}:${String(seq)}`));
      after = page.next;
      if (after === null) break;
    }
    const oldestFirst = everyOne.toSorted((a, b) => startedAt(a) - startedAt(b) || a - b);
    expect(found).toEqual(oldestFirst.flatMap((n) => [`${id(n)}:1`, `${id(n)}:2`]));
  });

  test("a new policy is told to the live sessions of both", async () => {
    const told: string[] = [];
    await tellSessions(two.env(), "shop", async (one) => void told.push(one));
    expect(told.toSorted()).toEqual(LIVE.map((n) => id(n)).toSorted());
  });
});

describe("a shard that does not answer", () => {
  const told = vi.fn<(line: string) => void>();
  const { error } = console;
  beforeAll(() => void (console.error = told));
  afterAll(() => void (console.error = error));

  const LISTS = [
    "/sessions",
    "/sessions?text=third",
    "/statements",
    "/statements?relation=orders",
    `/activity?sessions=${id(0)}`,
    "/statistics",
  ];

  test.each(["LEDGER", "RECORD_1"] as const)("%s: no list is given without it", async (down) => {
    const without = over(two.env(down));
    for (const path of LISTS) {
      const response = await without.get(path);
      const problem = await response.json();
      expect([path, response.status]).toEqual([path, 503]);
      expect(problem).toMatchObject({ shard: down, detail: expect.stringContaining(down) });
    }
  });

  test("what the others have is given; what may be there is not called unknown", async () => {
    const without = over(two.env("RECORD_1"));
    for (const path of ["", "/statements", "/verify", "/marks", "/events"])
      expect((await without.get(`/sessions/${id(inFirst[0] ?? 0)}${path}`)).status).toBe(200);
    for (const n of [inSecond[2] ?? 0, 99])
      for (const path of ["", "/statements", "/verify", "/export", "/marks"])
        expect((await without.get(`/sessions/${id(n)}${path}`)).status, path).toBe(503);
  });

  test("one shard alone is listed when it is asked for by its name", async () => {
    const without = over(two.env("RECORD_1"));
    const { data } = await read<Page>("/sessions?shard=LEDGER&limit=200", without);
    expect(new Set(data.map((item) => item.id))).toEqual(new Set(inFirst.map((n) => id(n))));
    const one = id(inFirst[0] ?? 0);
    expect(await read(`/statements?session_id=${one}&shard=RECORD_1`)).toEqual({
      data: [],
      next_cursor: null,
    });
    expect((await without.get("/statements?shard=RECORD_1")).status).toBe(503);
    const unknown = await without.get("/sessions?shard=RECORD_9");
    expect([unknown.status, await unknown.json()]).toMatchObject([
      400,
      { parameter: "shard", detail: expect.stringContaining("one of LEDGER, RECORD_1") },
    ]);
  });

  test("a session is ended all the same: who has to end one cannot wait for the record", async () => {
    const ended: string[] = [];
    const objects = {
      idFromName: (name: string) => name,
      get: (name: string) => ({
        isOpen: async () => false,
        terminate: async () => void ended.push(name),
      }),
    };
    const app = terminateApi(async (_, next) => next());
    const live = id(LIVE[1] ?? 0);
    const end = async (one: string, env: Env): Promise<number> =>
      (await app.request(`/sessions/${one}`, { method: "DELETE" }, { ...env, SESSIONS: objects } as never))
        .status;
    expect(await end(live, two.env("RECORD_1"))).toBe(204);
    expect(await end(live, two.env())).toBe(204);
    expect(await end(id(99), two.env())).toBe(404);
    expect(await end(id(inSecond[0] ?? 0), two.env())).toBe(204);
    expect(ended).toEqual([live, live]);
  });

  test("one that failed when a session was looked for is found once it answers", async () => {
    const one = id(inSecond[3] ?? 0);
    expect((await over(two.env("RECORD_1")).get(`/sessions/${one}`)).status).toBe(503);
    expect((await api.get(`/sessions/${one}`)).status).toBe(200);
    // Found before, and it fails now.
    const response = await over(two.env("RECORD_1")).get(`/sessions/${one}/statements`);
    expect([response.status, await response.json()]).toMatchObject([503, { shard: "RECORD_1" }]);
    expect(told).toHaveBeenLastCalledWith("sluice: shard RECORD_1 D1_ERROR");
  });

  test("health says which", async () => {
    const health = v.parse(v.strictObject(Health.entries), await read("/healthz"));
    expect(health.shards).toEqual([
      { name: "LEDGER", d1: "ok" },
      { name: "RECORD_1", d1: "ok" },
    ]);
    const response = await over(two.env("RECORD_1")).get("/healthz");
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { status: "degraded", d1: "unreachable", shards: [{ d1: "ok" }, { d1: "unreachable" }] },
    ]);
  });

  test("and each that answers says how large it is", async () => {
    const sizes = await shardSizes(two.env("LEDGER"));
    expect(sizes).toMatchObject([
      { name: "LEDGER", answers: false, bytes: null },
      { name: "RECORD_1", answers: true, open: true },
    ]);
    expect(sizes[1]?.bytes).toBeGreaterThan(10_000);
  });

  test("one that is nearly full and open is told to the admin", async () => {
    const sized = (bytes: number): object => ({
      prepare: () => ({ run: () => Promise.resolve({ meta: { size_after: bytes } }) }),
      batch: () => null,
    });
    const env = (open: boolean, first: number, second: number): Env =>
      ({
        LEDGER: sized(first),
        RECORD_1: sized(second),
        SHARDS: JSON.stringify({ RECORD_1: { open } }),
      }) as unknown as Env;
    told.mockClear();
    await tellOfFullShards(env(false, 8.9e9, 9.9e9));
    expect(told).not.toHaveBeenCalled();
    await tellOfFullShards(env(true, 8.9e9, 9.3e9));
    expect(told.mock.calls).toEqual([[expect.stringContaining("shard RECORD_1 holds 9.3 of D1's 10 GB")]]);
  });
});

describe("SHARDS that cannot be", () => {
  test("names a binding that is missing: nothing is read, and the admin is told which", async () => {
    const response = await over({
      SHARDS: '{"RECORD_1": {}, "RECORD_9": {}}',
      RECORD_1: two.second,
    } as Partial<Env>).get("/sessions");
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { detail: expect.stringContaining("no D1 database is bound as RECORD_9") },
    ]);
  });

  test("names a var: that is no database", async () => {
    const response = await over({ SHARDS, RECORD_1: "text" } as Partial<Env>).get(`/sessions/${id(0)}`);
    expect(await response.json()).toMatchObject({ status: 500, detail: expect.stringContaining("RECORD_1") });
  });
});

describe("the catalogue", () => {
  const of = (shards: string | undefined): Env => ({ ...two.env(), SHARDS: shards }) as unknown as Env;
  const named = (env: Env): readonly Shard[] => {
    const read = readShards(env);
    if (!read.ok) throw new Error(read.error);
    return read.value;
  };
  const rows = async (): Promise<unknown[]> =>
    (await two.first.prepare("SELECT name, since FROM shards").all()).results;

  afterAll(() => two.first.exec("DELETE FROM shards"));

  test("has no row where there is the first shard alone, and one for each other, once", async () => {
    const alone = of(undefined);
    await enterShards(alone, named(alone), 1);
    expect(await rows()).toEqual([]);
    const both = of(SHARDS);
    await enterShards(both, named(both), 2);
    await enterShards(both, named(both), 3);
    expect(await rows()).toEqual([{ name: "RECORD_1", since: 2 }]);
  });

  test("a shard that is left out is missed, by lists and by who looks for a session that no other has", async () => {
    const without = over({ LEDGER: reached(two.first) });
    for (const path of ["/sessions", "/statements", "/statistics", `/sessions/${id(inSecond[0] ?? 0)}`]) {
      const response = await without.get(path);
      expect([path, response.status, await response.json()]).toMatchObject([
        path,
        500,
        { detail: expect.stringContaining("SHARDS does not name RECORD_1") },
      ]);
    }
    // Closed is not left out.
    const closed = over(of('{"RECORD_1": {"open": false}}'));
    expect((await closed.get(`/sessions/${id(inSecond[0] ?? 0)}`)).status).toBe(200);
    expect((await closed.get(`/sessions/${id(99)}`)).status).toBe(404);
  });
});

/** The same database to one who has not looked into its catalogue yet. */
function reached(db: D1Database): D1Database {
  return { prepare: (sql: string) => db.prepare(sql), batch: (all) => db.batch(all) } as D1Database;
}

describe("what changes the record, in this order,", () => {
  afterAll(() => void vi.useRealTimers());

  test("statements that are too large for one page come on the next, from either shard", async () => {
    const statements = [statement(1, `select '${"x".repeat(1_500_000)}'`)];
    for (const [n, one] of LARGE.entries()) {
      const ledger = new Ledger(n % 2 === 0 ? two.first : two.second);
      await ledger.write(batch(one, { start: start(one, { startedAt: T0 + 3_600_000 + n }), statements }));
    }
    const first = await read<Page>("/statements?limit=10");
    expect(first.data.length).toBeLessThan(8);
    const found = await allPages("/statements?limit=10");
    expect(found.slice(0, 8)).toEqual(LARGE.toReversed().map((one) => `${one}:1`));
    expect(found).toHaveLength(8 + SESSIONS * 2);
  });

  test("a hold is set where the session is", async () => {
    for (const n of HELD) {
      const asked = { method: "PUT", headers: { "x-role": "admin" }, body: '{"reason": "a lawsuit"}' };
      const put = await api.app.request(`/v1/sessions/${id(n)}/hold`, asked, two.env());
      expect(put.status).toBe(204);
      expect(await read(`/sessions/${id(n)}`)).toMatchObject({ hold: { reason: "a lawsuit" } });
    }
  });

  test("retention goes through the shards that answer, and says at the end that it stopped", async () => {
    const leaves: Leaf[] = [];
    await expect(retain(withLog(leaves, two.env("LEDGER")))).rejects.toThrow("stopped in LEDGER");
    // One is live, one held.
    expect(leaves).toHaveLength(inSecond.length - 2);
  });

  test("retention goes through the other once it answers, and leaves what is live or held", async () => {
    const leaves: Leaf[] = [];
    await retain(withLog(leaves, two.env()));
    expect(leaves).toHaveLength(inFirst.length - 2);
    const left = [...LARGE.toReversed(), ...newestFirst].filter((one) =>
      [...LARGE, ...[...LIVE, ...HELD].map((n) => id(n))].includes(one),
    );
    expect(await allPages("/sessions?limit=5")).toEqual(left);
  });
});

/** Everything is older than a day then. */
function withLog(leaves: Leaf[], env: Partial<Env>): Env {
  vi.setSystemTime(T0 + 10 * 86_400_000);
  const log = {
    append: (leaf: Leaf) => Promise.resolve(leaves.push(leaf) - 1),
    inclusion: () => Promise.resolve(null),
    isHeld: () => Promise.resolve(false),
  };
  const LOG = { idFromName: () => null, get: () => log };
  return { ...env, LOG, RETENTION: '{"*": {"days": 1, "afterwards": "delete"}}' } as unknown as Env;
}
