// The replay: a session as a stream of events, at its own pace or without waiting, ended or still going on.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { concat, utf8Encode } from "#core/bytes";
import { encodeBackend } from "#core/wire";
import { Ledger, type LedgerStatement } from "../../../durable-objects/ledger/index.ts";
import { openApiUnderTest, type Api } from "./api.ts";
import { openLedger } from "./database.ts";
import { batch, intent, outcome, start, T0 } from "./entries.ts";

const A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

interface Told {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
  /** Since the request, in milliseconds. */
  readonly after: number;
}

let db: D1Database;
let ledger: Ledger;
let api: Api;

beforeEach(async () => {
  db = await openLedger();
  await db.batch(
    ["sessions", "statements", "chunks", "events"].map((table) => db.prepare(`delete from ${table}`)),
  );
  ledger = new Ledger(db);
  api = openApiUnderTest(db);
});

const response = concat([
  encodeBackend({
    kind: "row_description",
    fields: [{ name: "n", tableOid: 0, attribute: 0, typeOid: 23, typeSize: 4, typeModifier: -1, format: 0 }],
  }),
  encodeBackend({ kind: "data_row", values: [utf8Encode("1\n2")] }),
  encodeBackend({ kind: "command_complete", tag: "SELECT 1" }),
]);

function done(seq: number, startedAt: number, endedAt: number): LedgerStatement {
  return {
    seq,
    revision: 2,
    intent: intent(seq, `statement ${String(seq)}`, { startedAt }),
    outcome: outcome(seq, { endedAt, responseBytes: response.length }),
    responseTail: response,
  };
}

/** Three statements, the second and third pipelined; a notification between. 600 ms in all. */
async function record(): Promise<void> {
  await ledger.write(
    batch(A, {
      start: start(A),
      end: { endedAt: T0 + 600, reason: "agent_terminated", detail: null },
      statements: [done(1, T0 + 100, T0 + 200), done(2, T0 + 300, T0 + 500), done(3, T0 + 310, T0 + 400)],
      events: [{ n: 1, at: T0 + 250, kind: "cancel_requested", detail: "" }],
    }),
  );
}

async function* follow(given: Response): AsyncGenerator<Told> {
  const begun = performance.now();
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of given.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const lines = new Map(
        block
          .split("\n")
          .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
      );
      if (!lines.has("event")) continue;
      yield {
        id: lines.get("id") ?? "",
        event: lines.get("event") ?? "",
        data: JSON.parse(lines.get("data") ?? "null") as Record<string, unknown>,
        after: performance.now() - begun,
      };
    }
  }
}

async function replay(query: string, headers: Record<string, string> = {}): Promise<Told[]> {
  const told: Told[] = [];
  for await (const each of follow(await api.get(`/sessions/${A}/replay${query}`, headers))) told.push(each);
  return told;
}

const WHOLE = [
  `${A}:start`,
  `${A}:1`,
  `${A}:1:outcome`,
  `${A}:e1`,
  `${A}:2`,
  `${A}:3`,
  `${A}:3:outcome`,
  `${A}:2:outcome`,
  `${A}:end`,
];

