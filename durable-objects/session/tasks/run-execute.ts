// An Execute whose effect has to be looked at before the Sync behind it can commit it; and what makes PostgreSQL fail where
// the agent was told that it did.

import type { ParsedStatement } from "#core/sql";
import { BACKEND_CODES, type DecodedFrontendMessage, type Frame } from "#core/wire";
import type { Result } from "../../../core/result.ts";
import type { Assembled } from "../assembler.ts";
import { Hold, type Mark } from "../gate/mark.ts";
import type { Returned } from "../gate/names.ts";
import { failing, FLUSH } from "../gate/own-messages.ts";
import type { Statement } from "../statement.ts";
import { after, before, mayDefer, runDeferred } from "./guard.ts";
import { type Allowed, describeFirst, type Desk, failedToAsk, type Task } from "./task.ts";

export function* runExecute(
  desk: Desk,
  message: Extract<DecodedFrontendMessage, { kind: "execute" }>,
  sent: Frame,
  allowed: Allowed,
  mark: Mark,
  tree: ParsedStatement | null,
  spent: Returned,
): Task {
  const { exchange, gate, nonce } = desk;
  const baseline = yield* before(desk, allowed, spent.begun ? 1 : message.maxRows);
  if (!baseline.ok) {
    yield* refuseExecute(desk, message, allowed, baseline.error);
    return;
  }
  const hold = new Hold({ completion: true, ready: false });
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
      excess = yield* runDeferred(desk);
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
      gate.confirmed(allowed.facts, "");
      for (const frame of hold.frames) exchange.deliver(statement, frame, desk.now());
    }
  } else gate.failed();
  statement.unanswered--;
  exchange.note(statement, null);
}

/** What had to be known beforehand could not be asked. */
function* refuseExecute(
  desk: Desk,
  message: Extract<DecodedFrontendMessage, { kind: "execute" }>,
  allowed: Allowed,
  error: Uint8Array,
): Task {
  const { exchange, gate, nonce } = desk;
  const skipped = exchange.conversation.skipping;
  const mark = skipped ? null : { refusal: { bytes: error, native: null } };
  const statement = taken(exchange.assembler.message(message, desk.now(), mark));
  statement.decided(failedToAsk(gate, error).decision, allowed.facts);
  exchange.note(statement, null);
  if (skipped) exchange.deliver(statement, errorFrame(error), desk.now());
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
