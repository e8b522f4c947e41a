// What the reading API answers, as schemas: the types of presenters (present.ts) and the OpenAPI document follow from them.

import * as v from "valibot";
import { EFFECTS, RECORD_LEVELS, ROLES } from "#core/policy";
import { VERDICTS } from "../../client-shim/src/record/index.ts";
import { OPERATIONS, OUTCOME_RECORDED, OUTCOME_STATES, SESSION_END_REASONS } from "#core/record";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC, milliseconds"));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const format = v.picklist(["text", "binary"]);
const encoding = v.picklist(["utf8", "base64"]);

export const SessionItem = v.object({
  id: v.string(),
  state: v.picklist(["live", "ended"]),
  subject: v.string(),
  issuer: v.string(),
  roles: v.array(v.picklist(ROLES)),
  groups: v.array(v.string()),
  target: v.string(),
  policy_version: v.string(),
  started_at: time,
  ended_at: v.nullable(time),
  end_reason: v.nullable(v.picklist(SESSION_END_REASONS)),
  end_detail: v.nullable(v.string()),
  application_name: v.string(),
  client_user: v.pipe(v.string(), v.description("What the client called itself: a label, never an identity")),
  client_address: v.nullable(v.string()),
  user_agent: v.nullable(v.string()),
  protocol_version: v.string(),
  token_expires_at: time,
  counts: v.object({
    statements: count,
    failed: count,
    unknown: count,
    rows: count,
    response_bytes: count,
    request_bytes: count,
    unrecorded: v.pipe(
      count,
      v.description("Statements whose response is not in the record, or not all of it"),
    ),
  }),
  hold: v.pipe(
    v.nullable(v.object({ issuer: v.string(), subject: v.string(), at: time, reason: v.string() })),
    v.description("Who keeps the record from retention"),
  ),
  chain_head: v.pipe(
    v.nullable(v.object({ entries: count, hash: v.string() })),
    v.description(
      "Of the hash chain, when the session has ended; null also where it was recorded before there was one",
    ),
  ),
});
export type SessionItem = v.InferOutput<typeof SessionItem>;

/** What was asked: known before it runs. */
const intentEntries = {
  id: v.pipe(v.string(), v.description("session id, colon, seq")),
  session_id: v.string(),
  seq: v.pipe(count, v.description("Place in the session, from 1")),
  operation: v.picklist(OPERATIONS),
  protocol: v.picklist(["simple", "extended"]),
  statement: v.string(),
  statement_encoding: encoding,
  prepared_statement: v.nullable(v.string()),
  portal: v.nullable(v.string()),
  max_rows: v.pipe(count, v.description("Execute's row limit; 0 is none")),
  parameters: v.array(v.object({ type_oid: count, format, value: v.nullable(v.string()), encoding })),
  result_formats: v.array(count),
  kinds: v.pipe(v.array(v.string()), v.description("Of everything in it; empty where it was not looked at")),
  relations: v.pipe(
    v.array(v.object({ name: v.string(), access: v.picklist(["read", "write", "define"]) })),
    v.description("By qualified name, through views and functions too"),
  ),
  decision: v.object({
    effect: v.picklist(EFFECTS),
    rule: v.string(),
    policy_version: v.string(),
    matched: v.pipe(v.array(v.string()), v.description("Why, in words; without values")),
    exempted: v.pipe(
      v.array(v.string()),
      v.description("Exemptions from masks that it used, as the policy writes them"),
    ),
    recorded: v.pipe(v.boolean(), v.description("false: the policy keeps the response out of the record")),
    level: v.pipe(v.picklist(RECORD_LEVELS), v.description("What the policy keeps of the response")),
  }),
  started_at: time,
  redactions: v.pipe(
    v.nullable(
      v.object({
        literals: v.pipe(count, v.description("Literals and comments of the statement")),
        parameters: v.pipe(
          v.array(count),
          v.description("Bind parameters, from 1: their value is null here"),
        ),
        request: v.pipe(v.boolean(), v.description("The COPY data that the agent sent was not stored")),
      }),
    ),
    v.description("What the policy's masks took out before this was stored; null: nothing"),
  ),
};

