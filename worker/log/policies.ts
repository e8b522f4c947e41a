// A policy's versions as D1 has them, held against the log: who can write D1 could change a document, or put one in, and the gateway
// would go by it.

import { canonicalJson, type Leaf } from "#core/record";
import { policyLeaf } from "../../durable-objects/log/changes.ts";
import { PolicyStore } from "../../durable-objects/policies/index.ts";
import { type LogEntryItem, type LogPage, presentLeaf } from "./history.ts";

/** Versions that the log has not heard of, shown at most; there should be none. */
const UNLOGGED_MOST = 50;

/** The same page, each version with how D1 has it; behind the last those that are in D1 alone. */
export async function heldAgainst(db: D1Database, target: string, page: LogPage): Promise<LogPage> {
  const store = new PolicyStore(db);
  const data: LogEntryItem[] = [];
  for (const item of page.data) data.push({ ...item, stored: await stored(store, item) });
  if (page.next_cursor !== null) return { ...page, data };
  const last = page.data.reduce((most, { leaf }) => Math.max(most, Number(leaf["version"])), 0);
  for (const { version } of await store.versionsAfter(target, last, UNLOGGED_MOST)) {
    const policy = await store.version(target, version);
    if (policy !== null)
      data.push({ ...presentLeaf(null, await policyLeaf(policy)), stored: "not_logged" as const });
  }
  return { ...page, data };
}

async function stored(
  store: PolicyStore,
  { leaf }: LogEntryItem,
): Promise<"as_logged" | "changed" | "missing"> {
  const { target, version } = leaf as unknown as Extract<Leaf, { type: "sluice.policy/1" }>;
  const policy = await store.version(target, version);
  if (policy === null) return "missing";
  return canonicalJson(await policyLeaf(policy)) === canonicalJson(leaf) ? "as_logged" : "changed";
}
