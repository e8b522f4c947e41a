// A bound on waiting for D1: a call that never answers must not keep a session's record, or a policy, waiting for good.

import { LedgerError } from "./error.ts";

/**
 * What `work` gives, or a {@link LedgerError} `unavailable` after `ms`. The call itself cannot be taken back: what it writes may
 * still be written later, so it has to be such as can be written twice.
 */
export async function answerWithin<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new LedgerError("unavailable", `D1 did not answer within ${String(ms)} ms`));
  }, ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
