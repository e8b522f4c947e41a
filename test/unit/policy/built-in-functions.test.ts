// The classes of PostgreSQL's own functions against pg_proc of a real PostgreSQL 18: a function that nobody has looked at
// fails here.

import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  EFFECTIVE_VOLATILE,
  HARMLESS_VOLATILE,
  REACHING,
  SENSITIVE_FUNCTIONS,
  WRITING_VOLATILE,
} from "../../../core/policy/builtin/functions.ts";
import { SENSITIVE_CATALOGS } from "../../../core/policy/builtin/relations.ts";
import {
  COMMON_SETTINGS,
  DANGEROUS_SETTINGS,
  READ_ONLY_SETTINGS,
} from "../../../core/policy/builtin/settings.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";

let server: TestPostgres;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres();
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
}, 90_000);

afterAll(async () => {
  await client.end();
  await server.stop();
});

async function names(sql: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ readonly name: string }>(sql);
  return rows.map(({ name }) => name);
}

test("every volatile function and procedure of PostgreSQL's own is in one list, and in one alone", async () => {
  const volatile = await names(
    "SELECT DISTINCT proname::text AS name FROM pg_proc WHERE provolatile = 'v' AND pronamespace = 'pg_catalog'::regnamespace",
  );
  expect(volatile.length).toBeGreaterThan(200);
  const lists = [HARMLESS_VOLATILE, WRITING_VOLATILE, REACHING, EFFECTIVE_VOLATILE];
  for (const name of volatile)
    expect([name, lists.filter((list) => list.has(name)).length]).toEqual([name, 1]);
});

test("the lists name nothing that PostgreSQL does not have", async () => {
  const all = new Set(
    await names(
      "SELECT DISTINCT proname::text AS name FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace",
    ),
  );
  for (const list of [HARMLESS_VOLATILE, WRITING_VOLATILE, REACHING, EFFECTIVE_VOLATILE, SENSITIVE_FUNCTIONS])
    for (const name of list) expect(all).toContain(name);
});

test("no stable or immutable function takes a relation, query or schema and gives its contents, but those that are listed", async () => {
  const suspects = await names(
    `SELECT DISTINCT proname::text AS name FROM pg_proc
     WHERE provolatile <> 'v' AND pronamespace = 'pg_catalog'::regnamespace
       AND proname ~ '_to_xml|^query_to|^table_to|^cursor_to|^schema_to|^database_to|^ts_stat|^lo_|pg_read|pg_ls_|pg_stat_file'`,
  );
  for (const name of suspects) expect(REACHING).toContain(name);
});

test("the sensitive catalogs exist", async () => {
  const all = new Set(
    await names(
      `SELECT relnamespace::regnamespace || '.' || relname AS name FROM pg_class
       WHERE relnamespace IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`,
    ),
  );
  for (const name of SENSITIVE_CATALOGS) expect(all).toContain(name);
});

test("what PostgreSQL keeps from the public is sensitive, or not for introspection", async () => {
  const kept = await names(
    `SELECT relnamespace::regnamespace || '.' || relname AS name FROM pg_class
     WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('r', 'v')
       AND NOT has_table_privilege('public', oid, 'SELECT') AND NOT has_any_column_privilege('public', oid, 'SELECT')`,
  );
  expect(kept.length).toBeGreaterThan(3);
  expect(kept.filter((name) => !SENSITIVE_CATALOGS.has(name))).toEqual([]);
});

test("the settings that the lists name are PostgreSQL's", async () => {
  const all = new Set(await names("SELECT lower(name) AS name FROM pg_settings"));
  // GUC_NO_SHOW_ALL and the like; or of another version.
  const hidden = new Set(["role", "session_authorization", "is_superuser"]);
  for (const name of [...COMMON_SETTINGS, ...DANGEROUS_SETTINGS, ...READ_ONLY_SETTINGS])
    // The gateway's own stands among them.
    if (!hidden.has(name) && name !== "sluice.reason") expect(all).toContain(name);
});

test("common settings are a user's own to set, or no more than a user's", async () => {
  const common = [...COMMON_SETTINGS];
  const { rows } = await client.query<{ readonly name: string; readonly context: string }>(
    "SELECT lower(name) AS name, context FROM pg_settings WHERE lower(name) = ANY ($1)",
    [common],
  );
  for (const { name, context } of rows)
    expect([name, ["user", "superuser"].includes(context)]).toEqual([name, true]);
});