describe("an ended session", () => {
  beforeEach(record);

  test("is told in the order of its time, pipelined statements between each other", async () => {
    const told = await replay("?speed=max");
    expect(told.map(({ id }) => id)).toEqual(WHOLE);
    expect(told.map(({ event }) => event)).toEqual([
      "session_started",
      "statement",
      "outcome",
      "asynchronous",
      "statement",
      "statement",
      "outcome",
      "outcome",
      "session_ended",
    ]);
    expect(told[1]?.data).toMatchObject({
      at: "2026-11-20T09:00:00.100Z",
      statement: { seq: 1, statement: "statement 1" },
    });
    expect(told[1]?.data["statement"]).not.toHaveProperty("outcome");
    expect(told[2]?.data).toMatchObject({
      seq: 1,
      outcome: "completed",
      response: { results: [{ rows: [["1\n2"]], command_tag: "SELECT 1" }] },
    });
    expect(told[8]?.data).toMatchObject({ session: { state: "ended", end_reason: "agent_terminated" } });
  });

  test("comes as an event stream that no cache keeps", async () => {
    const given = await api.get(`/sessions/${A}/replay?speed=0`);
    expect([given.headers.get("content-type"), given.headers.get("cache-control")]).toEqual([
      "text/event-stream",
      "no-store",
    ]);
    await given.body?.cancel();
  });

  test("keeps its own time: nothing comes early, and at speed 1 it takes as long as it took", async () => {
    const told = await replay("");
    const times = [0, 100, 200, 250, 300, 310, 400, 500, 600];
    for (const [i, { after }] of told.entries()) expect(after).toBeGreaterThanOrEqual((times[i] ?? 0) - 30);
    expect(told.at(-1)?.after).toBeLessThan(2_000);
  });

  test("at speed 10 it takes a tenth", async () => {
    const told = await replay("?speed=10");
    expect(told.at(-1)?.after).toBeGreaterThanOrEqual(30);
    expect(told.at(-1)?.after).toBeLessThan(500);
  });

  test("from a statement on, without waiting for what came before it", async () => {
    const told = await replay("?from=3&speed=1");
    expect(told.map(({ id }) => id)).toEqual([`${A}:start`, `${A}:3`, `${A}:3:outcome`, `${A}:end`]);
    expect(told[1]?.after).toBeLessThan(250);
  });

  test("a reader that comes back goes on behind what it had, and after the end is told not to come again", async () => {
    const told = await replay("?speed=max", { "last-event-id": `${A}:3` });
    expect(told.map(({ id }) => id)).toEqual(WHOLE.slice(6));
    expect((await api.get(`/sessions/${A}/replay`, { "last-event-id": `${A}:end` })).status).toBe(204);
  });

  test("ends when the reader's token does", async () => {
    const told = await replay("", { "x-expires": String(Date.now() + 350) });
    expect(told.map(({ id }) => id)).toEqual(expect.arrayContaining([`${A}:start`, `${A}:1`]));
    expect(told.map(({ id }) => id)).not.toContain(`${A}:end`);
  });

  test.each(["speed=fast", "speed=-1", "speed=2000", "from=0"])("%s is a 400", async (query) => {
    expect((await api.get(`/sessions/${A}/replay?${query}`)).status).toBe(400);
  });
});

describe("a live session", () => {
  test("goes on as it happens, until it ends", async () => {
    await ledger.write(
      batch(A, {
        start: start(A),
        statements: [
          { seq: 1, revision: 1, intent: intent(1, "slow"), outcome: null, responseTail: new Uint8Array() },
        ],
      }),
    );
    // What the session's object would carry to D1, a step each time it is asked.
    const steps = [
      batch(A),
      batch(A, { statements: [done(1, T0 + 1000, T0 + 9000)] }),
      batch(A, { statements: [done(2, T0 + 9001, T0 + 9002)] }),
      batch(A, { end: { endedAt: T0 + 9100, reason: "agent_lost", detail: "gone" } }),
    ];
    api = openApiUnderTest(db, async () => {
      const step = steps.shift();
      if (step !== undefined) await ledger.write(step);
    });
    const told = await replay("?speed=max");
    expect(told.map(({ id }) => id)).toEqual([
      `${A}:start`,
      `${A}:1`,
      `${A}:1:outcome`,
      `${A}:2`,
      `${A}:2:outcome`,
      `${A}:end`,
    ]);
    expect(told[1]?.after).toBeLessThan(1_000);
    expect(told.at(-1)?.data).toMatchObject({ session: { end_reason: "agent_lost" } });
  });

  test("is no longer asked once its reader has left", { timeout: 15_000 }, async () => {
    let asked = 0;
    api = openApiUnderTest(db, () => {
      asked++;
      return Promise.resolve();
    });
    await ledger.write(batch(A, { start: start(A) }));
    const reader = (await api.get(`/sessions/${A}/replay?speed=max`)).body?.getReader();
    await reader?.read();
    const more = reader?.read();
    await vi.waitFor(() => expect(asked).toBeGreaterThanOrEqual(3), { timeout: 5_000 });
    await reader?.cancel();
    await more;
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(asked - before).toBeLessThanOrEqual(1);
  });
});
