// Search over the record, on a real D1: what each filter finds, where pages begin and end, and what it may cost.
import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import type { Decision } from "#core/policy";
import type { Intent } from "#core/record";
import { Ledger, type LedgerStatement } from "../../../durable-objects/ledger/index.ts";
import { StatementItem } from "../../../worker/records/items.ts";
import { SCAN_LIMITS } from "../../../worker/records/search.ts";
import { openApiUnderTest, type Api } from "./api.ts";
import { openLedger } from "./database.ts";
import { batch, intent, outcome, start, T0 } from "./entries.ts";

const id = (n: number): string => n.toString(16).padStart(32, "0");
const [A, B, C] = [id(10), id(11), id(12)] as const;

let db: D1Database;
let ledger: Ledger;
let api: Api;

beforeEach(async () => {
  db = await openLedger();
  await db.batch(
    ["sessions", "statements", "chunks", "events", "facets"].map((table) =>
      db.prepare(`delete from ${table}`),
    ),
  );
  ledger = new Ledger(db);
  api = openApiUnderTest(db);
});

interface Page {
  readonly data: readonly Record<string, unknown>[];
  readonly next_cursor: string | null;
}

async function read(path: string, from: Api = api): Promise<Page> {
  const response = await from.get(path);
  if (response.status !== 200)
    throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
  return response.json<Page>();
}

async function ids(path: string): Promise<unknown[]> {
  return (await read(path)).data.map((item) => item["id"]);
}

/** Every page of it. */
async function all(path: string): Promise<{ ids: unknown[]; pages: number }> {
  const found: unknown[] = [];
  let cursor = "";
  for (let pages = 1; ; pages++) {
    const { data, next_cursor } = await read(`${path}${cursor}`);
    found.push(...data.map((item) => item["id"]));
    if (next_cursor === null) return { ids: found, pages };
    cursor = `${path.includes("?") ? "&" : "?"}cursor=${next_cursor}`;
  }
}

interface Judged {
  readonly kinds?: readonly string[];
  readonly relations?: Intent["relations"];
  readonly decision?: Partial<Decision>;
  readonly startedAt?: number;
}

function judged(seq: number, text: string, { decision, ...more }: Judged = {}): LedgerStatement {
  const plain = intent(seq, text, more);
  return {
    seq,
    revision: 2,
    intent: { ...plain, decision: { ...plain.decision, ...decision } },
    outcome: outcome(seq),
    responseTail: new Uint8Array(60),
  };
}

const reads = (name: string) => ({ name, access: "read" }) as const;
const writes = (name: string) => ({ name, access: "write" }) as const;

