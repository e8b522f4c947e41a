// One round of retention in a shard: sessions past their days are archived where a rule says so, told to the log, and deleted. In this order,
// so that whatever stops in between leaves a session that the next round takes again, and never one that is gone and unexplained.

import { facetRows } from "../../durable-objects/ledger/index.ts";
import type { Leaf } from "#core/record";
import { ExportSource, type SessionColumns } from "../records/export/source.ts";
import type { FindInclusion } from "../records/export/lines.ts";
import { type Verdict } from "../../client-shim/src/record/index.ts";
import { archive } from "./archive.ts";
import { EVERY_OTHER, type Rule, type Rules } from "./rules.ts";

export interface SweepDeps {
  readonly db: D1Database;
  readonly bucket: R2Bucket | null;
  readonly append: (leaf: Leaf) => Promise<number>;
  readonly findInclusion: FindInclusion;
  /** The log says that it is under a legal hold. */
  readonly isHeld: (session: string) => Promise<boolean>;
  readonly verify: (source: ExportSource, session: SessionColumns) => Promise<Verdict>;
  readonly now: () => number;
  /** At most so many sessions: a round is one invocation of a Worker, and what is left is for the next. */
  readonly most: number;
}

export interface Swept {
  readonly deleted: readonly string[];
  /** Sessions that stay, and why. */
  readonly left: readonly { readonly session: string; readonly why: string }[];
}

const DAY_MS = 86_400_000;

export async function sweep(rules: Rules, deps: SweepDeps): Promise<Swept> {
  const deleted: string[] = [];
  const left: { readonly session: string; readonly why: string }[] = [];
  for (const { id, rule } of await due(rules, deps)) {
    const why = await retire(id, rule, deps);
    if (why === null) deleted.push(id);
    else left.push({ session: id, why });
  }
  return { deleted, left };
}

interface Due {
  readonly id: string;
  readonly rule: Rule;
}

async function due(rules: Rules, { db, now, most }: SweepDeps): Promise<Due[]> {
  const found: Due[] = [];
  const named = JSON.stringify(Object.keys(rules));
  for (const [target, rule] of Object.entries(rules)) {
    const which = target === EVERY_OTHER ? "target NOT IN (SELECT value FROM json_each(?1))" : "target = ?1";
    const { results } = await db
      .prepare(
        `SELECT id FROM sessions WHERE ${which} AND started_at < ?2 AND ended_at < ?2 AND hold IS NULL
           ORDER BY started_at LIMIT ?3`,
      )
      .bind(target === EVERY_OTHER ? named : target, now() - rule.days * DAY_MS, most - found.length)
      .all<{ id: string }>();
    found.push(...results.map(({ id }) => ({ id, rule })));
  }
  return found;
}

/** null when it is gone; else why it is not. */
async function retire(id: string, rule: Rule, deps: SweepDeps): Promise<string | null> {
  const { db, bucket, now } = deps;
  const source = new ExportSource(db, id, bucket);
  const session = await source.session();
  if (session === null) return null;
  // Whoever can write D1 could take a hold away there, and would have it deleted.
  if (await deps.isHeld(id)) return "the log has a legal hold on it, and D1 has none: see verify";
  // What was tampered with is evidence.
  const { verdict } = await deps.verify(source, session);
  if (verdict === "broken") return "its record is broken: see verify";
  if (rule.afterwards === "archive") {
    if (bucket === null) return "there is no bucket bound as RECORDS to archive it in";
    await archive(bucket, source, session, deps.findInclusion);
  }
  const kept = rule.afterwards === "archive" ? "archived and deleted" : "deleted";
  await deps.append({
    type: "sluice.deletion/1",
    session: id,
    at: now(),
    by: "retention",
    reason: `${kept} ${String(rule.days)} days after its end`,
  });
  await erase(db, bucket, session);
  return null;
}

const KEYS_A_PAGE = 1_000;

async function erase(
  db: D1Database,
  bucket: R2Bucket | null,
  { id, started_at }: SessionColumns,
): Promise<void> {
  if (bucket !== null) {
    for (let cursor: string | undefined; ;) {
      const page = await bucket.list({
        prefix: `sessions/${id}/`,
        limit: KEYS_A_PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (page.objects.length > 0) await bucket.delete(page.objects.map(({ key }) => key));
      if (!page.truncated) break;
      ({ cursor } = page);
    }
  }
  const { results } = await db
    .prepare("SELECT DISTINCT kinds, relations, effect, rule FROM statements WHERE session_id = ?")
    .bind(id)
    .all<{ kinds: string | null; relations: string | null; effect: string | null; rule: string | null }>();
  const facets = facetRows(
    results.map(({ kinds, relations, effect, rule }) => ({
      sessionId: id,
      seq: 0,
      revision: 0,
      state: "completed",
      responseTail: new Uint8Array(0),
      kinds: JSON.parse(kinds ?? "null") as readonly string[] | null,
      relations: JSON.parse(relations ?? "null") as readonly string[] | null,
      effect,
      rule,
    })),
  );
  const of = (table: string): D1PreparedStatement =>
    db.prepare(`DELETE FROM ${table} WHERE session_id = ?`).bind(id);
  // One transaction.
  await db.batch([
    db
      .prepare(
        `DELETE FROM facets WHERE (facet, value, started_at, session_id) IN
           (SELECT one.value ->> 0, one.value ->> 1, ?1, ?2 FROM json_each(?3) one)`,
      )
      .bind(started_at, id, JSON.stringify(facets)),
    of("statements"),
    of("chunks"),
    of("events"),
    of("heads"),
    db.prepare("DELETE FROM sessions WHERE id = ?").bind(id),
  ]);
}
