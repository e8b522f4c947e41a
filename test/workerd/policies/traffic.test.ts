// Replay and suggest: recorded statements in a real D1, names in a real PostgreSQL.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { parseDocument } from "#core/policy";
import type { Decision } from "#core/policy";
import { Ledger, type LedgerStatement } from "../../../durable-objects/ledger/index.ts";
import { openLedger } from "../records/database.ts";
import { batch, intent, outcome, start, T0 } from "../records/entries.ts";
import { database, openApi, type Api } from "./api.ts";

const SCHEMA = `
DROP SCHEMA IF EXISTS traffic CASCADE;
CREATE SCHEMA traffic;
CREATE TABLE traffic.orders (id int PRIMARY KEY, total int);
CREATE TABLE traffic."Odd Name" (id int PRIMARY KEY);
CREATE TABLE traffic.secrets (id int PRIMARY KEY);
CREATE VIEW traffic.totals AS SELECT id FROM traffic.secrets;
CREATE FUNCTION traffic.touch() RETURNS int LANGUAGE sql AS 'SELECT 1';
`;
const ALLOWED: Decision = {
  effect: "allow",
  rule: "old",
  policyVersion: "1",
  matched: [],
  recorded: true,
};
const DENIED: Decision = { ...ALLOWED, effect: "deny", rule: "old-deny" };
const PERIOD = { from: new Date(T0).toISOString(), to: new Date(T0 + 3_600_000).toISOString() };

let db: D1Database;
let api: Api;
let ledger: Ledger;

beforeAll(async () => {
  const upstream = await database(SCHEMA);
  db = await openLedger();
  api = openApi(db, { upstream });
  ledger = new Ledger(db);
}, 60_000);

beforeEach(async () => {
  for (const table of ["sessions", "statements", "chunks", "facets"]) await db.exec(`delete from ${table}`);
});

function ran(seq: number, text: string, decision: Decision = ALLOWED): LedgerStatement {
  const state = decision.effect === "deny" ? "failed" : "completed";
  return {
    seq,
    revision: 2,
    intent: intent(seq, text, { decision }),
    outcome: outcome(seq, { state }),
    responseTail: new Uint8Array(),
  };
}

let sessions = 0;

async function record(
  statements: readonly LedgerStatement[],
  more: { subject?: string; groups?: readonly string[]; target?: string; startedAt?: number } = {},
): Promise<string> {
  const { subject = "bot-1", groups = [], ...rest } = more;
  const sessionId = String(++sessions).padStart(32, "0");
  const principal = { issuer: "https://issuer.test", subject, roles: ["agent"], groups } as const;
  await ledger.write(batch(sessionId, { start: start(sessionId, { principal, ...rest }), statements }));
  return sessionId;
}

interface Report {
  readonly statements: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly by_rule: readonly Readonly<Record<string, unknown>>[];
  readonly examples: readonly Readonly<Record<string, unknown>>[];
  readonly next_cursor: string | null;
}

async function replay(document: string, more: object = {}): Promise<Report> {
  const answer = await api.call("POST /targets/shop/policy/replay", {
    body: { document, ...PERIOD, ...more },
  });
  expect(answer.status).toBe(200);
  return answer.json<Report>();
}

const CANDIDATE = `
extends: agent
relations: { read: ["traffic.orders"], write: ["traffic.orders"] }
rules:
  - { id: no-deletes, when: { kind: delete }, then: deny }
  - { id: not-for-support, when: { kind: update, group: support }, then: approve }
`;

test("replay counts what would be refused, held and allowed anew, by rule, for those who asked then", async () => {
  const id = await record([
    ran(1, "SELECT * FROM traffic.orders"),
    ran(2, "DELETE FROM traffic.orders WHERE id = 1"),
    ran(3, "UPDATE traffic.orders SET total = 1 WHERE id = 1"),
    ran(4, "SELECT total FROM traffic.orders", DENIED),
    ran(5, "SELECT * FROM traffic.gone"),
    ran(6, "SELECT * FROM traffic.secrets", DENIED),
  ]);
  await record([ran(1, "UPDATE traffic.orders SET total = 1 WHERE id = 1")], { groups: ["support"] });
  const report = await replay(CANDIDATE);
  expect(report.statements).toBe(7);
  expect(report.counts).toEqual({
    unchanged: 3,
    newly_refused: 1,
    newly_held: 1,
    newly_allowed: 1,
    not_decidable: 1,
  });
  expect(report.by_rule).toContainEqual({
    rule: "no-deletes",
    newly_refused: 1,
    newly_held: 0,
    newly_allowed: 0,
  });
  expect(report.by_rule).toContainEqual({
    rule: "not-for-support",
    newly_refused: 0,
    newly_held: 1,
    newly_allowed: 0,
  });
  expect(report.examples).toContainEqual({
    kind: "newly_refused",
    session_id: id,
    seq: 2,
    subject: "bot-1",
    statement: "DELETE FROM traffic.orders WHERE id = 1",
    before: { effect: "allow", rule: "old" },
    after: { effect: "deny", rule: "no-deletes", matched: expect.any(Array) },
  });
  expect(report.examples).toContainEqual(
    expect.objectContaining({ kind: "not_decidable", seq: 5, after: null }),
  );
  expect(report.next_cursor).toBeNull();
});

test("replay takes the period, the target and the subject that are asked for, and no other", async () => {
  await record([ran(1, "SELECT 1"), ran(2, "SELECT 2"), ran(3, "SELECT 3")]);
  await record([ran(1, "SELECT 1")], { subject: "bot-2" });
  await record([ran(1, "SELECT 1")], { target: "other" });
  expect((await replay(CANDIDATE)).statements).toBe(4);
  expect((await replay(CANDIDATE, { subject: "bot-2" })).statements).toBe(1);
  const from = new Date(T0 + 2_000).toISOString();
  const to = new Date(T0 + 3_000).toISOString();
  expect((await replay(CANDIDATE, { from, to })).statements).toBe(1);
});