describe("filters", () => {
  beforeEach(async () => {
    await ledger.write(
      batch(A, {
        start: start(A, { startedAt: T0 }),
        statements: [
          judged(1, "select * from orders", { kinds: ["select"], relations: [reads("public.orders")] }),
          judged(2, "update orders set Note = 'x%'", {
            kinds: ["update"],
            relations: [reads("public.orders"), writes("public.orders")],
            decision: { effect: "observe", rule: "watch" },
          }),
          judged(3, "drop table items", {
            kinds: ["drop_table"],
            relations: [{ name: "public.items", access: "define" }],
            decision: { effect: "deny", rule: "ddl" },
          }),
        ],
        end: { endedAt: T0 + 10_000, reason: "agent_terminated", detail: null },
      }),
    );
    const principal = { ...start(B).principal, subject: "bot-2" };
    await ledger.write(
      batch(B, {
        start: start(B, { startedAt: T0 + 60_000, principal, target: "other" }),
        statements: [
          judged(1, "select 1", { kinds: ["select"], startedAt: T0 + 61_000 }),
          judged(2, "insert into orders select * from stock", {
            kinds: ["insert", "select"],
            relations: [writes("public.orders"), reads("public.stock")],
            startedAt: T0 + 62_000,
          }),
        ],
      }),
    );
    await ledger.write(batch(C, { start: start(C, { startedAt: T0 + 90_000 }) }));
  });

  test.each([
    ["", [`${B}:2`, `${B}:1`, `${A}:3`, `${A}:2`, `${A}:1`]],
    ["relation=public.orders", [`${B}:2`, `${A}:2`, `${A}:1`]],
    ["relation=public.orders&access=write", [`${B}:2`, `${A}:2`]],
    ["relation=public.items&access=define", [`${A}:3`]],
    ["relation=public.items&access=read", []],
    ["relation=public.order", []],
    ["relation=orders", [`${B}:2`, `${A}:2`, `${A}:1`]],
    ["relation=orders&access=write", [`${B}:2`, `${A}:2`]],
    ["relation=order", []],
    ["relation=rders", []],
    ["kind=select", [`${B}:2`, `${B}:1`, `${A}:1`]],
    ["kind=drop_table", [`${A}:3`]],
    ["kind=ddl", [`${A}:3`]],
    ["kind=write", [`${B}:2`, `${A}:2`]],
    ["decision=deny", [`${A}:3`]],
    ["decision=observe", [`${A}:2`]],
    ["decision=allow", [`${B}:2`, `${B}:1`, `${A}:1`]],
    ["decision=approve", []],
    ["rule=ddl", [`${A}:3`]],
    ["rule=dd", []],
    ["text=NOTE%20%3D%20%27X%25", [`${A}:2`]],
    ["text=x_", []],
    ["subject=bot-2", [`${B}:2`, `${B}:1`]],
    ["target=shop", [`${A}:3`, `${A}:2`, `${A}:1`]],
    [`session_id=${A}`, [`${A}:3`, `${A}:2`, `${A}:1`]],
    [`session_id=${id(99)}`, []],
    ["from=2026-11-20T09:00:03Z", [`${B}:2`, `${B}:1`, `${A}:3`]],
    ["to=2026-11-20T09:00:03Z", [`${A}:2`, `${A}:1`]],
    ["from=2026-11-20T09:00:02Z&to=2026-11-20T09:01:02Z", [`${B}:1`, `${A}:3`, `${A}:2`]],
    ["from=2026-11-20T09:00:11Z&kind=select", [`${B}:2`, `${B}:1`]],
    ["relation=public.orders&kind=select", [`${B}:2`, `${A}:1`]],
    ["relation=public.orders&decision=allow&kind=select&rule=allow-all&text=stock", [`${B}:2`]],
    // Each is true of a statement of the session, none of one and the same.
    ["relation=public.orders&decision=deny", []],
    ["subject=bot-2&relation=public.orders&target=other", [`${B}:2`]],
    ["subject=bot-1&target=other", []],
    [`session_id=${A}&subject=bot-2`, []],
  ])("statements by %s", async (query, expected) => {
    expect(await ids(`/statements?${query}`)).toEqual(expected);
  });

  test.each([
    ["", [C, B, A]],
    ["relation=public.orders", [B, A]],
    ["relation=public.orders&access=read", [A]],
    ["relation=items", [A]],
    ["kind=insert", [B]],
    ["kind=read", [B, A]],
    ["decision=deny", [A]],
    ["rule=watch", [A]],
    ["text=stock", [B]],
    ["relation=public.orders&decision=deny", []],
    ["relation=public.orders&rule=watch&text=note&subject=bot-1&target=shop", [A]],
    ["relation=public.orders&from=2026-11-20T09:00:30Z", [B]],
    ["relation=public.orders&to=2026-11-20T09:00:30Z", [A]],
    ["kind=select&target=other", [B]],
    ["subject=bot-1", [C, A]],
  ])("sessions by %s", async (query, expected) => {
    expect(await ids(`/sessions?${query}`)).toEqual(expected);
  });

  test("an item is as in its session's list, and as its schema says", async () => {
    const { data } = await read(`/statements?session_id=${A}&rule=ddl`);
    for (const item of data) v.parse(v.strictObject(StatementItem.entries), item);
    expect(data).toEqual((await read(`/sessions/${A}/statements`)).data.slice(2));
  });

  test.each([
    ["access=read", "access", "goes with relation"],
    ["kind=SELECT", "kind", "create_table"],
    ["decision=denied", "decision", '"deny"'],
    ["session_id=xyz", "session_id", "32 hexadecimal"],
    ["text=", "text", "1 to 1000"],
    ["cursor=WzFd", "cursor", "next_cursor"],
    ["table=x", "table", "accepted are subject, target, session_id, relation"],
  ])("statements by %s is a 400 that names the parameter", async (query, parameter, accepted) => {
    const response = await api.get(`/statements?${query}`);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { parameter, detail: expect.stringContaining(accepted) },
    ]);
  });

  test("a live session that is named is asked to bring D1 up to date first", async () => {
    const asked: string[] = [];
    const live = openApiUnderTest(db, async (sessionId) => {
      asked.push(sessionId);
      await ledger.write(batch(C, { statements: [judged(1, "select 7")] }));
    });
    expect((await read(`/statements?session_id=${C}`, live)).data).toHaveLength(1);
    expect(asked).toEqual([C]);
  });

  test("a value that an intent lost again finds no statement", async () => {
    const running = { ...judged(1, "q", { decision: { effect: "approve" } }), revision: 1, outcome: null };
    await ledger.write(batch(C, { statements: [running] }));
    expect(await ids("/sessions?decision=approve")).toEqual([C]);
    await ledger.write(batch(C, { statements: [judged(1, "q")] }));
    expect(await ids("/sessions?decision=approve")).toEqual([]);
    expect(await ids("/statements?decision=approve")).toEqual([]);
  });
});

