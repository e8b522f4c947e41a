// POST /v1/check and /v1/policy/lint against a real PostgreSQL: decisions without running anything.
import { beforeAll, expect, test } from "vitest";
import { openLedger } from "../records/database.ts";
import { fake } from "../upstream/servers.ts";
import { database, openApi, type Api, type CallOptions } from "./api.ts";

const SCHEMA = `
DROP SCHEMA IF EXISTS checked CASCADE;
CREATE SCHEMA checked;
CREATE TABLE checked.orders (id int PRIMARY KEY, total int);
CREATE TABLE checked.secrets (id int PRIMARY KEY);
CREATE VIEW checked.peek AS SELECT * FROM checked.secrets;
CREATE FUNCTION checked.wipe() RETURNS void LANGUAGE sql AS 'DELETE FROM checked.orders';
INSERT INTO checked.orders VALUES (1, 10), (2, 20);
CREATE TABLE checked.people (id int PRIMARY KEY, email text, phone text, note text, attrs jsonb);
INSERT INTO checked.people VALUES (1, 'a@b.example', '1', 'call ada@example.com', '{"card": "4111 1111 1111 1111"}'), (2, 'x', '2', 'nothing', '{}');
CREATE VIEW checked.contacts AS SELECT id, email AS mail, upper(email) AS loud FROM checked.people;
CREATE MATERIALIZED VIEW checked.copies AS SELECT email FROM checked.people;
CREATE FUNCTION checked.mail_of(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT email FROM checked.people WHERE id = $1';
`;

const DOCUMENT = `
extends: agent
relations: { read: ["checked.orders"], write: ["checked.orders"] }
rules:
  - { id: no-unbounded-writes, when: { kind: [update, delete], bounded: false }, then: deny }
  - { id: support-only, when: { kind: insert, group: support }, then: deny }
`;

interface Checked {
  readonly statement: string;
  readonly decision: { readonly effect: string; readonly rule: string; readonly policy_version: string };
  readonly refusal: { readonly sqlstate: string; readonly message: string; readonly hint: string } | null;
  readonly kinds: readonly string[];
  readonly relations: readonly { readonly name: string; readonly access: string }[];
  readonly bounded: string | null;
  readonly masked_columns: readonly { readonly name: string; readonly mask: string }[];
}

let api: Api;
let url: string;

beforeAll(async () => {
  url = await database(SCHEMA);
  const db = await openLedger();
  api = openApi(db, { upstream: url, defaultPolicy: DOCUMENT });
}, 60_000);

async function check(statements: readonly string[], more: object = {}): Promise<readonly Checked[]> {
  const answer = await api.call("POST /check", { body: { target: "shop", statements, ...more } });
  expect(answer.status).toBe(200);
  return (await answer.json<{ data: Checked[] }>()).data;
}

test("each statement is decided by what it means to this database, in order", async () => {
  const checked = await check([
    "SELECT * FROM checked.orders",
    "SELECT * FROM checked.secrets",
    "SELECT * FROM checked.peek",
    "DELETE FROM checked.orders",
    "DELETE FROM checked.orders WHERE id = 1",
    "DROP TABLE checked.orders",
  ]);
  expect(checked.map(({ decision }) => decision.effect)).toEqual([
    "allow",
    "deny",
    "deny",
    "deny",
    "allow",
    "approve",
  ]);
  expect(checked[0]).toMatchObject({
    statement: "SELECT * FROM checked.orders",
    decision: { policy_version: "default" },
    refusal: null,
    kinds: ["select"],
    relations: [{ name: "checked.orders", access: "read" }],
    bounded: null,
  });
  expect(checked[3]).toMatchObject({
    decision: { rule: "no-unbounded-writes" },
    refusal: { sqlstate: "42501" },
    relations: expect.arrayContaining([{ name: "checked.orders", access: "write" }]),
    bounded: "unbounded",
  });
  expect(checked[4]).toMatchObject({ bounded: "bounded", refusal: null });
});

test("nothing of it runs", async () => {
  await check(["DELETE FROM checked.orders WHERE id = 1; SELECT checked.wipe()", "SELECT checked.wipe()"]);
  const [after] = await check(["SELECT checked.wipe()"]);
  expect(after?.decision.effect).not.toBe("allow");
  // A superuser sees both rows still: the division fails otherwise.
  await database("SELECT 1 / (count(*) = 2)::int FROM checked.orders");
});

test("of several statements in one text the first that does not run decides", async () => {
  const [checked] = await check(["SELECT 1; DELETE FROM checked.orders; DROP TABLE checked.orders"]);
  expect(checked).toMatchObject({
    decision: { effect: "deny", rule: "no-unbounded-writes" },
    kinds: ["delete", "drop_table", "select"],
    bounded: "unbounded",
  });
});

