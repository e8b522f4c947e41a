// What has changed in a D1 database and is not in the log yet: put in with the change, in one transaction, and carried to the log
// until the log has it. As outbox.ts, whose object has nobody beside it: here several Workers may carry at once, and since each
// carries all there is in order, and the log takes a leaf once, it comes in order and once all the same. And others may write
// here: a row that was not sealed (seal.ts) is no change, goes nowhere, and keeps nothing else from the log.

import { and, asc, eq, gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { ChangeLeaf } from "#core/record";
import { logOutbox } from "../../migrations/schema.ts";
import type { Append } from "./outbox.ts";
import { seal, unseal } from "./seal.ts";

/** Read at a time; each is a call of the log. */
const CARRIED_AT_ONCE = 100;

/** For a batch with the change: this changed. `where`: and only if this is so before it does. */
export async function changeStatement(
  db: D1Database,
  sessionKey: string,
  leaf: ChangeLeaf,
  where: { readonly sql: string; readonly values: readonly string[] } = { sql: "true", values: [] },
): Promise<D1PreparedStatement> {
  return db
    .prepare(
      `INSERT INTO log_outbox (n, leaf) SELECT coalesce((SELECT max(n) FROM log_outbox), 0) + 1, ? WHERE ${where.sql}`,
    )
    .bind(await seal(sessionKey, leaf), ...where.values);
}

/**
 * Gives how many rows are not the gateway's own: they stay, for the admin to see. Rejects where D1 or the log does not answer: what is
 * left is for the next who carries.
 */
export async function carryChanges(db: D1Database, sessionKey: string, append: Append): Promise<number> {
  let foreign = 0;
  for await (const { n, sealed, leaf } of waiting(db, sessionKey)) {
    if (leaf === null) {
      foreign++;
      continue;
    }
    await append(leaf);
    // Numbers begin anew when it is empty.
    await drizzle(db)
      .delete(logOutbox)
      .where(and(eq(logOutbox.n, n), eq(logOutbox.leaf, sealed)));
  }
  return foreign;
}

/** In order. What waits is little: it is carried at once. */
export async function waitingChanges(db: D1Database, sessionKey: string): Promise<readonly ChangeLeaf[]> {
  const leaves: ChangeLeaf[] = [];
  for await (const { leaf } of waiting(db, sessionKey)) if (leaf !== null) leaves.push(leaf);
  return leaves;
}

interface Waiting {
  readonly n: number;
  readonly sealed: string;
  /** null: not the gateway's own. */
  readonly leaf: ChangeLeaf | null;
}

async function* waiting(db: D1Database, sessionKey: string): AsyncGenerator<Waiting> {
  for (let after = Number.MIN_SAFE_INTEGER; ;) {
    const rows = await drizzle(db)
      .select()
      .from(logOutbox)
      .where(gt(logOutbox.n, after))
      .orderBy(asc(logOutbox.n))
      .limit(CARRIED_AT_ONCE);
    for (const { n, leaf: sealed } of rows)
      yield { n, sealed, leaf: typeof sealed === "string" ? await unseal(sessionKey, sealed) : null };
    const last = rows.at(-1);
    if (rows.length < CARRIED_AT_ONCE || last === undefined) return;
    after = last.n;
  }
}
