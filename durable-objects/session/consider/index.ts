// What to do with one message of the agent's: send it, send something that fails in its place, ask PostgreSQL for names
// first, or wait. Nothing is sent here. The door of the room.

import type { Frame } from "#core/wire";
import type { Desk } from "../tasks/task.ts";
import { considerCall } from "./call.ts";
import { type Circumstances, type Considered, type Message, PASS } from "./considered.ts";
import { considerExecute } from "./execute.ts";
import { considerBind, considerDescribe, considerParse } from "./prepare.ts";
import { considerQuery } from "./query.ts";

export type { Circumstances, Considered } from "./considered.ts";

export function consider(desk: Desk, message: Message, frame: Frame, given: Circumstances): Considered {
  const considered = decide(desk, message, frame, given);
  if (considered.kind !== "pass" || considered.failing !== null || !considered.judged?.facts)
    return considered;
  const mask = desk.masking.response(considered.judged.facts, considered.parsed);
  return mask === undefined ? considered : { ...considered, mark: { ...considered.mark, mask } };
}

function decide(desk: Desk, message: Message, frame: Frame, given: Circumstances): Considered {
  // PostgreSQL skips it.
  if (desk.exchange.conversation.skipping && message.kind !== "sync") return PASS;
  switch (message.kind) {
    case "query":
      return considerQuery(desk, message, given);
    case "parse":
      return considerParse(desk, message, given);
    case "bind":
      return considerBind(desk, message, given);
    case "describe":
      return considerDescribe(desk, message, given);
    case "execute":
      return considerExecute(desk, message, frame, given);
    case "function_call":
      return considerCall(desk, message, given);
    default:
      return PASS;
  }
}
