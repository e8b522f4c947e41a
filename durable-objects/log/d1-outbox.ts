// What has changed in a D1 database and is not in the log yet: put in with the change, in one transaction, and carried to the log
// until the log has it. As outbox.ts, whose object has nobody beside it: here several Workers may carry at once, and since each
// carries all there is in order, and the log takes a leaf once, it comes in order and once all the same.

import { and, asc, eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { canonicalJson, type ChangeLeaf } from "#core/record";
import { logOutbox } from "../../migrations/schema.ts";
import type { Append } from "./outbox.ts";

/** Read at a time; each is a call of the log. */
const CARRIED_AT_ONCE = 100;

/** For a batch with the change: this changed. `where`: and only if this is so before it does. */
export function changeStatement(
  db: D1Database,
  leaf: ChangeLeaf,
  where: { readonly sql: string; readonly values: readonly string[] } = { sql: "true", values: [] },
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO log_outbox (n, leaf) SELECT coalesce((SELECT max(n) FROM log_outbox), 0) + 1, ? WHERE ${where.sql}`,
    )
    .bind(canonicalJson(leaf), ...where.values);
}

/** Rejects where D1 or the log does not answer: what is left is for the next who carries. */
export async function carryChanges(db: D1Database, append: Append): Promise<void> {
  for (;;) {
    const rows = await waitingRows(db);
    for (const { n, leaf } of rows) {
      await append(JSON.parse(leaf) as ChangeLeaf);
      // Numbers begin anew when it is empty.
      await drizzle(db)
        .delete(logOutbox)
        .where(and(eq(logOutbox.n, n), eq(logOutbox.leaf, leaf)));
    }
    if (rows.length < CARRIED_AT_ONCE) return;
  }
}

/** In order. What waits is little: it is carried at once. */
export async function waitingChanges(db: D1Database): Promise<readonly ChangeLeaf[]> {
  return (await waitingRows(db)).map(({ leaf }) => JSON.parse(leaf) as ChangeLeaf);
}

function waitingRows(db: D1Database): Promise<(typeof logOutbox.$inferSelect)[]> {
  return drizzle(db).select().from(logOutbox).orderBy(asc(logOutbox.n)).limit(CARRIED_AT_ONCE);
}
