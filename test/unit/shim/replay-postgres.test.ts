// `sluice replay --to`: what a record holds that cannot be run again, and what the replay makes of it, against a real PostgreSQL.
// Ordinary sessions are test/path/replay-database.test.ts.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { concat, utf8Encode } from "#core/bytes";
import { type BackendMessage, encodeBackend } from "#core/wire";
import { readAddress } from "../../../client-shim/src/postgres/address.ts";
import { Database } from "../../../client-shim/src/postgres/database.ts";
import { query as queryMessage } from "../../../client-shim/src/postgres/messages.ts";
import { Excepted } from "../../../client-shim/src/replay/database/except.ts";
import { DatabaseReplay, type ReplayTally } from "../../../client-shim/src/replay/database/replay.ts";
import { RecordGateway } from "../../../client-shim/src/replay/gateway.ts";
import { SessionRecord } from "../../../client-shim/src/replay/record.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { type ScriptedStatement, SESSION, startRecordApi } from "./record-api.ts";

const TLS = new URL("../../support/tls", import.meta.url).pathname;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres({
    tls: { certificate: `${TLS}/localhost.pem`, key: `${TLS}/localhost.key` },
    hba: [
      "host all clear 127.0.0.1/32 password",
      "host all old 127.0.0.1/32 md5",
      "host all open 127.0.0.1/32 trust",
      "host all all 127.0.0.1/32 scram-sha-256",
    ],
    sql: [
      "CREATE TABLE t (a integer)",
      "CREATE ROLE scram LOGIN PASSWORD 'pässword '",
      "CREATE ROLE clear LOGIN PASSWORD 'secret'",
      "SET password_encryption = 'md5'",
      "CREATE ROLE old LOGIN PASSWORD 'secret'",
      "CREATE ROLE open LOGIN",
    ],
  });
}, 60_000);
afterAll(() => postgres?.stop());

let told: string[];
beforeEach(() => {
  told = [];
});

async function replayed(statements: readonly ScriptedStatement[]): Promise<ReplayTally> {
  const api = await startRecordApi(statements);
  const address = readAddress(postgres.url, {});
  const database = await Database.connect(address, new Map());
  try {
    const record = await SessionRecord.open(new RecordGateway(api.url, false, async () => "token"), SESSION);
    const differs = (_: unknown, differences: { readonly told: readonly string[] }): void =>
      void told.push(...differences.told);
    const replay = new DatabaseReplay({ record, database, excepted: new Excepted([], address), differs });
    return await replay.run(1);
  } finally {
    await database.end();
    await api.close();
  }
}

const wire = (...messages: readonly BackendMessage[]): Uint8Array =>
  concat(messages.map((one) => encodeBackend(one)));
const ready = (status: "I" | "T" | "E"): BackendMessage => ({ kind: "ready_for_query", status });
const tag = (text: string): BackendMessage => ({ kind: "command_complete", tag: text });
/** PostgreSQL's own errors name the routine that reported them. */
const error = (sqlstate: string, message: string, routine: string | null): BackendMessage => ({
  kind: "error_response",
  fields: new Map([
    ["S", "ERROR"],
    ["V", "ERROR"],
    ["C", sqlstate],
    ["M", message],
    ...(routine === null ? [] : [["R", routine] as const]),
  ]),
});
const REFUSED = error("42501", "statement refused by rule", null);
const ABORTED = error(
  "25P02",
  "current transaction is aborted, commands ignored until end of transaction block",
  "exec_simple_query",
);
const answers = (...values: readonly string[]): BackendMessage[] =>
  values.map((value) => ({ kind: "data_row", values: [utf8Encode(value)] }));
const described = (name: string, typeOid: number, typeSize: number): BackendMessage => ({
  kind: "row_description",
  fields: [{ name, tableOid: 0, attribute: 0, typeOid, typeSize, typeModifier: -1, format: 0 }],
});
const query = (statement: string, ...response: readonly BackendMessage[]): ScriptedStatement => ({
  item: { statement },
  response: wire(...response),
});

