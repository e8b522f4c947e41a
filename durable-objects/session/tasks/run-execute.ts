// An Execute whose effect has to be looked at before the Sync behind it can commit it; and what makes PostgreSQL fail where
// the agent was told that it did.

import type { ParsedStatement } from "#core/sql";
import { BACKEND_CODES, type DecodedFrontendMessage, type Frame, type Portal } from "#core/wire";
import type { Result } from "../../../core/result.ts";
import { hold as holdUntilApproved, NO_PARAMETERS, parametersOf, placeOf } from "../approval/index.ts";
import type { Assembled } from "../assembler.ts";
import { Hold, type Mark } from "../gate/mark.ts";
import type { Returned } from "../gate/names.ts";
import { failing, FLUSH } from "../gate/own-messages.ts";
import type { Statement } from "../statement.ts";
import { beginByGrants, isCountedByGrant } from "./by-grant.ts";
import { after, before, mayDefer, runDeferred } from "./guard.ts";
import {
  type Allowed,
  countStart,
  describeFirst,
  type Desk,
  failedToAsk,
  type Held,
  type Refusal,
  type Task,
} from "./task.ts";

type Execute = Extract<DecodedFrontendMessage, { kind: "execute" }>;

export interface HeldExecute {
  readonly message: Execute;
  readonly sent: Frame;
  readonly held: Held;
  /** null of a cursor of SQL's. */
  readonly portal: Portal | null;
  readonly mark: Mark;
  readonly tree: ParsedStatement | null;
  /** The portal's own; `spent` that of the cursor that it fetches from. */
  readonly returned: Returned;
  readonly spent: Returned;
  /** Decides anew. */
  readonly again: () => Task<Allowed | Held | Refusal>;
}

/** An Execute that runs when somebody has approved it. Fetching on from the same portal needs no further approval. */
export function* runHeldExecute(
  desk: Desk,
  { message, sent, held, portal, mark, tree, returned, spent, again }: HeldExecute,
): Task {
  const outcome = yield* holdUntilApproved(desk, held, {
    statement: null,
    seq: desk.exchange.assembler.nextExecute,
    text: portal?.statement?.text ?? new Uint8Array(0),
    place: tree === null ? null : placeOf(tree),
    parameters: portal === null ? NO_PARAMETERS : parametersOf(portal),
    again,
  });
  if (outcome.kind === "ended") return;
  const judged = countStart(desk, outcome.judged);
  if (judged.kind === "refused") {
    yield* refuseExecute(desk, message, judged, held);
    if (outcome.kind === "free") outcome.permit?.failed();
    return;
  }
  returned.approved = true;
  const stands = yield* runExecute(desk, message, sent, judged, mark, tree, spent);
  if (!stands && outcome.kind === "free") outcome.permit?.failed();
}

/** True when it stands: PostgreSQL has run it, and nothing takes it back. */
export function* runExecute(
  desk: Desk,
  message: Execute,
  sent: Frame,
  found: Allowed,
  mark: Mark,
  tree: ParsedStatement | null,
  spent: Returned,
): Task<boolean> {
  const begun = isCountedByGrant(found) ? yield* beginByGrants(desk, found) : null;
  if (begun === null) return yield* execute(desk, message, sent, found, mark, tree, spent);
  if (begun.kind === "refused") {
    if (!begun.ended) yield* refuseExecute(desk, message, begun.judged, found);
    return false;
  }
  const stands = yield* execute(desk, message, sent, begun.judged, mark, tree, spent);
  begun.end();
  return stands;
}

