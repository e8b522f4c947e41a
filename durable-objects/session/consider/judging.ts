// What the ways of considering a message have in common: parsing, deciding with the names that are known, and asking for
// those that are not. Nothing is sent here.

import { utf8Decode } from "#core/bytes";
import type { ParsedStatement, Question, StatementFacts } from "#core/sql";
import type { ExpectedKind } from "#core/wire";
import { changesSession, leavesTraces } from "../gate/gate.ts";
import type { Mark } from "../gate/mark.ts";
import { nothingReturned } from "../gate/names.ts";
import { NOT_UTF8, TOO_MANY_NAMES, TRANSACTION_ABORTED } from "../gate/refusals.ts";
import { isCountedByGrant } from "../tasks/by-grant.ts";
import { needsGuard } from "../tasks/guard.ts";
import { byGrants, isLimited, returnedBy } from "../tasks/run-query.ts";
import {
  type Allowed,
  type Desk,
  failedToAsk,
  type Held,
  maskable,
  MAX_ROUNDS,
  type Refusal,
  refusal,
} from "../tasks/task.ts";
import { type Circumstances, type Considered, refuse } from "./considered.ts";

/** `parameters`: of the Bind or FunctionCall, where it is one. */
export function judgeOne(
  desk: Desk,
  parsed: ParsedStatement,
  given: Circumstances,
  parameters: readonly (Uint8Array | null)[] = [],
): Allowed | Held | Refusal | Extract<Considered, { kind: "ask" | "wait" }> {
  const { gate, exchange } = desk;
  const judgement = gate.judge(parsed, desk.now());
  if (judgement.kind === "allowed" || judgement.kind === "held")
    return maskable(desk, judgement, parsed, parameters);
  if (judgement.kind === "refused") return refusal(judgement, parsed.offsetCharacters);
  const { questions } = judgement;
  if (questions.length === 0) return { kind: "wait" };
  if (given.unanswerable !== null) {
    return failedToAsk(gate, given.unanswerable);
  }
  if (given.rounds > MAX_ROUNDS) return refusal(gate.refuse("not_understood", TOO_MANY_NAMES), 0);
  // PostgreSQL would not look at it either.
  if (!given.busy && exchange.status === "E" && !exchange.unsynced)
    return refusal(gate.fails("transaction_aborted", TRANSACTION_ABORTED), 0);
  return { kind: "ask", questions };
}

export function weighed(desk: Desk, facts: StatementFacts): Allowed | Held | Refusal {
  const judgement = desk.gate.weigh(facts, desk.now());
  if (judgement.kind === "allowed" || judgement.kind === "held") return judgement;
  return refusal(judgement, 0);
}

export function askFor(
  desk: Desk,
  questions: readonly Question[],
  given: Circumstances,
  kind: ExpectedKind,
): Considered {
  const { gate, exchange } = desk;
  if (given.unanswerable !== null) {
    return refuse(kind, failedToAsk(gate, given.unanswerable));
  }
  if (!given.busy && exchange.status === "E")
    return refuse(kind, refusal(gate.fails("transaction_aborted", TRANSACTION_ABORTED), 0));
  return { kind: "ask", questions };
}

/** Something of its effect has to be looked at before it stands, or reserved before it is sent. */
export function runsAsTask(desk: Desk, judged: Allowed): boolean {
  return needsGuard(judged, isLimited(desk, judged.obligations.grants)) || isCountedByGrant(judged);
}

export function runMark(desk: Desk, { facts, obligations }: Allowed, parsed: ParsedStatement): Mark {
  return {
    ...(leavesTraces(facts) ? { confirms: [{ facts, text: parsed.text }] } : {}),
    ...(isLimited(desk, obligations.grants) ? { returned: returnedBy(desk, parsed, nothingReturned()) } : {}),
    ...byGrants({ obligations }),
  };
}

/** What it does to the transaction matters to what names mean. */
export function changes(desk: Desk, facts: StatementFacts): boolean {
  return (
    changesSession(facts) || (desk.gate.dirty && facts.effects.some(({ kind }) => kind === "transaction"))
  );
}

export function parse({ gate }: Desk, bytes: Uint8Array): readonly ParsedStatement[] | Refusal {
  const text = utf8Decode(bytes);
  if (text === null) return refusal(gate.fails("encoding", NOT_UTF8), 0);
  const parsed = gate.grammar.parse(text);
  if (parsed.ok) return parsed.value;
  const { sqlstate, message, position } = parsed.error;
  return refusal(gate.fails("syntax", { sqlstate, message, hint: "" }, position), 0);
}

export function isEmpty(desk: Desk, bytes: Uint8Array): boolean {
  const parsed = parse(desk, bytes);
  return Array.isArray(parsed) && parsed.length === 0;
}

export function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : (utf8Decode(bytes) ?? "");
}
