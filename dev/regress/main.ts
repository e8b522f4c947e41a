// `npm run regress [-- --sql DIR] [-- FILE…]`: PostgreSQL's own regression statements through grammar, analysis and a
// read-only policy, each held against what a real PostgreSQL 18 does with it. Exit code 1 for a crash or a statement that was
// misread as harmless; without scripts to be had it says so and ends well.

import { readdirSync, readFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import pg from "pg";
import { createGrammar } from "#core/sql";
import { compilePolicy, parseDocument } from "#core/policy";
import { startPostgres } from "../../test/support/postgres.ts";
import { compare, newTally } from "./differential.ts";
import { statementsOf } from "./script.ts";
import { fetchRegress } from "./source.ts";

/** Load what the server is built with for its tests alone, or take minutes. */
const SKIPPED: ReadonlySet<string> = new Set([
  "create_function_c",
  "test_setup",
  "tablespace",
  "stats",
  "largeobject",
]);
const STATEMENT_TIMEOUT_MS = 2_000;

const { values, positionals } = parseArgs({ options: { sql: { type: "string" } }, allowPositionals: true });
const scratch = mkdtempSync(join(tmpdir(), "sluice-regress-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
const found = values.sql === undefined ? await fetchRegress(scratch) : { directory: resolve(values.sql) };
if ("missing" in found) {
  console.log(`regress: skipped, ${found.missing}`);
  process.exit(0);
}
const { directory } = found;

const require = createRequire(import.meta.url);
const wasm = new WebAssembly.Module(readFileSync(require.resolve("libpg-query/wasm/libpg-query.wasm")));
const grammar = createGrammar(
  (imports) => new WebAssembly.Instance(wasm, { ...imports } as WebAssembly.Imports).exports,
);
const document = parseDocument("extends: read-only\n");
if (!document.ok) throw new Error("the profile does not parse");
const asker = {
  principal: { issuer: "", subject: "regress", roles: ["agent" as const], groups: [] },
  target: "regress",
};
const policy = compilePolicy(document.value, "regress", asker);
const server = await startPostgres({ settings: { autovacuum: "off", max_prepared_transactions: "5" } });
const environment = {
  PG_ABS_SRCDIR: directory,
  PG_ABS_BUILDDIR: directory,
  PG_LIBDIR: "",
  PG_DLSUFFIX: ".so",
};
const statements = (name: string): readonly string[] =>
  statementsOf(readFileSync(join(directory, "sql", `${name}.sql`), "utf8"), environment);

async function session(database: string): Promise<pg.Client> {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href, statement_timeout: STATEMENT_TIMEOUT_MS });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

const admin = await session("postgres");
await admin.query("CREATE DATABASE regression TEMPLATE template0");
const setup = await session("regression");
for (const name of ["test_setup", "create_index"])
  for (const one of statements(name)) await setup.query(one).catch(() => undefined);
await setup.end();

const names =
  positionals.length > 0
    ? positionals
    : readdirSync(join(directory, "sql"))
        .filter((file) => file.endsWith(".sql"))
        .map((file) => basename(file, ".sql"));
const total = newTally();
for (const name of names) {
  if (SKIPPED.has(name)) continue;
  const client = await session("regression");
  const began = performance.now();
  for (const one of statements(name)) await compare(one, { grammar, policy, client }, total);
  await client.end().catch(() => undefined);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${name}: ${seconds} s, so far ${total.understood} of ${total.accepted} understood, ${total.crashes.length} crashes, ${total.misread.length} misread`,
  );
}
await admin.end();
await server.stop();

const share = (part: number): string => `${((100 * part) / Math.max(1, total.accepted)).toFixed(1)} %`;
for (const text of total.crashes) console.log(`crash: ${text}`);
for (const text of total.misread) console.log(`misread as harmless: ${text}`);
console.log(`${total.statements} statements, ${total.accepted} that PostgreSQL runs; of these`);
console.log(
  `  understood ${total.understood} (${share(total.understood)}), not parsed ${total.unparsed.length} (${share(total.unparsed.length)})`,
);
console.log(`  let pass by a read-only policy ${total.harmless} (${share(total.harmless)})`);
console.log(
  `  not understood: ${[...total.unknown].map(([what, count]) => `${what} ${count}`).join(", ") || "nothing"}`,
);
console.log(`crashes ${total.crashes.length}, misread as harmless ${total.misread.length}`);
process.exitCode = total.crashes.length + total.misread.length === 0 ? 0 : 1;
