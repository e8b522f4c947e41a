// The tables of docs/masking.md are what an agent sees through a gateway under the documents before them.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { decodeBackend } from "#core/wire";
import { query, WireClient } from "../support/wire-client.ts";
import { withGoverned } from "./compat-governed.ts";

const PAGE = readFileSync(resolve(import.meta.dirname, "../../docs/masking.md"), "utf8");
const SCHEMA = /```sql\n([^`]*)```/.exec(PAGE)?.[1] ?? "";
const PLACE = "CREATE TYPE crm.place AS (street text, city text)";

let admin: pg.Client;

beforeAll(async () => {
  admin = new pg.Client({ connectionString: inject("stack").upstream });
  await admin.connect();
  await admin.query(`DROP SCHEMA IF EXISTS crm CASCADE; CREATE SCHEMA crm; ${PLACE}; ${SCHEMA}`);
});

afterAll(async () => {
  await admin.query("DROP SCHEMA crm CASCADE");
  await admin.end();
});

interface Example {
  readonly document: string;
  readonly rows: readonly (readonly [statement: string, seen: string])[];
}

/** Tables of `statement | seen`, with the last document before them. */
function examplesOf(page: string): readonly Example[] {
  const found: { document: string; rows: [string, string][] }[] = [];
  for (const [block, yaml] of page.matchAll(/```yaml\n([^`]*)```|^\| statement \| seen \|\n(?:\|.*\n)+/gm)) {
    if (yaml !== undefined) found.push({ document: yaml, rows: [] });
    for (const [, statement = "", seen = ""] of block.matchAll(/^\| `(.+)` \| (.*) \|$/gm))
      found.at(-1)?.rows.push([statement.replaceAll("\\|", "|"), seen]);
  }
  return found.filter(({ rows }) => rows.length > 0);
}

/** Rows as the page writes them, or the rule that refused, or what PostgreSQL says. */
async function seen(client: WireClient, statement: string): Promise<string> {
  const rows: string[] = [];
  let told = "";
  client.send(query("BEGIN"));
  await client.ready();
  for (const frame of await client.query(statement)) {
    const message = decodeBackend(frame);
    if (!message.ok) throw new Error(message.error.detail);
    const { value } = message;
    if (value.kind === "data_row")
      rows.push(
        value.values.map((cell) => (cell === null ? "NULL" : Buffer.from(cell).toString())).join(", "),
      );
    if (value.kind === "copy_data")
      rows.push(Buffer.from(value.data).toString().trimEnd().replaceAll("\t", " "));
    if (value.kind === "command_complete") told = value.tag;
    if (value.kind === "error_response") {
      const rule = /^rule "([^"]+)"/.exec(value.fields.get("D") ?? "")?.[1];
      told = rule === undefined ? `${value.fields.get("C")}: ${value.fields.get("M")}` : `refused: ${rule}`;
    }
  }
  client.send(query("ROLLBACK"));
  await client.ready();
  return `\`${rows.length > 0 ? rows.join("; ") : told}\``;
}

const examples = examplesOf(PAGE);

test("the page has tables", () => {
  expect(examples.length).toBeGreaterThan(1);
  expect(examples.flatMap(({ rows }) => rows).length).toBeGreaterThan(60);
});

describe.each(examples.map((example, index) => [index + 1, example] as const))(
  "document %i",
  (_, example) => {
    const way = withGoverned(example.document);
    let client: WireClient;
    beforeAll(async () => {
      client = await WireClient.connect(way().postgres);
      await client.query("SET search_path = crm");
    });
    afterAll(() => client.end());

    test.each(example.rows)("%s", async (statement, expected) => {
      expect(await seen(client, statement)).toBe(expected);
    });
  },
);
