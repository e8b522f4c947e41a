// What the grants API takes and answers, as schemas: bodies are read by them, and the OpenAPI document follows from them.

import * as v from "valibot";
import { GRANT_STATES } from "#core/approvals";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC"));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const identity = { issuer: v.string(), subject: v.string() };

export const GrantItem = v.object({
  id: v.string(),
  state: v.picklist(GRANT_STATES),
  target: v.string(),
  requester: v.object(identity),
  relations: v.array(v.string()),
  kinds: v.array(v.string()),
  reason: v.string(),
  duration_seconds: v.pipe(v.number(), v.integer()),
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
  reason: v.pipe(v.string(), v.regex(/\S/, "say why"), v.maxLength(2_000)),
});
