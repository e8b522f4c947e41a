// The bindings that a session's object needs. wrangler.toml declares them; worker/env.ts adds the Worker's own.

import type { ApprovalsObject } from "./approvals-object.ts";
import type { RoleObject } from "./role-object.ts";
import type { LogObject } from "./log-object.ts";
import type { SessionObject } from "./session-object.ts";
import type { SubjectObject } from "./subject-object.ts";

export interface SessionEnv {
  /** D1: where the record goes, the first shard of it, and the policies. */
  readonly LEDGER: D1Database;
  /** JSON: further D1 bindings that hold sessions, and which take new ones (durable-objects/shards/config.ts); may be absent. */
  readonly SHARDS?: string;
  /** R2: where results go beyond their first MiB; absent: all of them are in D1. */
  readonly RECORDS?: R2Bucket;
  readonly SESSIONS: DurableObjectNamespace<SessionObject>;
  readonly LOG: DurableObjectNamespace<LogObject>;
  readonly SUBJECTS: DurableObjectNamespace<SubjectObject>;
  readonly ROLES: DurableObjectNamespace<RoleObject>;
  readonly APPROVALS: DurableObjectNamespace<ApprovalsObject>;
  /** JSON: target name -> { "secret": name of the secret that holds the connection string, … } (targets/README.md). */
  readonly TARGETS: string;
  /** JSON: overrides of the named limits (durable-objects/limits.ts); may be absent. */
  readonly LIMITS?: string;
  /** YAML: the policy of targets that have none of their own in D1; may be absent. */
  readonly DEFAULT_POLICY?: string;
  /** JSON: identities of one person (durable-objects/approvals/links.ts); may be absent. */
  readonly IDENTITIES?: string;
  /** JSON: approvers by name, for links and Slack (durable-objects/approvals/approvers.ts); may be absent. */
  readonly APPROVERS?: string;
  /** JSON: to whom which events are told (durable-objects/webhooks/config.ts); may be absent. */
  readonly WEBHOOKS?: string;
  /** "true": endpoints on this machine will do, over http as well. For development. */
  readonly WEBHOOKS_LOCAL?: string;
  /** Secret: key of the MAC that turns a cancel key into its session's name. */
  readonly SESSION_KEY: string;
  /** Secret: 32 random bytes as hexadecimal digits, the key that signs the record; absent: chained and not signed. */
  readonly RECORD_KEY?: string;
  /** Name of the log in its checkpoints, such as the gateway's host with a path; "sluice/log" unless said. */
  readonly LOG_ORIGIN?: string;
  /** Where checkpoints of the log go: a URL that takes them by POST, a bucket; both may be absent. */
  readonly CHECKPOINT_WEBHOOK?: string;
  readonly CHECKPOINTS?: R2Bucket;
}

/** Secrets are named by the configuration, so the environment's type does not know them. null: not set. */
export function secretOf(env: SessionEnv, name: string): string | null {
  const value: unknown = Reflect.get(env, name);
  return typeof value === "string" ? value : null;
}