/** What came of it. */
const outcomeEntries = {
  outcome: v.picklist(["running", ...OUTCOME_STATES]),
  outcome_detail: v.nullable(v.string()),
  command_tags: v.array(v.string()),
  rows: count,
  notices: count,
  error: v.nullable(v.object({ severity: v.string(), sqlstate: v.string(), message: v.string() })),
  first_byte_at: v.nullable(time),
  ended_at: v.nullable(time),
  duration_ms: v.nullable(count),
  added_ms: v.pipe(
    v.nullable(count),
    v.description(
      "What the gateway itself added, in part before started_at, where names had to be asked for first; null: not measured",
    ),
  ),
  held_ms: v.pipe(count, v.description("Of duration_ms, what it waited for an approval")),
  response_recorded: v.pipe(
    v.boolean(),
    v.description("All of it is stored; false: its result is a 404 that says why, or its beginning"),
  ),
  recorded: v.pipe(
    v.picklist(OUTCOME_RECORDED),
    v.description("What is stored of the response; truncated: its beginning"),
  ),
  response_digest: v.pipe(
    v.nullable(v.string()),
    v.description("Where not all is stored: SHA-256 of all response_bytes, in hexadecimal digits"),
  ),
  response_stored_bytes: v.pipe(count, v.description("Of response_bytes: those that are stored")),
  response_bytes: count,
  request_bytes: count,
  transaction_status: v.nullable(v.picklist(["I", "T", "E"])),
  masked_columns: v.pipe(
    v.array(v.object({ result: count, column: count, mask: v.string(), reason: v.string() })),
    v.description("Columns of results that the policy masked; result and column from 0"),
  ),
  detected: v.pipe(
    v.record(v.string(), count),
    v.description("Values in which a detector of the policy found something"),
  ),
  messages: v.pipe(
    v.nullable(v.array(v.string())),
    v.description(
      "What it was asked with by the extended protocol: P and types, B and statement, DS or DP and name, E, CS or CP and name, S",
    ),
  ),
};

export const StatementIntent = v.object(intentEntries);
export type StatementIntent = v.InferOutput<typeof StatementIntent>;
export const StatementOutcome = v.object(outcomeEntries);
export type StatementOutcome = v.InferOutput<typeof StatementOutcome>;
export const StatementItem = v.object({ ...intentEntries, ...outcomeEntries });
export type StatementItem = v.InferOutput<typeof StatementItem>;

export const EventItem = v.object({
  id: v.string(),
  session_id: v.string(),
  n: count,
  at: time,
  kind: v.picklist([
    "asynchronous_message",
    "cancel_requested",
    "policy_changed",
    "reason",
    "database_role",
    "unrecorded",
    "approval",
  ]),
  detail: v.pipe(
    v.string(),
    v.description("asynchronous_message: its bytes in base64; approval: JSON with id, seq, state, votes"),
  ),
  message: v.pipe(v.nullable(v.unknown()), v.description("asynchronous_message: decoded as a response is")),
});
export type EventItem = v.InferOutput<typeof EventItem>;

const value = v.union([v.string(), v.object({ base64: v.string() }), v.null()]);
const report = v.pipe(
  v.record(v.string(), v.string()),
  v.description("severity, sqlstate, message, and what else PostgreSQL said"),
);

/** Written by core/record, which streams it; kept in step by a test. */
export const ResponseBody = v.object({
  results: v.array(
    v.object({
      columns: v.array(
        v.object({
          name: v.nullable(v.string()),
          type_oid: count,
          type_modifier: v.pipe(v.number(), v.integer()),
          table_oid: count,
          attribute: v.pipe(v.number(), v.integer()),
          format,
        }),
      ),
      rows: v.array(v.array(value)),
      copy: v.nullable(
        v.object({ direction: v.picklist(["in", "out", "both"]), format, data: v.array(value) }),
      ),
      command_tag: v.nullable(v.string()),
      row_count: count,
      suspended: v.boolean(),
    }),
  ),
  notices: v.array(report),
  notifications: v.array(v.object({ channel: v.string(), payload: v.string(), process_id: count })),
  parameter_status: v.array(v.object({ name: v.string(), value: v.string() })),
  omitted: v.pipe(count, v.description("Notices and their like beyond the first thousand")),
  parameter_types: v.nullable(v.array(count)),
  error: v.nullable(report),
  transaction_status: v.nullable(v.picklist(["I", "T", "E"])),
  fault: v.pipe(v.nullable(v.string()), v.description("Why the rest of the record cannot be read")),
});

export const ProblemBody = v.object({
  title: v.string(),
  status: v.pipe(v.number(), v.integer()),
  detail: v.string(),
  parameter: v.optional(v.string()),
});

const entryBreak = v.object({
  entry: v.pipe(
    v.nullable(count),
    v.description("Number of the entry in the chain; null where it is about none"),
  ),
  what: v.string(),
});

export const Verdict = v.object({
  id: v.string(),
  verdict: v.picklist(VERDICTS),
  entries: count,
  head: v.pipe(v.nullable(v.string()), v.description("Hash of the last entry")),
  signed_heads: count,
  log_index: v.pipe(v.nullable(count), v.description("Number of the session's leaf in the log")),
  first_break: v.nullable(entryBreak),
  breaks: v.pipe(v.array(entryBreak), v.description("The first hundred")),
});

export const Inclusion = v.object({
  index: count,
  proof: v.array(v.string()),
  checkpoint: v.string(),
});

export const Consistency = v.object({ from: count, to: count, proof: v.array(v.string()) });

export const Health = v.object({
  status: v.picklist(["ok", "degraded"]),
  d1: v.picklist(["ok", "unreachable"]),
  /** Where there are several; `d1` is ok when all of them are. */
  shards: v.optional(v.array(v.object({ name: v.string(), d1: v.picklist(["ok", "unreachable"]) }))),
});
