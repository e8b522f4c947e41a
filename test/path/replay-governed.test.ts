// `sluice replay SESSION --to` of a session under a policy: what the gateway refused, cut short, took back, masked or kept out of
// the record is told apart from what PostgreSQL said, and the rest is the same as ever.

import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { FrontendMessage } from "#core/wire";
import type { DevFile } from "../../dev/state.ts";
import { endedSession } from "../support/auditor.ts";
import { WireClient } from "../support/wire-client.ts";
import { Command } from "../unit/shim/command.ts";
import { bind, execute, parse, q, sync } from "./compat-conversations.ts";
import { withGoverned } from "./compat-governed.ts";

const COPY_NAME = "replay_governed_copy";
const TABLES = [
  "DROP SCHEMA IF EXISTS replay_governed CASCADE",
  "CREATE SCHEMA replay_governed",
  "CREATE TABLE replay_governed.t (id int PRIMARY KEY, card text, note text)",
  "INSERT INTO replay_governed.t SELECT n, 'card ' || n, 'note ' || n FROM generate_series(1, 9) AS n",
];

const way = withGoverned(`extends: owner
rules:
  - { id: no-truncate, when: { kind: truncate }, then: deny }
  - { id: unseen, when: { kind: explain }, then: allow, record: false }
limits: { rows_changed: 2, rows_returned: 5 }
mask:
  replay_governed.t.card: redact
`);

const T = "replay_governed.t";
const run = (sql: string, statement = ""): FrontendMessage[] => [
  parse(sql, statement),
  bind({ statement }),
  execute(),
];

const SCRIPT: readonly FrontendMessage[][] = [
  [q(`SELECT id, card, note FROM ${T} WHERE id < 4 ORDER BY id`)],
  // Too many, taken back; as many as may be; several in one message, each by itself.
  [q(`UPDATE ${T} SET note = 'x'`)],
  [q(`UPDATE ${T} SET note = note || '!' WHERE id < 3`)],
  [q(`UPDATE ${T} SET note = 'y' WHERE id = 4; SELECT note FROM ${T} WHERE id = 4`)],
  // Cut short, which fails a transaction.
  [q("BEGIN")],
  [q(`SELECT id FROM ${T} ORDER BY id`)],
  [q("SELECT 'in a failed transaction'")],
  [q("ROLLBACK")],
  // Refused inside of a transaction, which fails with it.
  [q("BEGIN")],
  [q(`UPDATE ${T} SET note = 'gone' WHERE id = 5`)],
  [q(`TRUNCATE ${T}`)],
  [q("SELECT 1")],
  [q("COMMIT")],
  // Refused in the middle of a batch, of which the rest is skipped and the first is taken back.
  [
    ...run(`UPDATE ${T} SET note = 'gone too' WHERE id = 6`),
    ...run(`TRUNCATE ${T}`),
    ...run("SELECT 2"),
    sync,
  ],
  [q(`SELECT id, note FROM ${T} WHERE id BETWEEN 3 AND 6 ORDER BY id`)],
  [q(`EXPLAIN (COSTS OFF) SELECT id FROM ${T} WHERE id = 1`)],
  [q("SELEC 1"), q("SELECT * FROM nowhere")],
  // Last: with its literal gone it cannot be run again.
  [q(`INSERT INTO ${T} VALUES (10, '4111 1111', 'new')`)],
];

let session: string;
let copy: string;

async function inDatabase(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

beforeAll(async () => {
  const { upstream } = inject("stack");
  await inDatabase(
    upstream,
    ...TABLES,
    `DROP DATABASE IF EXISTS ${COPY_NAME}`,
    `CREATE DATABASE ${COPY_NAME}`,
  );
  const url = new URL(upstream);
  url.pathname = `/${COPY_NAME}`;
  copy = url.href;
  await inDatabase(copy, ...TABLES);
  const name = `governed replay ${Date.now()}`;
  const client = await WireClient.connect(way().postgres, { parameters: { application_name: name } });
  for (const messages of SCRIPT) {
    client.send(...messages);
    await client.ready(messages.filter(({ kind }) => kind === "query" || kind === "sync").length);
  }
  await client.end();
  ({ id: session } = await endedSession(name, gateway()));
});

afterAll(async () => {
  await inDatabase(
    inject("stack").upstream,
    `DROP DATABASE IF EXISTS ${COPY_NAME}`,
    "DROP SCHEMA IF EXISTS replay_governed CASCADE",
  );
});

/** As the auditor's helpers want it. */
function gateway(): Pick<DevFile, "gateway" | "tokens"> {
  return { gateway: `http://${new URL(way().connect).host}`, tokens: inject("stack").tokens };
}

test("nothing differs, and what was not run is listed with its reason", async () => {
  const { gateway: url, tokens } = gateway();
  const command = new Command(["replay", session, "--gateway", url, "--to", copy], {
    SLUICE_TOKEN: tokens.auditor,
  });
  const code = await command.exitCode();
  expect(command.stderr).toBe("");
  const page = readFileSync(new URL("../../docs/replay.md", import.meta.url), "utf8");
  const shown = page.split("\n```\n").find((block) => block.includes("\nnot run: "));
  expect(command.stdout.replace(/[0-9a-f]{32}/, "ID").split("\n")).toEqual(
    `${shown ?? ""}\n`.replace(/[0-9a-f]{32}/, "ID").split("\n"),
  );
  expect(code).toBe(0);
});