describe("pages", () => {
  const session = (n: number, statements: number, startedAt = T0 + n * 1000): Promise<unknown> =>
    ledger.write(
      batch(id(n), {
        start: start(id(n), { startedAt }),
        statements: Array.from({ length: statements }, (_, i) =>
          judged(i + 1, `select ${String(i)}`, {
            kinds: [i % 2 === 0 ? "select" : "update"],
            relations: i % 3 === 0 ? [reads("public.a"), writes("public.a")] : [],
          }),
        ),
      }),
    );

  test.each([
    "/statements?limit=4",
    "/statements?limit=3&kind=update",
    "/statements?limit=5&relation=public.a",
  ])("%s: every one once, whatever the page's size", async (path) => {
    for (const n of [1, 2, 3]) await session(n, 10, T0 + Math.floor(n / 2) * 1000);
    const whole = await ids(path.replace(/limit=\d/, "limit=200"));
    expect(new Set(whole).size).toBe(whole.length);
    const paged = await all(path);
    expect(paged.ids).toEqual(whole);
    expect(paged.pages).toBeGreaterThan(2);
  });

  test("of sessions by relation and access are none twice and none left out", async () => {
    for (let n = 1; n <= 9; n++) await session(n, n % 2, T0 + Math.floor(n / 4) * 1000);
    const expected = [9, 7, 5, 3, 1].map(id);
    expect((await all("/sessions?limit=2&relation=public.a")).ids).toEqual(expected);
    expect((await all("/sessions?limit=2&relation=public.a&text=SELECT")).ids).toEqual(expected);
  });

  test("stand still while new sessions and new statements come", async () => {
    for (const n of [1, 2]) await session(n, 4);
    const first = await read("/statements?limit=3");
    expect(first.data.map((item) => item["id"])).toEqual([4, 3, 2].map((seq) => `${id(2)}:${String(seq)}`));
    await session(3, 4);
    await ledger.write(batch(id(2), { statements: [judged(5, "select 5")] }));
    const second = await read(`/statements?limit=3&cursor=${first.next_cursor ?? ""}`);
    expect(second.data.map((item) => item["id"])).toEqual([`${id(2)}:1`, `${id(1)}:4`, `${id(1)}:3`]);
  });

  test("of large statements are shorter, and none is left out", { timeout: 60_000 }, async () => {
    await ledger.write(batch(A, { start: start(A) }));
    for (const seq of [1, 2, 3]) {
      await ledger.write(batch(A, { statements: [judged(seq, `select '${"x".repeat(1_600_000)}'`)] }));
    }
    expect((await read("/statements?limit=3")).data).toHaveLength(2);
    expect((await all("/statements?limit=3")).ids).toEqual([3, 2, 1].map((seq) => `${A}:${String(seq)}`));
  });
});

