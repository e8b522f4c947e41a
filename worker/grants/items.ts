// What the grants API takes and answers, as schemas: bodies are read by them, and the OpenAPI document follows from them.

import * as v from "valibot";
import { GRANT_STATES } from "#core/approvals";
import { DecisionBody } from "../approvals/items.ts";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC"));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const count = v.pipe(v.number(), v.integer());
const identity = { issuer: v.string(), subject: v.string() };

const most = v.pipe(v.number(), v.integer(), v.minValue(1));
const rows = v.union([most, v.strictObject({ statement: v.optional(most), grant: v.optional(most) })]);

/** Of a statement, and under `grant` over the grant's life. */
export const GrantLimitsBody = v.strictObject({
  rows_returned: v.optional(rows),
  bytes_returned: v.optional(v.pipe(v.union([most, v.string()]), v.description("Such as 4MiB"))),
  rows_changed: v.optional(rows),
  statement_time: v.optional(v.pipe(v.string(), v.maxLength(20), v.description("Such as 5s"))),
  statements: v.optional(v.pipe(most, v.description("Executions over its life, in all sessions"))),
});
export type GrantLimitsBody = v.InferOutput<typeof GrantLimitsBody>;

const limit = v.nullable(v.pipe(v.number(), v.integer()));
const total = v.object({ statement: limit, grant: limit });

const GrantLimitsItem = v.object({
  rows_returned: total,
  bytes_returned: limit,
  rows_changed: total,
  statement_time_ms: limit,
  statements: limit,
});
export type GrantLimitsItem = v.InferOutput<typeof GrantLimitsItem>;

export const GrantItem = v.object({
  id: v.string(),
  state: v.picklist(GRANT_STATES),
  target: v.string(),
  requester: v.object(identity),
  relations: v.array(v.string()),
  kinds: v.array(v.string()),
  reason: v.string(),
  duration_seconds: v.pipe(v.number(), v.integer()),
  limits: v.pipe(GrantLimitsItem, v.description("Of what runs by it; null: none")),
  used: v.pipe(
    v.object({ statements: count, rows_returned: count, rows_changed: count }),
    v.description("Of the limits over its life; what sessions have reserved is not in it yet"),
  ),
  used_up: v.pipe(v.nullable(v.string()), v.description("The limit that ended it before its time")),
  created_at: time,
  expires_at: v.pipe(time, v.description("When the decision is due")),
  granted_at: v.nullable(time),
  ends_at: v.pipe(v.nullable(time), v.description("The clock runs from the grant")),
  quorum: v.pipe(v.number(), v.integer()),
  groups: v.array(v.string()),
  votes: v.array(
    v.object({ ...identity, verdict: v.picklist(["approve", "deny"]), reason: v.string(), at: time }),
  ),
  revoked_by: v.nullable(v.object({ ...identity, reason: v.string() })),
  history: v.array(v.object({ state: v.picklist(GRANT_STATES), at: time })),
});
export type GrantItem = v.InferOutput<typeof GrantItem>;

export const GrantBody = v.strictObject({
  target: name,
  relations: v.pipe(
    v.array(name),
    v.minLength(1),
    v.maxLength(100),
    v.description("Exact names: public.orders"),
  ),
  kinds: v.optional(
    v.pipe(
      v.array(name),
      v.minLength(1),
      v.maxLength(20),
      v.description("Kinds of statements; select unless told"),
    ),
  ),
  duration: v.pipe(
    v.string(),
    v.maxLength(20),
    v.description("Such as 30min; the clock runs from the grant"),
  ),
  limits: v.optional(
    v.pipe(GrantLimitsBody, v.description("Of what runs by it; what the policy says where it is left out")),
  ),
  reason: v.pipe(v.string(), v.regex(/\S/, "say why"), v.maxLength(2_000)),
});

export const GrantDecisionBody = v.strictObject({
  ...DecisionBody.entries,
  duration: v.optional(
    v.pipe(v.string(), v.maxLength(20), v.description("Shorter than was asked for, such as 10min")),
  ),
  relations: v.optional(
    v.pipe(v.array(name), v.minLength(1), v.maxLength(100), v.description("Some of what was asked for")),
  ),
  limits: v.optional(v.pipe(GrantLimitsBody, v.description("Less than was asked for"))),
});