function* execute(
  desk: Desk,
  message: Execute,
  sent: Frame,
  allowed: Allowed,
  mark: Mark,
  tree: ParsedStatement | null,
  spent: Returned,
): Task<boolean> {
  const { exchange, gate, nonce } = desk;
  let stands = false;
  const baseline = yield* before(desk, allowed, spent.begun ? 1 : message.maxRows);
  if (!baseline.ok) {
    const { decision } = failedToAsk(gate, baseline.error);
    const error = { bytes: baseline.error, native: null };
    yield* refuseExecute(desk, message, { decision, error }, allowed);
    return stands;
  }
  const hold = new Hold({ completion: true, ready: false });
  // Taken out of the mark when it is confirmed.
  const text = mark.confirms?.[0]?.text ?? "";
  describeFirst(desk, message.portal, mark);
  const statement = taken(exchange.assembler.message(message, desk.now(), { ...mark, hold }));
  if (tree !== null && mark.mask !== undefined) statement.analysed(tree, allowed.facts);
  statement.decided(allowed.decision, allowed.facts);
  exchange.note(statement, null);
  exchange.write(sent.bytes);
  exchange.write(FLUSH);
  exchange.unsynced = true;
  exchange.executed = true;
  statement.unanswered++;
  yield;
  if (!hold.failed) {
    let excess = exchange.isCut ? null : yield* after(desk, allowed, hold, baseline.value, spent);
    // What waits for the commit runs with the Sync, and nobody could take it back.
    if (excess === null && !exchange.isCut && exchange.status === "I" && mayDefer(allowed))
      excess = yield* runDeferred(desk, allowed.obligations.grants);
    if (exchange.isCut || excess !== null) {
      if (exchange.isCut) for (const frame of hold.frames) exchange.deliver(statement, frame, desk.now());
      // PostgreSQL skips to the Sync, and rolls back there what a block of the agent's does not keep open.
      if (exchange.conversation.skipping) {
        // It was a question of ours that failed, and PostgreSQL skips already.
        if (excess !== null) exchange.deliver(statement, errorFrame(excess), desk.now());
      } else if (excess === null) exchange.own([{ kind: "execute", bytes: failing("execute", nonce) }]);
      else {
        exchange.assembler.failExecute(statement, { refusal: { bytes: excess, native: null } });
        exchange.write(failing("execute", nonce));
      }
      exchange.write(FLUSH);
      yield;
      gate.failed();
    } else {
      stands = true;
      gate.confirmed(allowed.facts, text);
      for (const frame of hold.frames) exchange.deliver(statement, frame, desk.now());
    }
  } else gate.failed();
  statement.unanswered--;
  exchange.note(statement, null);
  return stands;
}

/** It is not run: it may not, or what had to be known beforehand could not be asked. */
function* refuseExecute(
  desk: Desk,
  message: Execute,
  { decision, error }: Pick<Refusal, "decision" | "error">,
  { facts }: Pick<Allowed, "facts">,
): Task {
  const { exchange, gate, nonce } = desk;
  const skipped = exchange.conversation.skipping;
  const mark = skipped ? null : { refusal: error };
  const statement = taken(exchange.assembler.message(message, desk.now(), mark));
  statement.decided(decision, facts);
  exchange.note(statement, null);
  if (skipped) exchange.deliver(statement, errorFrame(error.bytes), desk.now());
  else {
    exchange.write(failing("execute", nonce));
    exchange.write(FLUSH);
    exchange.unsynced = true;
    yield;
  }
  gate.failed();
}

function errorFrame(bytes: Uint8Array): Frame {
  return { code: BACKEND_CODES.error_response, bytes };
}

/** The agent was told of an error that PostgreSQL does not know of: it gets one. */
export function* mend(desk: Desk, statement: Statement | null, at: "ready" | "batch"): Task {
  const { exchange, gate, nonce } = desk;
  if (at === "batch") {
    exchange.own([{ kind: "execute", bytes: failing("execute", nonce) }]);
    exchange.write(FLUSH);
    yield;
  } else {
    exchange.own([{ kind: "query", bytes: failing("query", nonce) }]);
    yield;
    exchange.ready(statement, exchange.status, desk.now());
  }
  gate.failed();
}

function taken(assembled: Result<Assembled, string>): Statement {
  if (assembled.ok && assembled.value.kind !== "terminate" && assembled.value.statement !== null)
    return assembled.value.statement;
  throw new Error("an Execute is always of a statement");
}
