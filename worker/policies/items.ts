// What the policy API takes and answers, as schemas: bodies are read by them, and the OpenAPI document follows from them.

import * as v from "valibot";
import { EFFECTS, ROLES } from "#core/policy";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC"));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const documentText = v.pipe(
  v.string(),
  v.maxLength(512 * 1024),
  v.description("A policy document, as YAML or JSON text"),
);

const version = {
  id: v.string(),
  target: v.string(),
  version: v.pipe(v.nullable(count), v.description("From 1; null of the gateway's default")),
  created_at: v.nullable(time),
  created_by: v.nullable(v.object({ issuer: v.string(), subject: v.string() })),
  comment: v.string(),
};

export const PolicyVersionItem = v.object(version);
export type PolicyVersionItem = v.InferOutput<typeof PolicyVersionItem>;
export const PolicyItem = v.object({
  ...version,
  document: v.pipe(v.string(), v.description("As it was sent")),
});
export type PolicyItem = v.InferOutput<typeof PolicyItem>;

export const DiagnosticItem = v.object({
  severity: v.picklist(["error", "warning"]),
  line: v.pipe(count, v.description("From 1")),
  column: v.pipe(count, v.description("From 1")),
  path: v.pipe(v.string(), v.description("As in `rules[2].when.kind`")),
  message: v.string(),
});
export type DiagnosticItem = v.InferOutput<typeof DiagnosticItem>;

export const LintReport = v.object({
  valid: v.pipe(v.boolean(), v.description("No errors: it can be applied")),
  diagnostics: v.array(DiagnosticItem),
});
export type LintReport = v.InferOutput<typeof LintReport>;

const statement = v.pipe(v.string(), v.minLength(1), v.maxLength(1024 * 1024));

const CasePrincipal = v.strictObject({
  subject: v.optional(name),
  issuer: v.optional(name),
  roles: v.optional(v.pipe(v.array(v.picklist(ROLES)), v.maxLength(ROLES.length))),
  groups: v.optional(v.pipe(v.array(name), v.maxLength(100))),
});

export const CheckBody = v.strictObject({
  target: name,
  statement: v.optional(statement),
  statements: v.optional(v.pipe(v.array(statement), v.minLength(1), v.maxLength(100))),
  document: v.optional(v.pipe(documentText, v.description("Decide by this one; admin"))),
  principal: v.optional(v.pipe(CasePrincipal, v.description("Decide for this one; admin"))),
});
export const CheckRequest = v.pipe(
  CheckBody,
  v.forward(
    v.check(
      (body) => (body.statement === undefined) !== (body.statements === undefined),
      "give either `statement` or `statements`",
    ),
    ["statements"],
  ),
);
export type CheckRequest = v.InferOutput<typeof CheckRequest>;

const decision = v.object({
  effect: v.picklist(EFFECTS),
  rule: v.string(),
  policy_version: v.string(),
  matched: v.array(v.string()),
});

export const CheckedStatement = v.object({
  statement: v.string(),
  decision,
  refusal: v.pipe(
    v.nullable(v.object({ sqlstate: v.string(), message: v.string(), detail: v.string(), hint: v.string() })),
    v.description("What the agent would be told; null where it would run"),
  ),
  kinds: v.array(v.string()),
  relations: v.array(v.object({ name: v.string(), access: v.picklist(["read", "write", "define"]) })),
  bounded: v.pipe(
    v.nullable(v.picklist(["bounded", "by_effect", "unbounded"])),
    v.description("Of UPDATE, DELETE and TRUNCATE; the worst counts"),
  ),
  masked_columns: v.pipe(
    v.array(v.object({ name: v.string(), mask: v.string() })),
    v.description("Columns of its result that would be masked, and how; `null` where they are computed"),
  ),
});
export type CheckedStatement = v.InferOutput<typeof CheckedStatement>;

const period = {
  from: v.pipe(v.string(), v.isoTimestamp(), v.description("Statements since then, RFC 3339")),
  to: v.pipe(v.string(), v.isoTimestamp(), v.description("Statements before then, RFC 3339")),
  subject: v.optional(name),
};

export const ReplayRequest = v.strictObject({
  document: documentText,
  ...period,
  cursor: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))),
});
export type ReplayRequest = v.InferOutput<typeof ReplayRequest>;

const changes = { newly_refused: count, newly_held: count, newly_allowed: count };
/** How a statement would be decided otherwise than it was. */
export const CHANGES = ["newly_refused", "newly_held", "newly_allowed", "not_decidable"] as const;

const verdict = v.object({ effect: v.picklist(EFFECTS), rule: v.string() });

export const ReplayReport = v.object({
  statements: v.pipe(count, v.description("Of this page")),
  counts: v.object({ unchanged: count, ...changes, not_decidable: count }),
  by_rule: v.array(v.object({ rule: v.string(), ...changes })),
  examples: v.array(
    v.object({
      kind: v.picklist(CHANGES),
      session_id: v.string(),
      seq: count,
      subject: v.string(),
      statement: v.string(),
      before: verdict,
      after: v.nullable(v.object({ ...verdict.entries, matched: v.array(v.string()) })),
    }),
  ),
  next_cursor: v.nullable(v.string()),
});
export type ReplayReport = v.InferOutput<typeof ReplayReport>;

export const TodayReport = v.object({
  policy_version: v.pipe(v.string(), v.description("Of the policy in force")),
  statements: v.pipe(count, v.description("Of this page, decided anew")),
  data: v.pipe(
    v.array(
      v.object({
        seq: count,
        change: v.picklist(CHANGES),
        effect: v.nullable(v.picklist(EFFECTS)),
        rule: v.nullable(v.string()),
      }),
    ),
    v.description("Those that would be decided otherwise, or cannot be decided"),
  ),
  next_cursor: v.nullable(v.string()),
});
export type TodayReport = v.InferOutput<typeof TodayReport>;

export const SuggestRequest = v.strictObject(period);
export type SuggestRequest = v.InferOutput<typeof SuggestRequest>;

export const Suggestion = v.object({
  document: v.pipe(v.string(), v.description("YAML")),
  statements: v.pipe(count, v.description("That it was made of")),
  not_decidable: count,
  complete: v.pipe(v.boolean(), v.description("False where the period holds more than was read")),
});
export type Suggestion = v.InferOutput<typeof Suggestion>;
