// Applies migrations/*.sql to the local D1 database, in the same table and by the same rule as `wrangler d1 migrations
// apply`: by file name, each once, each in one transaction.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Miniflare } from "miniflare";

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** drizzle-kit writes this between statements; a D1 statement is one statement. */
const BREAKPOINT = "--> statement-breakpoint";

export async function migrate(database: Database, directory: string): Promise<void> {
  await database.prepare(MIGRATIONS_TABLE).run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  for (const name of readdirSync(directory).toSorted()) {
    if (!name.endsWith(".sql") || applied.has(name)) continue;
    const statements = readFileSync(join(directory, name), "utf8")
      .split(BREAKPOINT)
      .map((statement) => statement.trim())
      .filter((statement) => statement !== "");
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
}
