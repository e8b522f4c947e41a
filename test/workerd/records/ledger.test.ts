// The ledger against a real D1: what a batch leaves, whatever is written again and in whichever order.
import { beforeEach, describe, expect, test } from "vitest";
import { Ledger, LedgerError, type LedgerStatement } from "../../../durable-objects/ledger/index.ts";
import { intentHead } from "#core/record";
import { openLedger } from "./database.ts";
import { batch, intent, outcome, start, statement, T0 } from "./entries.ts";

const ID = "0123456789abcdef0123456789abcdef";
let db: D1Database;
let ledger: Ledger;

beforeEach(async () => {
  db = await openLedger();
  await db.batch(
    ["sessions", "statements", "chunks", "events", "facets"].map((table) =>
      db.prepare(`delete from ${table}`),
    ),
  );
  ledger = new Ledger(db);
});

async function all(table: string): Promise<unknown[]> {
  return (await db.prepare(`select * from ${table}`).all()).results;
}

async function everything(): Promise<unknown> {
  return {
    sessions: await all("sessions"),
    statements: await all("statements"),
    chunks: await all("chunks"),
    events: await all("events"),
    facets: await all("facets"),
  };
}

const running = {
  seq: 1,
  revision: 1,
  intent: intent(1, "select 1"),
  outcome: null,
  responseTail: new Uint8Array(),
};
const ended = { endedAt: T0 + 60_000, reason: "agent_terminated", detail: null } as const;

describe("what it costs", () => {
  const judged = (seq: number, text: string, relations: readonly string[]): LedgerStatement => ({
    ...statement(seq, text),
    intent: intent(seq, text, {
      kinds: ["select"],
      relations: relations.map((name) => ({ name, access: "read" })),
    }),
  });

  test("a small statement of a live session is one row written, once its values are known of the session", async () => {
    await ledger.write(batch(ID, { start: start(ID) }));
    const first = judged(1, "select 1", ["public.a", "public.b"]);
    // Its row, two relations, kind, class, decision, rule.
    expect(await ledger.write(batch(ID, { statements: [first] }))).toMatchObject({ rowsWritten: 7 });
    const many = Array.from({ length: 23 }, (_, i) => judged(i + 2, `select ${String(i)}`, ["public.b"]));
    expect(await ledger.write(batch(ID, { statements: many }))).toMatchObject({ rowsWritten: 23 });
    const other = judged(25, "select 1", ["public.b", "public.c"]);
    expect(await ledger.write(batch(ID, { statements: [other] }))).toMatchObject({ rowsWritten: 2 });
  });

  test("a session of 100 statements over 3 relations is at most 1.2 rows of D1 a statement, its own included", async () => {
    const relations = ["public.a", "public.b", "public.c"];
    let rows = 0;
    const write = async (more: Parameters<typeof batch>[1]): Promise<void> => {
      rows += (await ledger.write(batch(ID, more))).rowsWritten;
    };
    await write({ start: start(ID) });
    for (let seq = 1; seq <= 100; seq += 10) {
      const some = Array.from({ length: 10 }, (_, i) => judged(seq + i, "select 1", relations));
      await write({ statements: some });
    }
    await write({ end: ended });
    expect(rows / 100).toBeLessThanOrEqual(1.2);
  });

  test("a session's start is its row and three index entries, its end one row", async () => {
    expect(await ledger.write(batch(ID, { start: start(ID) }))).toMatchObject({ rowsWritten: 4 });
    expect(await ledger.write(batch(ID, { end: ended }))).toMatchObject({ rowsWritten: 1 });
  });

  test("an empty batch asks D1 nothing", async () => {
    expect(await ledger.write(batch(ID))).toMatchObject({ rowsWritten: 0 });
  });
});

