// A Query: as it is where one statement of it may run so, else in parts, as a task.

import { utf8Encode } from "#core/bytes";
import type { ParsedStatement } from "#core/sql";
import { encodeFrontend } from "#core/wire";
import { BATCH_IS_OPEN } from "../gate/refusals.ts";
import { runQuery } from "../tasks/run-query.ts";
import { countStart, type Desk, type Refusal, refusal } from "../tasks/task.ts";
import { type Circumstances, type Considered, type Of, PASS, refuse } from "./considered.ts";
import { changes, judgeOne, parse, runMark, runsAsTask } from "./judging.ts";

export function considerQuery(desk: Desk, { text }: Of<"query">, given: Circumstances): Considered {
  const parsed = parse(desk, text);
  if (!Array.isArray(parsed)) return refuse("query", parsed as Refusal);
  const statements = parsed as readonly ParsedStatement[];
  const [only] = statements;
  if (only === undefined) return PASS;
  if (statements.length > 1) return inParts(desk, text, statements, given);
  const judged = judgeOne(desk, only, given);
  if (judged.kind === "ask" || judged.kind === "wait") return judged;
  if (judged.kind === "held" || (judged.kind === "allowed" && runsAsTask(desk, judged)))
    return inParts(desk, text, statements, given);
  const slow = countStart(desk, judged);
  if (slow.kind === "refused") return refuse("query", slow, only);
  const { facts, obligations } = slow;
  const words = obligations.replaceWith;
  return {
    ...PASS,
    judged: slow,
    mark: runMark(desk, slow, only),
    replacement: words === null ? null : encodeFrontend({ kind: "query", text: utf8Encode(words) }),
    changes: changes(desk, facts),
    parsed: only,
  };
}

function inParts(
  desk: Desk,
  text: Uint8Array,
  statements: readonly ParsedStatement[],
  { busy }: Circumstances,
): Considered {
  // Its implicit transaction is the batch's, which the Sync ends and not the message.
  if (desk.exchange.unsynced) return refuse("query", refusal(desk.gate.refuse("protocol", BATCH_IS_OPEN), 0));
  return busy ? { kind: "wait" } : { kind: "task", task: runQuery(desk, text.slice(), statements) };
}
