// What the policy API is handed: bindings, who may call, and the world.

import type { Context, MiddlewareHandler } from "hono";
import type { ChangedPolicy } from "../../durable-objects/webhooks/index.ts";
import type { PolicyEnv } from "../../durable-objects/policies/index.ts";
import type { Result } from "../../core/result.ts";
import type { Refusal } from "../../durable-objects/connection.ts";
import type { Inspection } from "../../durable-objects/inspection/index.ts";
import type { AuthVariables } from "../auth/index.ts";
import type { Env } from "../env.ts";
import type { PolicyChanged } from "./tell-sessions.ts";

export interface PoliciesEnv {
  Bindings: Env & PolicyEnv;
  Variables: AuthVariables;
}

/** Lends `use` an inspection of a target's database, and gives what it gives. */
export type Inspect = <T>(
  env: PoliciesEnv["Bindings"],
  target: string,
  use: (inspection: Inspection) => Promise<Result<T, Refusal>>,
) => Promise<Result<T, Refusal>>;

type Guard = MiddlewareHandler<PoliciesEnv>;

export interface PoliciesDeps {
  readonly requireAdmin: Guard;
  /** Admin or auditor. */
  readonly requireReader: Guard;
  /** Agent or admin. */
  readonly requireAgent: Guard;
  /** 404 where the path names no target. */
  readonly requireTarget: Guard;
  /** Tells a live session's object. */
  readonly policyChanged: PolicyChanged;
  /** A version was stored: whoever wants to know is told. */
  readonly stored?: (env: PoliciesEnv["Bindings"], policy: ChangedPolicy) => Promise<void>;
  /** Goes on after the answer. */
  readonly background: (c: Context<PoliciesEnv>, work: Promise<void>) => void;
  /** Asks a target's database what statements mean. */
  readonly inspect: Inspect;
  readonly now: () => number;
}