describe("written again", () => {
  const one = batch(ID, {
    start: start(ID),
    statements: [running],
    chunks: [{ seq: 1, stream: "response", n: 0, bytes: Uint8Array.of(9, 8) }],
    events: [{ n: 1, at: T0, kind: "cancel_requested", detail: "" }],
  });
  const two = batch(ID, { statements: [statement(1, "select 1"), statement(2, "select 2")] });
  const three = batch(ID, { end: ended });

  test("the same batch leaves what it left the first time", async () => {
    for (const each of [one, two, three]) await ledger.write(each);
    const before = await everything();
    for (const each of [one, two, three]) await ledger.write(each);
    expect(await everything()).toEqual(before);
  });

  test("an older batch after newer ones takes no outcome and no end away", async () => {
    for (const each of [one, two, three]) await ledger.write(each);
    const before = await everything();
    await ledger.write(one);
    expect(await everything()).toEqual(before);
  });

  test("a later revision replaces an earlier one, and not the other way round", async () => {
    const earlier = statement(1, "select 1", { transactionStatus: null });
    const later = { ...statement(1, "select 1", { rows: 7 }), revision: 3 };
    await ledger.write(batch(ID, { statements: [earlier] }));
    await ledger.write(batch(ID, { statements: [later] }));
    await ledger.write(batch(ID, { statements: [earlier] }));
    expect(await all("statements")).toMatchObject([{ revision: 3, rows: 7 }]);
  });

  test("no revision takes an outcome away", async () => {
    await ledger.write(two);
    await ledger.write(batch(ID, { statements: [{ ...running, revision: 9 }] }));
    expect(await all("statements")).toMatchObject([{ seq: 1, state: "completed", revision: 2 }, { seq: 2 }]);
  });

  test("a running statement's intent may still grow", async () => {
    await ledger.write(one);
    await ledger.write(
      batch(ID, { statements: [{ ...running, revision: 2, intent: intent(1, "select 2") }] }),
    );
    expect(await all("statements")).toMatchObject([{ state: "running", statement: "select 2" }]);
  });

  test("a first end stands against a later one, whatever its detail", async () => {
    await ledger.write(one);
    await ledger.write(three);
    await ledger.write(batch(ID, { end: { endedAt: T0 + 1, reason: "gateway_lost", detail: "late" } }));
    expect(await all("sessions")).toMatchObject([
      { ended_at: ended.endedAt, end_reason: "agent_terminated", end_detail: null },
    ]);
  });

  test("running and done in one batch is done", async () => {
    await ledger.write(batch(ID, { statements: [running, statement(1, "select 1")] }));
    expect(await all("statements")).toMatchObject([{ seq: 1, state: "completed" }]);
  });
});

describe("facets", () => {
  const facets = async (): Promise<unknown[]> =>
    (await all("facets")).map((row) => {
      const { facet, value, first_seq } = row as Record<string, unknown>;
      return [facet, value, first_seq];
    });

  test("say where a value was first seen, in whichever order its statements come", async () => {
    const writes = (seq: number): LedgerStatement => ({
      ...statement(seq, "q"),
      intent: intent(seq, "q", {
        kinds: ["insert", "no_such_kind"],
        relations: [{ name: "public.a", access: "write" }],
        decision: { effect: "observe", rule: "r", policyVersion: "3", matched: [], recorded: true },
      }),
    });
    await ledger.write(batch(ID, { start: start(ID), statements: [writes(5), writes(4)] }));
    await ledger.write(batch(ID, { statements: [writes(6)] }));
    await ledger.write(batch(ID, { statements: [writes(2)] }));
    expect(await facets()).toEqual([
      ["class", "write", 2],
      ["decision", "observe", 2],
      ["kind", "insert", 2],
      ["kind", "no_such_kind", 2],
      ["relation", "write public.a", 2],
      ["rule", "r", 2],
    ]);
  });

  test("of an intent in chunks come from its head, and its text too", async () => {
    const head = intentHead(intent(1, "x".repeat(90_000), { kinds: ["select"] }));
    const row = { seq: 1, revision: 1, intent: null, head, outcome: null, responseTail: new Uint8Array() };
    await ledger.write(batch(ID, { start: start(ID), statements: [row] }));
    expect(await facets()).toContainEqual(["kind", "select", 1]);
    expect(await all("statements")).toMatchObject([{ statement: "x".repeat(65_536), rule: "allow-all" }]);
  });
});

describe("counts", () => {
  test("are settled at the end, and again when a statement comes late", async () => {
    await ledger.write(
      batch(ID, {
        start: start(ID),
        statements: [
          statement(1, "select 1"),
          statement(2, "x", {
            state: "failed",
            rows: 0,
            error: { severity: "ERROR", sqlstate: "42601", message: "syntax" },
          }),
          {
            ...statement(4, "y", { responseBytes: 0, rows: 0 }),
            intent: intent(4, "y", { decision: { ...intent(4, "y").decision, recorded: false } }),
          },
        ],
      }),
    );
    expect(await all("sessions")).toMatchObject([{ statements: 0, ended_at: null }]);
    await ledger.write(batch(ID, { end: ended }));
    expect(await all("sessions")).toMatchObject([
      {
        statements: 3,
        failed: 1,
        unknown: 0,
        rows: 1,
        response_bytes: 120,
        unrecorded: 1,
        last_seen: ended.endedAt,
      },
    ]);
    await ledger.write(
      batch(ID, { statements: [statement(3, "update t set a = 1", { state: "unknown", rows: 0 })] }),
    );
    expect(await all("sessions")).toMatchObject([
      { statements: 4, failed: 1, unknown: 1, ended_at: ended.endedAt },
    ]);
  });
});

