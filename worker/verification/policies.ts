// Whether the policies that D1 has are those that the log tells of. A policy is data in D1, so whoever can write there could let anybody
// do anything; the log is where that shows. By cron, beside the records.

import { canonicalJson, type ChangeLeaf, type PolicyLeaf } from "#core/record";
import { policyLeaf } from "../../durable-objects/log/changes.ts";
import { waitingChanges } from "../../durable-objects/log/d1-outbox.ts";
import { PolicyStore, type StoredPolicy } from "../../durable-objects/policies/index.ts";
import { parseTargets } from "../../durable-objects/targets/index.ts";
import type { Env } from "../env.ts";
import type { LogReader } from "../log/history.ts";

/** The one in force, and some that were: with their documents, a megabyte or so. */
const VERSIONS = 5;
/** An invocation may make a thousand subrequests, and verifies records as well. */
const MOST_TARGETS = 100;
const LEAVES_A_READ = 200;

/** @throws where some are not, once the admin was told of all: the platform shows the round as failed */
export async function verifyPolicies(env: Env, log: LogReader): Promise<void> {
  const targets = parseTargets(env.TARGETS);
  const names = targets.ok ? [...targets.value.keys()].slice(0, MOST_TARGETS) : [];
  let found = 0;
  for (const target of names)
    for (const what of await policyDifferences(env, log, target)) {
      found++;
      // oxlint-disable-next-line no-console -- for the admin; a target's name and numbers of versions only
      console.error(`sluice: verification: ${what}`);
    }
  if (found > 0) throw new Error("policies in D1 are not those in the log");
}

/** One sentence each. Of what was stored before the log had policies, the log says nothing. */
export async function policyDifferences(
  { LEDGER, SESSION_KEY }: Pick<Env, "LEDGER" | "SESSION_KEY">,
  log: LogReader,
  target: string,
): Promise<readonly string[]> {
  const before = await leavesOf(log, target);
  const [first] = before.keys();
  if (first === undefined) return [];
  const rows = await new PolicyStore(LEDGER).newest(target, VERSIONS);
  // What is stored is on its way to the log, or there: looked for in this order it is not missed.
  const waiting = (await waitingChanges(LEDGER, SESSION_KEY)).filter((leaf) => isOf(leaf, target));
  const known = new Map([
    ...waiting.map((leaf) => [leaf.version, leaf] as const),
    ...(await leavesOf(log, target)),
  ]);
  const found: string[] = [];
  for (const row of rows.filter(({ version }) => version >= first))
    found.push(...(await differs(row, known)));
  const newest = Math.max(...before.keys());
  if (newest > (rows[0]?.version ?? 0))
    found.push(`version ${String(newest)} of the policy of ${target} is in the log, and gone from D1`);
  return found;
}

async function differs(
  row: StoredPolicy,
  known: ReadonlyMap<number, PolicyLeaf>,
): Promise<readonly string[]> {
  const which = `version ${String(row.version)} of the policy of ${row.target}`;
  const logged = known.get(row.version);
  if (logged === undefined) return [`${which} is in D1, and the log has nothing of it`];
  const same = canonicalJson(logged) === canonicalJson(await policyLeaf(row));
  return same ? [] : [`${which} is not what the log says that was stored`];
}

/** By version, in order. */
async function leavesOf(log: LogReader, target: string): Promise<ReadonlyMap<number, PolicyLeaf>> {
  const found = new Map<number, PolicyLeaf>();
  for (let after = -1; ;) {
    const page = await log.about(target, ["sluice.policy/1"], after, LEAVES_A_READ);
    for (const { leaf } of page) {
      const parsed = JSON.parse(leaf) as PolicyLeaf;
      found.set(parsed.version, parsed);
    }
    const last = page.at(-1);
    if (page.length < LEAVES_A_READ || last === undefined) return found;
    after = last.index;
  }
}

function isOf(leaf: ChangeLeaf, target: string): leaf is PolicyLeaf {
  return leaf.type === "sluice.policy/1" && leaf.target === target;
}
