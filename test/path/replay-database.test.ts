// `sluice replay SESSION --to`: a session of everything that clients do, recorded, and run again against a copy of the database
// as it was before. The same answers have to come; where the copy differs, that has to be told.

import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { FrontendMessage } from "#core/wire";
import { endedSession } from "../support/auditor.ts";
import { WireClient } from "../support/wire-client.ts";
import { Command } from "../unit/shim/command.ts";
import {
  bind,
  CONVERSATIONS,
  data,
  done,
  execute,
  parse,
  q,
  type Scripted,
  sync,
} from "./compat-conversations.ts";
import { SETUP } from "./compat-corpus.ts";
import { withCorpus } from "./compat-fixture.ts";

const COPY_NAME = "replay_copy";

/** What a deployment, a job and a person do in turn. */
const WORK: readonly FrontendMessage[][] = [
  [
    q(
      "CREATE TABLE compat.ledger (id serial PRIMARY KEY, item int REFERENCES compat.item, amount numeric, at date)",
    ),
  ],
  [
    q("BEGIN"),
    q("CREATE INDEX ON compat.ledger (item)"),
    q("ALTER TABLE compat.ledger ADD note text"),
    q("COMMIT"),
  ],
  [
    parse(
      "INSERT INTO compat.ledger (item, amount, at) VALUES ($1, $2, $3) RETURNING id, amount",
      "put",
      [23],
    ),
    { kind: "describe", target: "S", name: "put" },
    sync,
    bind({
      statement: "put",
      parameters: [Buffer.from([0, 0, 0, 5]), "1.50", "2026-01-02"],
      formats: [1, 0, 0],
    }),
    execute(),
    bind({ statement: "put", parameters: ["6", "2.50", null], results: [1] }),
    execute(),
    bind({ statement: "put", parameters: ["7000", "0", null] }),
    execute(),
    bind({ statement: "put", parameters: ["8", "0", null] }),
    execute(),
    sync,
    bind({ statement: "put", parameters: ["9", "9.90", null] }),
    execute(),
    { kind: "close", target: "S", name: "put" },
    sync,
  ],
  [q("COPY compat.ledger (item, amount, note) FROM STDIN"), data("1\t10\tone\n2\t20\t\\N\n"), done],
  [q("COPY (SELECT id, item, amount, note FROM compat.ledger ORDER BY id) TO STDOUT")],
  [q("BEGIN"), q("SAVEPOINT s"), q("UPDATE compat.ledger SET amount = amount / 0"), q("ROLLBACK TO s")],
  [q("UPDATE compat.ledger SET amount = amount + 1 WHERE item < 3 RETURNING *"), q("COMMIT")],
  [q("BEGIN; DELETE FROM compat.ledger; ROLLBACK"), q("SELECT count(*), sum(amount) FROM compat.ledger")],
  [q("SELECT compat.chatter(2); SELECT compat.fail('P0042'); SELECT 1"), q("SELECT * FROM nowhere")],
  [q("DROP TABLE compat.ledger")],
  [
    parse("SELECT id AS n, price FROM compat.item WHERE id < 4 ORDER BY id"),
    bind({ results: [1] }),
    execute(),
    sync,
  ],
];

/** Of the ones that move megabytes, the record's own tests tell; a lone Sync is a statement of nobody's. */
const LEFT_OUT = new Set([
  "a message of eight megabytes",
  "COPY in large pieces",
  "two thousand messages",
  "a lone Sync",
]);

const READIES: ReadonlySet<string> = new Set(["query", "sync"]);

const SCRIPT: readonly Scripted[] = [
  ...Object.entries(CONVERSATIONS)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([, scripted]) => scripted),
  ...WORK.map((messages) => ({ messages, readies: messages.filter(({ kind }) => READIES.has(kind)).length })),
];

let session: string;
let copy: string;

withCorpus();

async function inDatabase(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

/** A database as the session found it. */
async function restore(...changes: readonly string[]): Promise<void> {
  const { upstream } = inject("stack");
  await inDatabase(upstream, `DROP DATABASE IF EXISTS ${COPY_NAME}`, `CREATE DATABASE ${COPY_NAME}`);
  const url = new URL(upstream);
  url.pathname = `/${COPY_NAME}`;
  copy = url.href;
  await inDatabase(copy, ...SETUP, ...changes);
}

beforeAll(async () => {
  const name = `replay ${Date.now()}`;
  const client = await WireClient.connect(inject("stack").postgres, {
    parameters: { application_name: name },
  });
  for (const { messages, readies } of SCRIPT) {
    client.send(...messages);
    await client.ready(readies);
  }
  await client.end();
  ({ id: session } = await endedSession(name));
});

afterAll(async () => {
  await inDatabase(inject("stack").upstream, `DROP DATABASE IF EXISTS ${COPY_NAME}`);
});

async function replay(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const { gateway, tokens } = inject("stack");
  const command = new Command(["replay", session, "--to", copy, "--gateway", gateway, ...args], {
    SLUICE_TOKEN: tokens.auditor,
  });
  return { code: await command.exitCode(), stdout: command.stdout, stderr: command.stderr };
}

function numberless(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{32}/g, "ID")
    .replaceAll(/^ +\d+ {2}/gm, "N  ")
    .replaceAll(/\d+ statements/g, "N statements");
}

// Each makes a database and runs two hundred statements: seconds, and on a busy machine many.
describe("a session run again", { timeout: 120_000 }, () => {
  test("against a copy of the database as it was gives the same, to the last statement", async () => {
    await restore();
    const { code, stdout, stderr } = await replay();
    expect(stderr).toBe("");
    expect(stdout).toMatch(/^session [0-9a-f]{32}: 2\d\d statements run again, no differences\n$/);
    expect(code).toBe(0);
  });

  test("against one that is not as it was tells where it differs", async () => {
    await restore(
      "UPDATE compat.item SET price = 99 WHERE id = 2",
      "DELETE FROM compat.item WHERE id = 3",
      "INSERT INTO compat.target VALUES (0, 'a row too many')",
    );
    const { code, stdout } = await replay();
    expect(code).toBe(1);
    // Never described: the column has no name, and its bytes are binary. As the page shows it, but for ids and numbers.
    const page = readFileSync(new URL("../../docs/replay.md", import.meta.url), "utf8");
    const shown = page.split("\n```\n").find((block) => block.includes("run again"));
    const [from = "", ...rest] = numberless(`${shown ?? ""}\n`).split("\n");
    expect(numberless(stdout).split("\n").slice(-6)).toEqual([from, ...rest]);
  });

  test("does not tell of columns that may differ, by their names or those of their tables", async () => {
    await restore("UPDATE compat.item SET price = 99 WHERE id = 2");
    const { code, stdout } = await replay("--except", "mtime,compat.item.price");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/no differences\n$/)]);
    const other = await replay("--except", "item.name,id");
    expect([other.code, other.stdout]).toEqual([1, expect.stringContaining("column price: recorded")]);
  });

  test("needs a database that lets it in", async () => {
    const { code, stderr } = await replay("--to", copy.replace(/:[^:@]+@/, ":wrong@"));
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^sluice: The database refused the connection: /),
    ]);
  });
});