describe("large ones", () => {
  test("a chunk of every byte value comes back as it was, a view at an offset too", async () => {
    const backing = Uint8Array.from({ length: 1_000_300 }, (_, i) => i % 256);
    const bytes = backing.subarray(300);
    await ledger.write(batch(ID, { chunks: [{ seq: 1, stream: "intent", n: 0, bytes }] }));
    const [row] = (await db.prepare("select bytes from chunks").all<{ bytes: number[] }>()).results;
    expect(Uint8Array.from(row?.bytes ?? []).every((byte, i) => byte === bytes[i])).toBe(true);
    expect(row?.bytes.length).toBe(bytes.length);
  });

  test("an intent in chunks of the same batch is found by search; alone it leaves its columns empty", async () => {
    const json = new TextEncoder().encode(JSON.stringify(intent(1, "insert into t values ('Ä')")));
    const parts = [json.subarray(0, 251), json.subarray(251)].map(
      (bytes, n) => ({ seq: 1, stream: "intent", n, bytes }) as const,
    );
    const row = { seq: 1, revision: 2, intent: null, outcome: outcome(1), responseTail: new Uint8Array() };
    await ledger.write(batch(ID, { chunks: parts, statements: [row] }));
    await ledger.write(batch(ID, { statements: [{ ...row, seq: 2 }] }));
    expect(await all("statements")).toMatchObject([
      { seq: 1, statement: "insert into t values ('Ä')", operation: "query", intent: null },
      { seq: 2, statement: null, operation: null, intent: null },
    ]);
  });

  test("an intent's chunks may be written anew until there is an outcome, other bytes never", async () => {
    const chunk = (stream: "intent" | "response", byte: number) => ({
      seq: 1,
      stream,
      n: 0,
      bytes: Uint8Array.of(byte),
    });
    const stored = async () =>
      (await db.prepare("select stream, bytes from chunks order by stream").all()).results;
    await ledger.write(batch(ID, { chunks: [chunk("intent", 1), chunk("response", 1)] }));
    await ledger.write(
      batch(ID, { chunks: [chunk("intent", 2), chunk("response", 2)], statements: [statement(1, "x")] }),
    );
    expect(await stored()).toEqual([
      { stream: "intent", bytes: [2] },
      { stream: "response", bytes: [1] },
    ]);
    await ledger.write(batch(ID, { chunks: [chunk("intent", 1)] }));
    expect(await stored()).toMatchObject([{ bytes: [2] }, { bytes: [1] }]);
  });

  test("search keeps 65,536 characters, never half of one", async () => {
    await ledger.write(batch(ID, { statements: [statement(1, `${"x".repeat(65_535)}😀 and more`)] }));
    expect(await all("statements")).toMatchObject([{ statement: `${"x".repeat(65_535)}\uFFFD` }]);
  });

  test("a row too large is refused before D1 sees it, and nothing of its batch is written", async () => {
    const tail = new Uint8Array(1_960_000);
    const written = ledger.write(
      batch(ID, { start: start(ID), statements: [{ ...statement(4, "select 1"), responseTail: tail }] }),
    );
    await expect(written).rejects.toMatchObject({ name: "LedgerError", kind: "too_large", seq: 4 });
    expect(await all("sessions")).toEqual([]);
  });

  test("the largest row that is not refused fits D1", async () => {
    const tail = new Uint8Array(1_949_000);
    await ledger.write(batch(ID, { statements: [{ ...statement(1, "select 1"), responseTail: tail }] }));
    expect(await all("statements")).toHaveLength(1);
  });

  test("a chunk too large takes its whole batch with it", async () => {
    const bytes = new Uint8Array(1_950_001);
    const written = ledger.write(
      batch(ID, { start: start(ID), chunks: [{ seq: 1, stream: "response", n: 0, bytes }] }),
    );
    await expect(written).rejects.toMatchObject({ kind: "too_large" });
    expect(await all("sessions")).toEqual([]);
  });
});

describe("errors", () => {
  test("an end without a start says so", async () => {
    await expect(ledger.write(batch(ID, { end: ended }))).rejects.toMatchObject({ kind: "session_missing" });
  });

  test("hold codes and no value that was to be written", async () => {
    await db.exec("alter table statements rename to elsewhere");
    const thrown: unknown = await ledger
      .write(batch(ID, { statements: [statement(1, "select 'canary-7f3a'")] }))
      .catch((error: unknown) => error)
      .finally(() => db.exec("alter table elsewhere rename to statements"));
    expect(thrown).toBeInstanceOf(LedgerError);
    const error = thrown as LedgerError;
    expect(error).toMatchObject({ kind: "unavailable", codes: ["SQLITE_ERROR"] });
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain("canary");
  });
});