test("page by page replay meets every statement once, over sessions with none and with many", async () => {
  const sizes = [0, 3, 1, 0, 130, 2];
  for (const [i, size] of sizes.entries()) {
    const statements = Array.from({ length: size }, (_, j) => ran(j + 1, `SELECT ${i}, ${j}`));
    await record(statements, { startedAt: T0 + (i % 2) });
  }
  for (const limit of [3, 7, 100, 1000]) {
    const seen: number[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: Report = await replay("extends: owner", { limit, ...(cursor === "" ? {} : { cursor }) });
      expect(page.statements).toBeLessThanOrEqual(limit);
      seen.push(page.statements);
      cursor = page.next_cursor;
    }
    expect(seen.reduce((sum, n) => sum + n, 0)).toBe(136);
  }
}, 60_000);

test("replay refuses what it cannot take, and whom it does not serve", async () => {
  const call = (body: object | string, role: "admin" | "auditor" = "admin"): Promise<Response> =>
    api.call("POST /targets/shop/policy/replay", { body, role });
  expect((await call({ document: CANDIDATE, ...PERIOD, cursor: "made-up" })).status).toBe(400);
  expect((await call({ document: CANDIDATE, from: "yesterday", to: PERIOD.to })).status).toBe(400);
  expect((await call({ document: "extends: agnt", ...PERIOD })).status).toBe(422);
  expect((await call({ document: CANDIDATE, ...PERIOD }, "auditor")).status).toBe(403);
  const nowhere = await api.call("POST /targets/nowhere/policy/replay", {
    body: { document: CANDIDATE, ...PERIOD },
  });
  expect(nowhere.status).toBe(404);
});

interface Suggestion {
  readonly document: string;
  readonly statements: number;
  readonly not_decidable: number;
  readonly complete: boolean;
}

async function suggest(): Promise<Suggestion> {
  const answer = await api.call("POST /targets/shop/policy/suggest", { body: PERIOD });
  expect(answer.status).toBe(200);
  return answer.json<Suggestion>();
}

const TRAFFIC = [
  "SELECT * FROM traffic.orders WHERE id = 1",
  "SELECT * FROM traffic.orders WHERE id = 1",
  'SELECT * FROM traffic."Odd Name"',
  "SELECT * FROM traffic.totals",
  "UPDATE traffic.orders SET total = 2 WHERE id = 1",
  'INSERT INTO traffic."Odd Name" VALUES (1)',
  "BEGIN",
  "COMMIT",
  "SELECT traffic.touch()",
  "SELECT random(), now(), set_config('application_name', 'x', false)",
  "SET statement_timeout = '1s'",
  "SHOW search_path",
];

test("suggest gives a document that allows the traffic it came from and nothing beside it", async () => {
  await record([
    ...TRAFFIC.map((text, i) => ran(i + 1, text)),
    ran(90, "SELECT * FROM traffic.secrets", DENIED),
    ran(91, "SELECT * FROM traffic.gone"),
  ]);
  const suggested = await suggest();
  expect(suggested).toMatchObject({ statements: TRAFFIC.length, not_decidable: 1, complete: true });
  expect(suggested.document).toMatch(/- "traffic\.orders" # 3\n/);
  expect(suggested.document).toContain(String.raw`- "traffic.\"Odd Name\"" # 1`);
  expect(suggested.document).not.toContain("secrets");
  expect(suggested.document).not.toContain("Still refused");
  expect(parseDocument(suggested.document).ok).toBe(true);

  const again = await replay(suggested.document);
  expect(again.counts).toMatchObject({ newly_refused: 0, newly_held: 0, newly_allowed: 0 });
  const beside = [
    "SELECT * FROM traffic.secrets",
    "DELETE FROM traffic.orders WHERE id = 1",
    'UPDATE traffic."Odd Name" SET id = 2 WHERE id = 1',
    "UPDATE traffic.orders SET total = 2",
    "CREATE TABLE traffic.more ()",
    "INSERT INTO traffic.orders VALUES (1, 1)",
    "SELECT pg_read_file('PG_VERSION')",
    "SET ROLE superuser",
    "SET session_replication_role = 'replica'",
  ];
  const answer = await api.call("POST /check", {
    body: {
      target: "shop",
      document: suggested.document,
      principal: { subject: "bot-1" },
      statements: beside,
    },
  });
  const { data } = await answer.json<{ data: { statement: string; decision: { effect: string } }[] }>();
  expect(data.filter(({ decision }) => decision.effect !== "deny").map(({ statement }) => statement)).toEqual(
    [],
  );
});

test("suggest gives the same text for the same traffic, and one that refuses everything for none", async () => {
  const none = await suggest();
  expect(none).toMatchObject({ statements: 0, not_decidable: 0, complete: true });
  expect(parseDocument(none.document).ok).toBe(true);
  await record(TRAFFIC.map((text, i) => ran(i + 1, text)));
  const first = await suggest();
  await db.exec("delete from statements");
  await db.exec("delete from sessions");
  await record(TRAFFIC.toReversed().map((text, i) => ran(i + 1, text)));
  expect((await suggest()).document).toBe(first.document);
});

test("a subject cannot write into a suggested document", async () => {
  await record([ran(1, "SELECT 1")], { subject: "x" });
  const answer = await api.call("POST /targets/shop/policy/suggest", {
    body: { ...PERIOD, subject: "x\nextends: owner\n#" },
  });
  const { document } = await answer.json<Suggestion>();
  expect(parseDocument(document)).toMatchObject({ ok: true, value: { extends: null } });
});
