// The bindings that a session's object needs. wrangler.toml declares them; worker/env.ts adds the Worker's own.

import type { SessionObject } from "./session-object.ts";
import type { SubjectObject } from "./subject-object.ts";

export interface SessionEnv {
  /** D1: where the record goes. */
  readonly LEDGER: D1Database;
  readonly SESSIONS: DurableObjectNamespace<SessionObject>;
  readonly SUBJECTS: DurableObjectNamespace<SubjectObject>;
  /** JSON: target name -> { "secret": name of the secret that holds the connection string, "location_hint"?: … }. */
  readonly TARGETS: string;
  /** JSON: overrides of the named limits (durable-objects/limits.ts); may be absent. */
  readonly LIMITS?: string;
  /** YAML: the policy of targets that have none of their own in D1; may be absent. */
  readonly DEFAULT_POLICY?: string;
  /** Secret: key of the MAC that turns a cancel key into its session's name. */
  readonly SESSION_KEY: string;
  /** Secret: 32 random bytes as hexadecimal digits, the key that signs the record; absent: chained and not signed. */
  readonly RECORD_KEY?: string;
}
