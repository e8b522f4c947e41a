// What the approvals API takes and answers, as schemas: bodies are read by them, and the OpenAPI document follows from them.

import * as v from "valibot";
import { APPROVAL_STATES, REVIEW_STATES, REVIEW_VERDICTS } from "#core/approvals";
import { APPROVAL_MODES, APPROVAL_SCOPES } from "#core/policy";
import { StatementItem } from "../records/items.ts";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC"));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const identity = { issuer: v.string(), subject: v.string() };

export const ApprovalItem = v.object({
  id: v.string(),
  state: v.picklist(APPROVAL_STATES),
  target: v.string(),
  session_id: v.string(),
  seq: v.pipe(count, v.description("The statement's place in its session")),
  requester: v.object(identity),
  policy_version: v.string(),
  rule: v.string(),
  matched: v.pipe(v.array(v.string()), v.description("What of the statement the rule matched, in words")),
  statement: v.string(),
  parameters: v.pipe(
    v.array(v.nullable(v.string())),
    v.description("Text as it is, other bytes in base64; null of a NULL"),
  ),
  elided: v.pipe(v.boolean(), v.description("Something of the statement or its parameters is not shown")),
  kinds: v.array(v.string()),
  relations: v.pipe(v.array(v.string()), v.description("Each with its access: `write public.orders`")),
  estimated_rows: v.pipe(v.nullable(count), v.description("PostgreSQL's estimate; null where there is none")),
  estimate_unknown: v.pipe(v.nullable(v.string()), v.description("Why there is no estimate")),
  counted_rows: v.pipe(
    v.nullable(count),
    v.description("Rows that a trial run changed, which was rolled back; null where there was none"),
  ),
  count_unknown: v.pipe(
    v.nullable(v.string()),
    v.description("Why they could not be counted; null where they were, or the rule does not ask"),
  ),
  in_transaction: v.pipe(v.boolean(), v.description("Its transaction keeps its locks while it waits")),
  reason: v.pipe(v.nullable(v.string()), v.description("What the agent says that it is for")),
  session_so_far: v.pipe(
    v.nullable(v.object({ statements: count, refused: count, held: count, failed: count })),
    v.description("Statements of its session before it; null where they were not counted"),
  ),
  mode: v.picklist(APPROVAL_MODES),
  scope: v.picklist(APPROVAL_SCOPES),
  quorum: count,
  groups: v.pipe(
    v.array(v.string()),
    v.description("An approver has to be in one of them; none: any will do"),
  ),
  reasons_required: v.boolean(),
  binding: v.pipe(v.string(), v.description("SHA-256 of what was asked for")),
  created_at: time,
  expires_at: v.pipe(time, v.description("For the decision; once it is approved, for the statement")),
  votes: v.array(
    v.object({
      ...identity,
      verdict: v.picklist(["approve", "deny"]),
      reason: v.string(),
      at: time,
      break_glass: v.pipe(v.boolean(), v.description("They let it go alone")),
    }),
  ),
  break_glass: v.pipe(
    v.nullable(v.object({ groups: v.array(v.string()), reviewers: v.array(v.string()) })),
    v.description(
      "Whose members may let it go alone, and whose look at that afterwards (none: any approver's); null: nobody may",
    ),
  ),
  review: v.pipe(
    v.nullable(
      v.object({
        state: v.picklist(REVIEW_STATES),
        opened_at: time,
        due_at: time,
        overdue: v.boolean(),
        by: v.nullable(v.object(identity)),
        note: v.nullable(v.string()),
        at: v.nullable(time),
      }),
    ),
    v.description("Of what was let go by one person alone; null where nothing was"),
  ),
  history: v.array(v.object({ state: v.picklist(APPROVAL_STATES), at: time })),
  executed_by: v.pipe(v.nullable(v.string()), v.description("The session that it was let go for")),
});
export type ApprovalItem = v.InferOutput<typeof ApprovalItem>;

/** A statement of the session before the request. */
export const EarlierStatement = v.object({
  id: v.string(),
  seq: count,
  started_at: time,
  statement: v.pipe(
    v.nullable(v.string()),
    v.description("As recorded, its beginning; null where the record may hold what the policy masks"),
  ),
  whole: v.pipe(v.boolean(), v.description("All of the statement is shown, and nothing in it is redacted")),
  kinds: v.array(v.string()),
  relations: v.array(v.string()),
  effect: StatementItem.entries.decision.entries.effect,
  rule: v.string(),
  outcome: StatementItem.entries.outcome,
  rows: count,
  sqlstate: v.nullable(v.string()),
  command_tags: v.array(v.string()),
});
export type EarlierStatement = v.InferOutput<typeof EarlierStatement>;

export const DecisionBody = v.strictObject({
  verdict: v.picklist(["approve", "deny"]),
  reason: v.optional(v.pipe(v.string(), v.maxLength(2_000), v.description("Of a denial required"))),
});

export const StatementDecisionBody = v.strictObject({
  ...DecisionBody.entries,
  break_glass: v.optional(
    v.pipe(
      v.boolean(),
      v.description(
        "Let it go alone, whatever its quorum and groups are, where its rule says that you may: a reason is required, and somebody looks at it afterwards",
      ),
    ),
  ),
});

export const ReviewBody = v.strictObject({
  verdict: v.picklist(REVIEW_VERDICTS),
  note: v.pipe(v.string(), v.maxLength(2_000), v.description("What was found; required")),
});