test("what was refused, redacted or lost is listed and not run; what it did to transaction and batch is kept", async () => {
  const refused = { outcome: "failed", error: { sqlstate: "42501", message: "statement refused by rule" } };
  const tally = await replayed([
    query("BEGIN", tag("BEGIN"), ready("T")),
    { item: { statement: "DELETE FROM t", ...refused }, response: wire(REFUSED, ready("E")) },
    { item: { statement: "SELECT 1", outcome: "failed" }, response: wire(ABORTED, ready("E")) },
    query("ROLLBACK", tag("ROLLBACK"), ready("I")),
    {
      item: {
        statement: "INSERT INTO t VALUES ($redacted)",
        redactions: { literals: 1, parameters: [], request: false },
      },
      response: wire(tag("INSERT 0 1"), ready("I")),
    },
    { item: { statement: "INSERT INTO t VALUES (2)", outcome: "unknown" }, response: new Uint8Array() },
    query("SELECT count(*) FROM t", described("count", 20, 8), ...answers("0"), tag("SELECT 1"), ready("I")),
    {
      item: {
        statement: "SELECT 'x'",
        protocol: "extended",
        operation: "execute",
        prepared_statement: "s",
        portal: "",
        messages: ["P", "Bs", "E", "S"],
        ...refused,
      },
      response: wire({ kind: "parse_complete" }, { kind: "bind_complete" }, REFUSED, ready("I")),
    },
    // Its statement was prepared before the refusal.
    {
      item: {
        statement: "SELECT 'x'",
        protocol: "extended",
        operation: "execute",
        prepared_statement: "s",
        portal: "",
        messages: ["Bs", "E", "S"],
      },
      response: wire({ kind: "bind_complete" }, ...answers("x"), tag("SELECT 1"), ready("I")),
    },
  ]);
  expect(told).toEqual([]);
  expect(tally).toMatchObject({ compared: 5, differing: 0, lostAt: null });
  expect(tally.omitted.map(({ seq, why }) => [seq, why])).toEqual([
    [2, "refused by the gateway: statement refused by rule"],
    [5, "redacted, not in the record: 1 literal"],
    [6, "its outcome is not known: it may have run"],
    [8, "refused by the gateway: statement refused by rule"],
  ]);
});

test("a statement whose rows are not recorded is compared by tag and error", async () => {
  const hidden = (statement: string, more: object): ScriptedStatement => ({
    item: { statement, response_recorded: false, ...more },
  });
  const tally = await replayed([
    hidden("SELECT 1", { command_tags: ["SELECT 1"] }),
    hidden("SELECT 1", { command_tags: ["SELECT 2"] }),
    hidden("SELECT 1/0", { outcome: "failed", error: { sqlstate: "22012", message: "division by zero" } }),
    hidden("SELECT 2", { outcome: "failed", error: { sqlstate: "22012", message: "division by zero" } }),
  ]);
  expect(tally).toMatchObject({ compared: 4, differing: 2, unrecorded: 4 });
  expect(told).toEqual([
    "tag: recorded SELECT 2, now SELECT 1",
    "tag: recorded nothing, now SELECT 1",
    "recorded error 22012, now none",
  ]);
});

test("masked columns are not compared, the others are", async () => {
  const response = wire(
    {
      kind: "row_description",
      fields: ["a", "b"].map((name) => ({
        name,
        tableOid: 0,
        attribute: 0,
        typeOid: 25,
        typeSize: -1,
        typeModifier: -1,
        format: 0,
      })),
    },
    { kind: "data_row", values: [utf8Encode("***"), utf8Encode("recorded")] },
    tag("SELECT 1"),
    ready("I"),
  );
  const item = {
    statement: "SELECT 'raw' AS a, 'other' AS b",
    masked_columns: [{ result: 0, column: 0, mask: "redact", reason: "masked" }],
  };
  expect(await replayed([{ item, response }])).toMatchObject({ differing: 1, masked: 1 });
  expect(told).toEqual(['row 1, column b: recorded "recorded", now "other"']);
});

