// The rim: one authenticator per isolate, from the Worker's variable ISSUERS, with the real clock and fetch.
// Its caches live as long as the isolate; a changed ISSUERS is a new authenticator with empty ones.

import { err } from "../../core/result.ts";
import { createAuthenticator, type Authenticator } from "./authenticate.ts";
import { parseIssuers } from "./config.ts";

export interface AuthEnv {
  /** JSON: who may issue tokens (README.md). */
  readonly ISSUERS: string;
}

let kept: { readonly text: string; readonly authenticator: Authenticator } | null = null;

export function authenticatorFor(env: AuthEnv): Authenticator {
  if (kept?.text !== env.ISSUERS) kept = { text: env.ISSUERS, authenticator: create(env.ISSUERS) };
  return kept.authenticator;
}

function create(text: string): Authenticator {
  const issuers = parseIssuers(text);
  if (issuers.ok) {
    return createAuthenticator({
      issuers: issuers.value,
      fetch: (url, init) => fetch(url, init),
      now: () => Date.now(),
    });
  }
  // Nobody gets in, and the log says why, once per isolate.
  // oxlint-disable-next-line no-console -- the admin has no other way to learn what is wrong; problems hold no secrets
  console.error(`sluice: ${issuers.error.problems.join("; ")}`);
  const refused = err({ tag: "misconfigured", problems: issuers.error.problems } as const);
  return { authenticate: () => Promise.resolve(refused) };
}
