// Which policy is in force for a target: what D1 holds, else the var DEFAULT_POLICY, else a document that refuses
// everything. Fails closed: what cannot be read or understood refuses everything too, and says why.
// One cache for the isolate. It holds values, never promises: a promise belongs to the request that made it, and another
// request or object that awaits it may wait for good.

import { parseDocument, type PolicyDocument } from "#core/policy";
import { answerWithin } from "../ledger/index.ts";
import { PolicyStore } from "./store.ts";

export interface PolicyEnv {
  readonly LEDGER: D1Database;
  /** YAML: the document of targets that have none of their own; may be absent. */
  readonly DEFAULT_POLICY?: string;
}

export interface PolicyInForce {
  /** "1", "2" … as in D1; "default" of DEFAULT_POLICY; "none" where there is none; "unavailable" where D1 does not answer. */
  readonly version: string;
  readonly document: PolicyDocument;
  /** Why it refuses everything, for the admin, where the document itself does not say so; holds nothing of the document. */
  readonly problem: string | null;
}

/** How old what a new session is told may be. */
export const FRESH_MS = 1_500;
/** One read for all: whoever comes while it is under way takes what was known, until this long after it began. */
const CLAIM_MS = 2_000;
/** A session that begins, or that has to learn of a new version, does not wait for D1 longer. */
const ANSWER_MS = 5_000;
/** Targets come from the configuration and are few; more is a fault, and the cache starts anew. */
const MOST_TARGETS = 1_000;

interface Cached {
  readonly inForce: PolicyInForce;
  readonly readAt: number;
  readonly defaultPolicy: string | undefined;
}

const cache = new Map<string, Cached>();
/** When somebody began to read, by target. */
const claims = new Map<string, number>();

/** What is in force now, read at most FRESH_MS ago. Never rejects. */
export async function policyInForce(env: PolicyEnv, target: string, now: number): Promise<PolicyInForce> {
  const known = cache.get(target);
  if (known !== undefined && now - known.readAt < FRESH_MS && known.defaultPolicy === env.DEFAULT_POLICY)
    return known.inForce;
  return read(env, target, now);
}

/**
 * The same for a session that has a policy already and asks again and again: of all that ask in this isolate one reads, the
 * others get what it read. null where nothing is known, or D1 does not answer: the session keeps what it has.
 */
export async function pollInForce(
  env: PolicyEnv,
  target: string,
  now: number,
  freshMs: number,
): Promise<PolicyInForce | null> {
  const known = cache.get(target);
  const fresh = known !== undefined && now - known.readAt < freshMs;
  const claimed = now - (claims.get(target) ?? Number.NEGATIVE_INFINITY) < CLAIM_MS;
  if (fresh || claimed) return known?.inForce ?? null;
  const found = await read(env, target, now);
  return found.version === "unavailable" ? null : found;
}

/** After a change through this isolate: the next who asks reads. */
export function forgetInForce(target: string): void {
  cache.delete(target);
  claims.delete(target);
}

async function read(env: PolicyEnv, target: string, now: number): Promise<PolicyInForce> {
  claims.set(target, now);
  let inForce: PolicyInForce;
  try {
    inForce = await answerWithin(load(env, target), ANSWER_MS);
  } catch {
    // Not cached: the next who asks tries again.
    claims.delete(target);
    return refusing("unavailable", "the gateway could not read its policy: D1 does not answer");
  }
  if (cache.size >= MOST_TARGETS) cache.clear();
  cache.set(target, { inForce, readAt: now, defaultPolicy: env.DEFAULT_POLICY });
  claims.delete(target);
  return inForce;
}

async function load(env: PolicyEnv, target: string): Promise<PolicyInForce> {
  const stored = await new PolicyStore(env.LEDGER).current(target);
  if (stored !== null)
    return understand(String(stored.version), stored.document, `version ${stored.version}`);
  const text = env.DEFAULT_POLICY ?? "";
  if (text.trim() !== "") return understand("default", text, "DEFAULT_POLICY");
  return refusing("none", "this target has no policy");
}

function understand(version: string, text: string, name: string): PolicyInForce {
  const parsed = parseDocument(text);
  if (parsed.ok) return { version, document: parsed.value, problem: null };
  return refusing(version, `the policy cannot be understood (${name}): sluice policy check says why`);
}

/** An empty document allows nothing. */
function refusing(version: string, problem: string): PolicyInForce {
  const empty = parseDocument("{}");
  if (!empty.ok) throw new Error("the empty document has to be a policy");
  return { version, document: empty.value, problem };
}