test("a copy that the record has no data for ends, and does not wait for ever", async () => {
  const tally = await replayed([
    query(
      "COPY t FROM STDIN",
      { kind: "copy_in_response", format: 0, columnFormats: [0] },
      tag("COPY 0"),
      ready("I"),
    ),
  ]);
  expect(tally.differing).toBe(1);
  expect(told).toEqual([expect.stringMatching(/^recorded COPY 0, now error 57014 COPY from stdin failed: /)]);
});

test("a record that breaks off is a fault, and not a difference", async () => {
  const response = wire(...answers("1"), tag("SELECT 1"), ready("I"));
  const asked = [query("SELECT 1"), query("SELECT 2")].map(({ item }) => ({
    item,
    response: response.subarray(0, 20),
  }));
  await expect(replayed(asked)).rejects.toThrow("the bytes end inside of a message");
});

test("a database that ends the connection is told, and nothing behind it is run", async () => {
  const tally = await replayed([
    query(
      "SELECT pg_terminate_backend(pg_backend_pid())",
      described("pg_terminate_backend", 16, 1),
      ...answers("t"),
      tag("SELECT 1"),
      ready("I"),
    ),
    query("INSERT INTO t VALUES (3)", tag("INSERT 0 1"), ready("I")),
  ]);
  expect(tally).toMatchObject({ lostAt: 1, differing: 1, compared: 1 });
});

const PASSWORD = { scram: "p%C3%A4ssword%20", clear: "secret", old: "secret", open: "" } as const;

function urlOf(user: keyof typeof PASSWORD, query: string, password: string = PASSWORD[user]): string {
  return `postgres://${user}${password === "" ? "" : `:${password}`}@localhost:${String(postgres.port)}/postgres${query}`;
}

/** What the database says of the connection: whether it is in TLS. */
async function connected(url: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const database = await Database.connect(readAddress(url, environment), new Map());
  await database.send(queryMessage(Buffer.from("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")));
  let ssl = "";
  for (let frame = await database.next(); frame !== null && frame.code !== "Z"; frame = await database.next())
    if (frame.code === "D") ssl = frame.body.subarray(6).toString();
  await database.end();
  return ssl;
}

test.each([
  ["scram", "", "t"],
  ["scram", "?sslmode=disable", "f"],
  ["scram", `?sslmode=verify-full&sslrootcert=${TLS}/ca.pem`, "t"],
  ["clear", "?sslmode=require", "t"],
  ["old", "?sslmode=disable", "f"],
  ["open", "?sslmode=disable&TimeZone=Asia/Tokyo", "f"],
] as const)("a database lets %s in by its password%s", async (user, query, ssl) => {
  expect(await connected(urlOf(user, query))).toBe(ssl);
});

test("a password may be in PGPASSWORD", async () => {
  expect(await connected(urlOf("clear", "", ""), { PGPASSWORD: "secret" })).toBe("t");
});

test.each([
  [
    () => urlOf("scram", "", "canary"),
    /^The database refused the connection: password authentication failed/,
  ],
  [() => urlOf("scram", "", ""), /^The database wants a password\. Put it into the connection string/],
  [() => urlOf("scram", "?sslmode=verify-full"), /cannot be reached \(.+\)\. Check the connection string$/],
  [
    () => urlOf("scram", `?sslmode=verify-full&sslrootcert=${TLS}/ca.pem`).replace("localhost", "127.0.0.1"),
    /cannot be reached \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
  ],
  [() => urlOf("open", "?nonsense=1"), /unrecognized configuration parameter/],
])("what keeps a connection from being made is said, without the password (%#)", async (url, message) => {
  await expect(connected(url())).rejects.toThrow(message);
  await expect(connected(url())).rejects.not.toThrow(/canary|pässword /);
});