test("what is no SQL, or names nothing, is refused in PostgreSQL's own words; blanks pass", async () => {
  const [broken, missing, blank] = await check(["SELEC 1", "SELECT * FROM checked.nowhere", " -- nothing"]);
  expect(broken).toMatchObject({ decision: { effect: "deny" }, refusal: { sqlstate: "42601" }, kinds: [] });
  expect(broken?.refusal?.message).toMatch(/syntax error at or near "SELEC"/);
  expect(missing?.decision.effect).toBe("deny");
  expect(missing?.refusal?.sqlstate).toBe("42P01");
  expect(blank).toMatchObject({ decision: { effect: "allow" }, refusal: null });
});

test("a single statement is answered by itself", async () => {
  const answer = await api.call("POST /check", { body: { target: "shop", statement: "SELECT 1" } });
  expect(await answer.json()).toMatchObject({ statement: "SELECT 1", decision: { effect: "allow" } });
});

test("an admin decides by any document and for anybody; an agent for itself, by what is in force", async () => {
  const insert = ["INSERT INTO checked.orders VALUES (3, 30)"];
  const [own] = await check(insert);
  expect(own?.decision.effect).toBe("allow");
  const [other] = await check(insert, {
    principal: { roles: ["agent"], groups: ["support"], subject: "bot" },
  });
  expect(other?.decision).toMatchObject({ effect: "deny", rule: "support-only" });
  const [candidate] = await check(insert, { document: "extends: read-only" });
  expect(candidate?.decision).toMatchObject({ effect: "deny", policy_version: "candidate" });

  const agent: CallOptions = { role: "agent" };
  const asked = await api.call("POST /check", { ...agent, body: { target: "shop", statement: "SELECT 1" } });
  expect(asked.status).toBe(200);
  for (const more of [{ document: "extends: owner" }, { principal: { groups: ["dba"] } }]) {
    const answer = await api.call("POST /check", {
      ...agent,
      body: { target: "shop", statement: "SELECT 1", ...more },
    });
    expect(answer.status).toBe(403);
  }
  const wrong = await api.call("POST /check", {
    body: { target: "shop", statement: "SELECT 1", document: "extends: agnt" },
  });
  expect(wrong.status).toBe(422);
  expect(await wrong.json()).toMatchObject({ diagnostics: [{ line: 1, column: 10, path: "extends" }] });
});

test.each([
  ["no JSON", "{", /not JSON/, undefined],
  ["no target", { statement: "SELECT 1" }, /"target"/, "target"],
  ["no statement", { target: "shop" }, /"statements": give either/, "statements"],
  ["both", { target: "shop", statement: "a", statements: ["b"] }, /"statements": give either/, "statements"],
  ["none in the list", { target: "shop", statements: [] }, /"statements"/, "statements"],
  ["a number for a statement", { target: "shop", statements: ["a", 1] }, /"statements.1"/, "statements.1"],
  ["a field too many", { target: "shop", statement: "a", dryrun: true }, /"dryrun": there is no/, "dryrun"],
  [
    "a role that is none",
    { target: "shop", statement: "a", principal: { roles: ["root"] } },
    /"principal.roles.0"/,
    "principal.roles.0",
  ],
] as const)("a body with %s is a 400 that says where", async (_, body, detail, path) => {
  const answer = await api.call("POST /check", { body });
  expect(answer.status).toBe(400);
  const problem = await answer.json<{ detail: string; issues?: { path: string }[] }>();
  expect(problem.detail).toMatch(detail);
  expect(problem.issues?.[0]?.path).toBe(path);
  expect(JSON.stringify(problem)).not.toContain("root");
});

test("more statements than a hundred are refused, an unknown target is a 404", async () => {
  const many = Array.from({ length: 101 }, () => "SELECT 1");
  expect((await api.call("POST /check", { body: { target: "shop", statements: many } })).status).toBe(400);
  const nowhere = await api.call("POST /check", { body: { target: "nowhere", statement: "SELECT 1" } });
  expect(nowhere.status).toBe(404);
});

test("a database that cannot be reached is a 502 without its address", async () => {
  const dead = openApi(await openLedger(), {
    upstream: "postgres://u:s3cret@127.0.0.1:1/d?sslmode=disable",
    defaultPolicy: DOCUMENT,
  });
  const answer = await dead.call("POST /check", { body: { target: "shop", statement: "SELECT 1" } });
  expect(answer.status).toBe(502);
  const text = await answer.text();
  expect(text).not.toMatch(/s3cret|127\.0\.0\.1/);
});

