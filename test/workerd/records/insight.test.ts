// The record at a glance, on a real D1: marks, activity and statistics say what the entries say, and where they were cut.

import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import type { Intent, Outcome } from "#core/record";
import { Ledger, type LedgerStatement } from "../../../durable-objects/ledger/index.ts";
import { ActivityList, Marks, Statistics } from "../../../worker/insight/items.ts";
import { openApiUnderTest, type Api } from "./api.ts";
import { openLedger } from "./database.ts";
import { batch, intent, outcome, start, T0 } from "./entries.ts";

const A = "a".repeat(32);
const LIVE = "b".repeat(32);

let api: Api;

function one(
  seq: number,
  text: string,
  more: Partial<Intent> = {},
  came: Partial<Outcome> = {},
): LedgerStatement {
  const asked = intent(seq, text, more);
  return { seq, revision: 2, intent: asked, outcome: outcome(seq, came), responseTail: new Uint8Array() };
}

const decided = (effect: "deny" | "approve", rule: string): Pick<Intent, "decision"> => ({
  decision: { effect, rule, policyVersion: "1", matched: [], recorded: true },
});

beforeEach(async () => {
  const db = await openLedger();
  await db.batch(
    ["sessions", "statements", "chunks", "events", "facets"].map((table) =>
      db.prepare(`delete from ${table}`),
    ),
  );
  api = openApiUnderTest(db);
  const ledger = new Ledger(db);
  const statements = [
    one(1, "SELECT\n  1", { kinds: ["select"] }),
    one(
      2,
      "UPDATE t SET a = 1",
      { kinds: ["update"], relations: [{ name: "public.t", access: "write" }] },
      { addedMs: 3 },
    ),
    one(3, "DROP TABLE t", { kinds: ["drop_table"], ...decided("deny", "no-ddl") }),
    one(
      4,
      "DELETE FROM t",
      { kinds: ["delete", "select"], ...decided("approve", "ask") },
      { firstByteAt: T0 + 4000 + 902, heldMs: 900 },
    ),
  ];
  const end = { endedAt: T0 + 24_000, reason: "agent_terminated", detail: null } as const;
  await ledger.write(batch(A, { start: start(A), end, statements }));
  const running = { ...one(1, "SELECT pg_sleep(10)"), revision: 1, outcome: null };
  await ledger.write(batch(LIVE, { start: start(LIVE, { target: "other" }), statements: [running] }));
});

async function read<S extends v.GenericSchema>(path: string, schema: S): Promise<v.InferOutput<S>> {
  const response = await api.get(path);
  expect(response.status, path).toBe(200);
  return v.parse(schema, await response.json());
}

describe("marks", () => {
  test("draw each statement, in order, with how it begins on one line", async () => {
    const { state, data, next_cursor: next } = await read(`/sessions/${A}/marks`, Marks);
    expect([state, next]).toEqual(["ended", null]);
    expect(data).toEqual([
      {
        seq: 1,
        at_ms: 1000,
        duration_ms: 5,
        effect: "allow",
        outcome: "completed",
        writes: false,
        rows: 1,
        text: "SELECT 1",
      },
      {
        seq: 2,
        at_ms: 2000,
        duration_ms: 5,
        effect: "allow",
        outcome: "completed",
        writes: true,
        rows: 1,
        text: "UPDATE t SET a = 1",
      },
      {
        seq: 3,
        at_ms: 3000,
        duration_ms: 5,
        effect: "deny",
        outcome: "completed",
        writes: false,
        rows: 1,
        text: "DROP TABLE t",
      },
      {
        seq: 4,
        at_ms: 4000,
        duration_ms: 5,
        effect: "approve",
        outcome: "completed",
        writes: false,
        rows: 1,
        text: "DELETE FROM t",
      },
    ]);
  });

  test("go on from a statement, or behind a page", async () => {
    const seqs = async (query: string): Promise<number[]> =>
      (await read(`/sessions/${A}/marks?${query}`, Marks)).data.map(({ seq }) => seq);
    expect(await seqs("from=3")).toEqual([3, 4]);
    const { next_cursor: next } = await read(`/sessions/${A}/marks?limit=3`, Marks);
    expect(await seqs(`cursor=${next ?? ""}`)).toEqual([4]);
  });

  test("say of what runs that it runs", async () => {
    const { state, data } = await read(`/sessions/${LIVE}/marks`, Marks);
    expect(state).toBe("live");
    expect(data[0]).toMatchObject({ outcome: "running", duration_ms: null });
  });
});

test("activity counts what was refused and held, and when a session was busy", async () => {
  const { data } = await read(`/activity?sessions=${A},${"c".repeat(32)}`, ActivityList);
  const density = Array.from({ length: 24 }, (_, i) => (i >= 1 && i <= 4 ? 1 : 0));
  expect(data[0]).toEqual({ id: A, refused: 1, held: 1, observed: 0, complete: true, density });
  expect(data[1]).toMatchObject({ refused: 0, density: Array.from({ length: 24 }, () => 0) });
  expect((await api.get("/activity?sessions=nonsense")).status).toBe(400);
  expect((await api.get("/activity")).status).toBe(400);
});

test("statistics count a statement once, by what weighs most, and refusals by rule", async () => {
  const from = new Date(T0).toISOString();
  const to = new Date(T0 + 48_000).toISOString();
  const found = await read(`/statistics?from=${from}&to=${to}&target=shop`, Statistics);
  const sums = (series: Record<string, number[]>): Record<string, number> =>
    Object.fromEntries(
      Object.entries(series).map(([name, values]) => [name, values.reduce((a, b) => a + b, 0)]),
    );
  expect(found).toMatchObject({ bucket_ms: 1000, statements: 4, complete: true });
  expect(sums(found.by_class)).toEqual({ read: 1, write: 2, ddl: 1 });
  expect(sums(found.refused_by_rule)).toEqual({ "no-ddl": 1 });
  expect(found.held[4]).toBe(1);
  expect(found.sessions[0]).toBe(1);
  expect(found.first_byte_p95_ms.slice(0, 6)).toEqual([null, 2, 2, 2, 2, null]);
  expect(found.added_p50_ms.slice(0, 6)).toEqual([null, null, 3, null, null, null]);
  expect(found.added_p95_ms[2]).toBe(3);
  expect(found.added_mean_ms[2]).toBe(3);
  expect((await api.get(`/statistics?from=${to}&to=${from}`)).status).toBe(400);
});
