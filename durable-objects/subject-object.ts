// Counts the live sessions of one subject on one target, for the limit `sessions_per_subject`: one object for each such
// pair, so that two that begin at once cannot both be the last. Asked only where a policy sets the limit.

import { DurableObject } from "cloudflare:workers";
import type { SessionEnv } from "./env.ts";

export class SubjectObject extends DurableObject<SessionEnv> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: SessionEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS places (session_id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
    );
  }

  /**
   * Takes a place for a session until it gives it back, or until its token expires, which no session outlives.
   * False where `most` are taken.
   */
  take(sessionId: string, most: number, until: number): boolean {
    this.#sql.exec("DELETE FROM places WHERE until <= ?", Date.now());
    const taken = this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM places").one().n;
    if (taken >= most) return false;
    this.#sql.exec("INSERT OR IGNORE INTO places VALUES (?, ?)", sessionId, until);
    return true;
  }

  giveBack(sessionId: string): void {
    this.#sql.exec("DELETE FROM places WHERE session_id = ?", sessionId);
  }
}

/** JSON keeps the parts apart whatever stands in them. */
export function subjectName(target: string, issuer: string, subject: string): string {
  return JSON.stringify([target, issuer, subject]);
}
