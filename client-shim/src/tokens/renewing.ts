// One token for all connections, renewed before it ends; however many connections ask at once, its source is asked once.

import type { Grant } from "./grant.ts";

/** Renew when less is left: a session ends with its token, so one that is about to end is no start. */
const RENEW_BEFORE_MS = 60_000;

/** Who tells where a token comes from. Rejects with a Refusal. */
export type Obtain = () => Promise<Grant>;

/** A token that does not say when it ends is obtained anew for every connection. */
export function renewing(obtain: Obtain, now: () => number = Date.now): () => Promise<string> {
  let current: Grant | null = null;
  let underWay: Promise<Grant> | null = null;

  const left = (grant: Grant): number => (grant.expiresAt ?? 0) - now();
  return async () => {
    if (current !== null && left(current) > RENEW_BEFORE_MS) return current.token;
    underWay ??= obtain().finally(() => {
      underWay = null;
    });
    try {
      current = await underWay;
    } catch (refusal) {
      // The source is down for the moment; the token at hand still holds.
      if (current === null || left(current) <= 0) throw refusal;
    }
    return current.token;
  };
}