test("a database that lets in and then says nothing is given up, and a caller more than it can bear is told to wait", async () => {
  const silent = openApi(await openLedger(), {
    upstream: `postgres://u@127.0.0.1:${await fake("lets in and then reads no more")}/d?sslmode=disable`,
    defaultPolicy: DOCUMENT,
  });
  const body = { target: "shop", statement: "SELECT 1" };
  const begun = Date.now();
  const answers = await Promise.all(Array.from({ length: 9 }, () => silent.call("POST /check", { body })));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    ...Array<number>(8).fill(502),
    503,
  ]);
  expect(Date.now() - begun).toBeLessThan(15_000);
  expect((await api.call("POST /check", { body })).status).toBe(200);
}, 20_000);

test("lint says what is wrong by line, and what it names that the database does not have", async () => {
  const lint = async (query: string, body: string): Promise<unknown> => {
    const answer = await api.call(`POST /policy/lint${query}`, { body });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  expect(await lint("", "extends: agnt")).toMatchObject({
    valid: false,
    diagnostics: [{ severity: "error", line: 1, column: 10, path: "extends" }],
  });
  expect(await lint("", DOCUMENT)).toMatchObject({ valid: true });
  const document = `extends: agent
relations:
  read: [checked.orders, checked.ordres, "checked.*"]
functions: { call: [checked.wipe, checked.wype] }
`;
  expect(await lint("?target=shop", document)).toMatchObject({
    valid: true,
    diagnostics: [
      { severity: "warning", line: 3, message: "the database has no relation checked.ordres" },
      { severity: "warning", line: 4, message: "the database has no function checked.wype" },
    ],
  });
  expect((await api.call("POST /policy/lint?target=nowhere", { body: "" })).status).toBe(404);
  expect((await api.call("POST /policy/lint", { role: "agent", body: "" })).status).toBe(403);
});

const MASKED = `extends: owner
mask:
  checked.people.email: email
  checked.people.emial: email
  checked.poeple.email: email
  "*.people.ph*e": redact
`;

test("lint says what masks mean to the database: nothing, views and functions of masked columns, what looks personal", async () => {
  const lint = async (query: string): Promise<readonly string[]> => {
    const answer = await api.call(`POST /policy/lint?target=shop${query}`, { body: MASKED });
    expect(answer.status).toBe(200);
    const { diagnostics } = await answer.json<{ diagnostics: { line: number; message: string }[] }>();
    return diagnostics.map(({ line, message }) => `${line} ${message}`);
  };
  const found = await lint("");
  expect(found).toEqual(
    expect.arrayContaining([
      "4 the database has no column checked.people.emial: checked.people has others",
      "5 the database has no relation checked.poeple",
      "3 the view checked.contacts is made of masked columns, and is masked as they are: mail (checked.people.email), loud (checked.people.email)",
      "3 the materialized view checked.copies is made of masked columns, and is masked as they are: email (checked.people.email)",
      "3 the function checked.mail_of reads masked columns of checked.people: what it gives of them is masked",
    ]),
  );
  expect(found.filter((line) => line.includes("checked.orders") || line.includes("holds"))).toEqual([]);
  const sampled = await lint("&sample=true");
  expect(sampled).toEqual(
    expect.arrayContaining([
      "2 checked.people.note holds what looks like email in 1 of 2 rows, and is not masked",
      "2 checked.people.attrs holds what looks like card_number in 1 of 2 rows, and is not masked",
    ]),
  );
  expect(sampled.join()).not.toMatch(/ada@|4111/);
  expect((await api.call("POST /policy/lint?sample=true", { body: MASKED })).status).toBe(400);
});

test("a check says which columns of a result would be masked, and how", async () => {
  const checked = await check(
    [
      "SELECT id, email, upper(email) AS loud FROM checked.people",
      "SELECT * FROM checked.contacts",
      "SELECT id FROM checked.people",
    ],
    { document: MASKED },
  );
  expect(checked.map((each) => each.masked_columns)).toEqual([
    [
      { name: "email", mask: "email" },
      { name: "loud", mask: "null" },
    ],
    [
      { name: "mail", mask: "email" },
      { name: "loud", mask: "null" },
    ],
    [],
  ]);
});

test("the JSON Schema of documents is there for anyone", async () => {
  const answer = await api.call("GET /policy/schema.json", { role: "nobody" });
  expect(answer.status).toBe(200);
  const schema = await answer.json<Record<string, unknown>>();
  expect(schema["$schema"]).toMatch(/json-schema\.org/);
});
