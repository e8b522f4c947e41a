// The bindings of the Worker, as wrangler.toml declares them.

import type { SessionEnv } from "../durable-objects/env.ts";
import type { SignInObject } from "../durable-objects/sign-in-object.ts";
import type { AuthEnv } from "./auth/index.ts";

export interface Env extends SessionEnv, AuthEnv {
  /** Which sign-ins to the console have been ended. */
  readonly SIGN_INS: DurableObjectNamespace<SignInObject>;
  /** JSON: keys whose signature is an approver's decision (worker/approvals/signed.ts); may be absent. */
  readonly APPROVER_KEYS?: string;
  /** Secret: of the Slack app whose buttons decide (worker/slack); may be absent. */
  readonly SLACK_SIGNING_SECRET?: string;

  /** JSON: public keys that signed the record before, as the keys document had them; may be absent. */
  readonly RECORD_KEYS_RETIRED?: string;
  /** JSON: target -> how long its sessions stay (worker/retention/rules.ts); absent: for good. */
  readonly RETENTION?: string;
  /** JSON: how people sign in to the console (console/README.md); without it there is no console. */
  readonly CONSOLE?: string;
}