describe("what it may cost", () => {
  /** Rows that D1 read for what is asked. */
  async function rowsRead(path: string): Promise<{ page: Page; rows: number }> {
    let rows = 0;
    const count = <T extends { meta?: { rows_read?: number } }>(result: T): T => {
      rows += result.meta?.rows_read ?? 0;
      return result;
    };
    const counted = new Proxy(db, {
      get(target, name) {
        if (name !== "prepare") return Reflect.get(target, name) as unknown;
        const wrap = (prepared: D1PreparedStatement): D1PreparedStatement =>
          new Proxy(prepared, {
            get(statement, method) {
              if (method === "bind") return (...values: unknown[]) => wrap(statement.bind(...values));
              if (method === "all") return async () => count(await statement.all());
              // drizzle reads typed rows by raw(), which tells no cost: ask twice.
              if (method === "raw") {
                return async () => {
                  count(await statement.all());
                  return statement.raw();
                };
              }
              const value: unknown = Reflect.get(statement, method);
              return typeof value === "function" ? (value.bind(statement) as unknown) : value;
            },
          });
        return (query: string) => wrap(target.prepare(query));
      },
    });
    const page = await read(path, openApiUnderTest(counted));
    return { page, rows };
  }

  /** 10,000 statements in 5 sessions; one of them is different. */
  beforeEach(async () => {
    for (let n = 1; n <= 5; n++) {
      await ledger.write(batch(id(n), { start: start(id(n), { startedAt: T0 + n * 1000 }) }));
      for (let seq = 1; seq <= 2000; seq += 500) {
        const statements = Array.from({ length: 500 }, (_, i) =>
          judged(seq + i, `select ${String(seq + i)}`, {
            kinds: ["select"],
            relations: [reads("public.a"), reads("public.b"), reads("public.c")],
          }),
        );
        await ledger.write(batch(id(n), { statements }));
      }
      const end = { endedAt: T0 + 3_600_000, reason: "agent_terminated", detail: null } as const;
      if (n > 1) await ledger.write(batch(id(n), { end }));
    }
    const rare = judged(2001, "drop table needle", {
      kinds: ["drop_table"],
      relations: [{ name: "public.needle", access: "define" }],
      decision: { effect: "deny", rule: "ddl" },
    });
    await ledger.write(batch(id(1), { statements: [rare] }));
  }, 60_000);

  test.each([
    ["/statements", 500],
    ["/statements?relation=public.a", 500],
    ["/statements?relation=public.needle", 200],
    ["/statements?decision=deny&rule=ddl&kind=ddl", 200],
    ["/sessions?relation=public.a&target=shop", 2300],
    ["/sessions?kind=ddl", 2300],
  ])("%s reads few rows of 10,000 statements", { timeout: 60_000 }, async (path, most) => {
    const { page, rows } = await rowsRead(path);
    expect(page.data.length).toBeGreaterThan(0);
    expect(page.next_cursor === null || page.data.length === 50).toBe(true);
    expect(rows).toBeLessThanOrEqual(most);
  });

  test("a text that few have is found page by page, each within its bound", { timeout: 60_000 }, async () => {
    for (const list of ["/statements", "/sessions"]) {
      const found: unknown[] = [];
      let cursor = "";
      let pages = 0;
      for (; cursor !== "end"; pages++) {
        const { page, rows } = await rowsRead(`${list}?text=needle${cursor}`);
        // The page's statements, its sessions, and a live session's counts.
        expect(rows).toBeLessThanOrEqual(SCAN_LIMITS.texts * 2 + 300);
        found.push(...page.data.map((item) => item["id"]));
        cursor = page.next_cursor === null ? "end" : `&cursor=${page.next_cursor}`;
      }
      expect(found).toEqual([list === "/statements" ? `${id(1)}:2001` : id(1)]);
      expect(pages).toBeGreaterThanOrEqual(10_000 / SCAN_LIMITS.texts);
      expect(pages).toBeLessThanOrEqual(10_000 / SCAN_LIMITS.texts + 2);
    }
  });
});
