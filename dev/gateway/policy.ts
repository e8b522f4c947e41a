// Puts the local stack's policy in force: a new version where --policy brings another document than the one in force, the
// demonstration's where there is none at all. The same rows as the API writes.

import type { Miniflare } from "miniflare";

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

interface InForce {
  readonly version: number;
  readonly document: string;
}

export interface LocalPolicy {
  readonly target: string;
  readonly document: string;
  readonly asked: boolean;
}

/** The version in force. */
export async function applyPolicy(database: Database, policy: LocalPolicy): Promise<number> {
  const found = await database
    .prepare("SELECT version, document FROM policies WHERE target = ? ORDER BY version DESC LIMIT 1")
    .bind(policy.target)
    .first<InForce>();
  if (found !== null && (!policy.asked || found.document === policy.document)) return found.version;
  const version = (found?.version ?? 0) + 1;
  const comment = policy.asked ? "npm start -- --policy" : "the demonstration's policy";
  await database
    .prepare(
      "INSERT INTO policies (target, version, created_at, issuer, subject, comment, document) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(policy.target, version, Date.now(), "local stack", "local stack", comment, policy.document)
    .run();
  return version;
}
