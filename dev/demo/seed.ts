// Seeds the demonstration shop by a direct connection. Safe to repeat, and safe on somebody's own database: tables of the
// same names that are not marked as ours are left alone.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

const TABLES = ["customers", "products", "orders", "order_items"] as const;
const MARK = "Sluice demonstration data";

export type Seeded = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export async function seed(upstream: string): Promise<Seeded> {
  const client = new pg.Client({ connectionString: upstream });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT name FROM unnest($1::text[]) AS name
       WHERE to_regclass(name) IS NOT NULL AND obj_description(to_regclass(name), 'pg_class') IS DISTINCT FROM $2`,
      [TABLES, MARK],
    );
    if (rows.length > 0) {
      const names = rows.map((row) => row.name).join(", ");
      return { ok: false, reason: `the database has tables of its own named ${names}` };
    }
    for (const file of ["schema.sql", "data.sql"]) {
      await client.query(readFileSync(join(import.meta.dirname, file), "utf8"));
    }
    return { ok: true };
  } finally {
    await client.end();
  }
}
