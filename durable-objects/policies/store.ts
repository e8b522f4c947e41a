// The policy documents in D1: every version of every target, read and added to, never changed. Queries only; what a
// document means is core/policy, which one is in force for a session in-force.ts.

import { and, asc, desc, eq, getTableColumns, gt, lt } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { policies } from "../../migrations/schema.ts";
import { toLedgerError } from "../ledger/index.ts";
import { policyLeaf } from "../log/changes.ts";
import { changeStatement } from "../log/d1-outbox.ts";

export type StoredPolicy = typeof policies.$inferSelect;
export type PolicyVersion = Omit<StoredPolicy, "document">;

const { document: _document, ...LISTED } = getTableColumns(policies);

export class PolicyStore {
  readonly #d1: D1Database;
  readonly #db: DrizzleD1Database;

  constructor(db: D1Database) {
    this.#d1 = db;
    this.#db = drizzle(db);
  }

  /** The highest version; null where the target has none. */
  async current(target: string): Promise<StoredPolicy | null> {
    const rows = await this.#db
      .select()
      .from(policies)
      .where(eq(policies.target, target))
      .orderBy(desc(policies.version))
      .limit(1);
    return rows[0] ?? null;
  }

  /** Newest first, with the documents. */
  async newest(target: string, limit: number): Promise<StoredPolicy[]> {
    return this.#db
      .select()
      .from(policies)
      .where(eq(policies.target, target))
      .orderBy(desc(policies.version))
      .limit(limit);
  }

  async version(target: string, version: number): Promise<StoredPolicy | null> {
    const rows = await this.#db
      .select()
      .from(policies)
      .where(and(eq(policies.target, target), eq(policies.version, version)));
    return rows[0] ?? null;
  }

  /** Newest first, below `before`; without the documents. */
  async versions(target: string, before: number | null, limit: number): Promise<PolicyVersion[]> {
    return this.#db
      .select(LISTED)
      .from(policies)
      .where(and(eq(policies.target, target), before === null ? undefined : lt(policies.version, before)))
      .orderBy(desc(policies.version))
      .limit(limit);
  }

  /** Oldest first, above `after`; without the documents. */
  async versionsAfter(target: string, after: number, limit: number): Promise<PolicyVersion[]> {
    return this.#db
      .select(LISTED)
      .from(policies)
      .where(and(eq(policies.target, target), gt(policies.version, after)))
      .orderBy(asc(policies.version))
      .limit(limit);
  }

  /**
   * False where this version is there already: somebody else was faster. The primary key decides, so two writers that read
   * the same version cannot both win. The log hears of it from the outbox, which has it in the same transaction.
   */
  async add(policy: StoredPolicy, sessionKey: string): Promise<boolean> {
    const { target, version, createdAt, issuer, subject, comment, document } = policy;
    const insert = this.#d1
      .prepare(
        `INSERT INTO policies (target, version, created_at, issuer, subject, comment, document)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .bind(target, version, createdAt, issuer, subject, comment, document);
    const told = await changeStatement(this.#d1, sessionKey, await policyLeaf(policy));
    try {
      await this.#d1.batch([insert, told]);
      return true;
    } catch (thrown) {
      // What D1 says of the key is asked of D1 itself.
      if ((await this.version(policy.target, policy.version)) !== null) return false;
      throw toLedgerError(thrown);
    }
  }
}
