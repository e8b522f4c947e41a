// Word of new versions of policies. What is told follows from what is stored: the target's object knows up to which version it has
// put them into its outbox, and gets the rest at each change, and by cron where a change was not followed by word of it.

import { PolicyStore } from "../../durable-objects/policies/index.ts";
import { parseTargets } from "../../durable-objects/targets/index.ts";
import { parseEndpoints, policyEvent } from "../../durable-objects/webhooks/index.ts";
import { approvalsObject } from "../approvals/listing.ts";
import type { Env } from "../env.ts";

/** At once; more versions than that between two rounds are told in the next. */
const MOST_VERSIONS = 100;
/** No receiver that was configured later is told what has long been in force, nor one that was given up on. */
const TOLD_FOR_MS = 3 * 86_400_000;

/** All targets; a cron's. */
export async function tellPolicies(env: Env): Promise<void> {
  const targets = parseTargets(env.TARGETS);
  for (const name of targets.ok ? targets.value.keys() : []) await tellOfPolicies(env, name);
}

/** Nobody is waited for: the outbox of the target's object sends it. */
export async function tellOfPolicies(env: Env, target: string): Promise<void> {
  const endpoints = parseEndpoints(env.WEBHOOKS, env.WEBHOOKS_LOCAL === "true");
  const wanted = endpoints.ok && endpoints.value.some(({ events }) => events.includes("policy.changed"));
  if (!wanted) return;
  const object = approvalsObject(env, target);
  const told = await object.toldOfPolicies();
  const versions = await new PolicyStore(env.LEDGER).versionsAfter(target, told, MOST_VERSIONS);
  const last = versions.at(-1);
  if (last === undefined) return;
  const since = Date.now() - TOLD_FOR_MS;
  const events = versions.filter(({ createdAt }) => createdAt > since).map((version) => policyEvent(version));
  await object.announcePolicies(target, events, last.version);
}
