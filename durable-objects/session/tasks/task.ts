// Work on one message that takes more than one exchange with PostgreSQL, written as it happens: each `yield` hands over
// what was written so far and goes on when PostgreSQL has answered all of it. Meanwhile nothing else of the agent's is taken
// in, save the data of a COPY. A task runs on the session's one connection, inside the agent's transaction.

import { utf8Decode } from "#core/bytes";
import { answers, inquiry, type ParsedStatement, type Question, type StatementFacts } from "#core/sql";
import type { Decision, Obligations } from "#core/policy";
import type { Holder } from "../approval/approvals.ts";
import type { Exchange } from "../exchange.ts";
import type { Gate, Held, Refused } from "../gate/gate.ts";
import type { SessionMasks } from "../masking/session-masks.ts";
import { describePortal, FLUSH, question } from "../gate/own-messages.ts";
import type { Mark, OwnExchange, RefusalError } from "../gate/mark.ts";
import {
  refusalError,
  recordFull,
  refusalOf,
  TOO_MANY_NAMES,
  TRANSACTION_ABORTED,
  withoutQuestion,
} from "../gate/refusals.ts";

import type { Elsewhere } from "./elsewhere.ts";

export type { Held } from "../gate/gate.ts";

export type Task<T = void> = Generator<void, T, void>;

export interface Desk {
  readonly exchange: Exchange;
  readonly gate: Gate;
  readonly masking: SessionMasks;
  /** A name that the agent cannot guess, for statements and portals of ours. */
  readonly nonce: string;
  /** Rows changed by the session so far. */
  readonly changed: { rows: number };
  readonly now: () => number;
  /** What a task waits for beside PostgreSQL. */
  readonly elsewhere: Elsewhere;
  /** Who asks for approvals; null where nobody can be asked. */
  readonly holder: Holder | null;
}

export interface Allowed {
  readonly kind: "allowed";
  readonly decision: Decision;
  readonly obligations: Obligations;
  readonly facts: StatementFacts;
}

export interface Refusal {
  readonly kind: "refused";
  readonly decision: Decision;
  readonly facts: StatementFacts | null;
  readonly error: RefusalError;
}

const UNANSWERABLE = {
  too_large: "What the database says of one of its names is larger than the gateway takes.",
  shadowed_operator: "An operator of this database stands in the way of reading its definitions safely.",
} as const;

/** Views stand on views, and each round goes one deeper. */
export const MAX_ROUNDS = 64;

export function refusal(refused: Refused, offsetCharacters: number): Refusal {
  const position = refused.position === null ? null : refused.position + offsetCharacters;
  return {
    kind: "refused",
    decision: refused.decision,
    facts: refused.facts,
    error: refusalOf(refused.text, position, refused.native),
  };
}

/** Counts the start of a statement, where it is allowed and there is room for its record. */
export function countStart(desk: Desk, judged: Allowed | Refusal): Allowed | Refusal {
  if (judged.kind === "refused") return judged;
  if (desk.exchange.recordFull) {
    const { rule, ...text } = recordFull(desk.gate.policy.recording.ceiling.session ?? 0);
    return { ...refusal(desk.gate.refuse(rule, text), 0), facts: judged.facts };
  }
  if (desk.gate.begins(desk.now())) return judged;
  const limit = desk.gate.policy.limits.statementsPerMinute ?? 0;
  const refused: Refused = desk.gate.refuse("limits.statements_per_minute", {
    sqlstate: "54000",
    message: `more than ${limit} statements in a minute`,
    hint: "Wait a little, and do more with each statement.",
  });
  return { ...refusal(refused, 0), facts: judged.facts };
}

/** What the masks of the policy say beside its facts: how it is asked for, and what it would write. */
export function maskable<May extends Allowed | Held>(
  { gate, masking }: Desk,
  judged: May,
  parsed: ParsedStatement,
  parameters: readonly (Uint8Array | null)[] = [],
): May | Refusal {
  const objection = masking.objection(judged.facts, parsed, parameters);
  if (objection === null) return judged;
  const { rule, ...text } = objection;
  return { ...refusal(gate.refuse(rule, text), 0), facts: judged.facts };
}

/** Asks PostgreSQL for names until the statement can be decided on. */
export function* judge(desk: Desk, parsed: ParsedStatement): Task<Allowed | Held | Refusal> {
  const { gate, exchange } = desk;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const judgement = gate.judge(parsed, desk.now());
    if (judgement.kind === "allowed" || judgement.kind === "held") return maskable(desk, judgement, parsed);
    if (judgement.kind === "refused") return refusal(judgement, parsed.offsetCharacters);
    // PostgreSQL would not look at it either.
    if (exchange.status === "E") return refusal(gate.fails("transaction_aborted", TRANSACTION_ABORTED), 0);
    const error = yield* ask(desk, judgement.questions);
    if (error !== null) return failedToAsk(gate, error);
  }
  return refusal(gate.refuse("not_understood", TOO_MANY_NAMES), 0);
}

/** PostgreSQL's own error to a question of ours, which the statement that needed it gets. */
export function failedToAsk(gate: Gate, bytes: Uint8Array): Refusal {
  const { decision } = gate.refuse("not_understood", TOO_MANY_NAMES);
  return { kind: "refused", decision, facts: null, error: { bytes, native: null } };
}

/** Asks the catalog. Gives PostgreSQL's ErrorResponse where it has failed, and the transaction with it. */
export function* ask(desk: Desk, questions: readonly Question[]): Task<Uint8Array | null> {
  const { sql, parameter } = inquiry(questions);
  const own = yield* query(desk, sql, [parameter]);
  if (own.error !== null) return withoutQuestion(own.error);
  const found = own.rows.map(([value]) => (value === null || value === undefined ? null : utf8Decode(value)));
  const learnt = answers(questions, found);
  if (!learnt.ok) return refusalError({ ...TOO_MANY_NAMES, detail: "" });
  for (const [i, answer] of learnt.value.entries()) {
    const asked = questions[i];
    if (answer.kind === "unanswerable")
      return refusalError({ ...TOO_MANY_NAMES, detail: UNANSWERABLE[answer.why] });
    if (asked !== undefined) desk.gate.catalog.learn(asked, answer, desk.now());
  }
  return null;
}

/** An Execute's rows come without a description: where they are masked, one is asked for. */
export function describeFirst({ exchange }: Desk, portal: string, mark: Mark | null): void {
  const mask = mark?.mask;
  if (mask?.wantsDescription === true) mask.describedBy(exchange.own([describePortal(portal)], true));
}

/**
 * One question of ours, with text parameters, answered in text. An Execute without a Sync behind it begins a transaction of
 * the batch's, in which VACUUM and the like do not run; where nothing in the batch would end with it, a Sync of ours does.
 */
export function* query(desk: Desk, text: string, parameters: readonly string[]): Task<OwnExchange> {
  const { exchange, nonce } = desk;
  const inside = exchange.unsynced && (exchange.bound || exchange.executed);
  const own = exchange.own(question(text, parameters, nonce, inside));
  if (inside) exchange.write(FLUSH);
  yield;
  return own;
}
