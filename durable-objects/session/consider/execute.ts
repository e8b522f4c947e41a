// An Execute: what it is bound to, and what its names stand for now; both have to be allowed.

import type { ParsedStatement, StatementFacts } from "#core/sql";
import type { Frame } from "#core/wire";
import { leavesTraces } from "../gate/gate.ts";
import type { Mark } from "../gate/mark.ts";
import { either } from "../gate/meaning.ts";
import { nothingReturned } from "../gate/names.ts";
import { noSuchPortal } from "../gate/refusals.ts";
import { runExecute, runHeldExecute } from "../tasks/run-execute.ts";
import { isLimited, returnedBy } from "../tasks/run-query.ts";
import {
  type Allowed,
  countStart,
  type Desk,
  type Held,
  judge,
  type Refusal,
  refusal,
  type Task,
} from "../tasks/task.ts";
import { type Circumstances, type Considered, type Of, PASS, refuse } from "./considered.ts";
import { changes, isEmpty, judgeOne, runsAsTask, textOf, weighed } from "./judging.ts";

export function considerExecute(
  desk: Desk,
  message: Of<"execute">,
  frame: Frame,
  given: Circumstances,
): Considered {
  const { gate, exchange } = desk;
  if (given.busy && gate.names.isUnsettled("portal", message.portal)) return { kind: "wait" };
  const portal = exchange.assembler.prepared.portal(message.portal);
  const tree = portal?.statement === null || portal === null ? null : gate.names.tree(portal.statement);
  if (portal !== null && tree === null && portal.statement !== null && isEmpty(desk, portal.statement.text))
    return PASS;
  const bound = portal === null ? gate.names.cursor(message.portal) : gate.names.portal(portal);
  if (bound === null) {
    if (tree === null || portal === null)
      return refuse("execute", refusal(gate.fails("no_such_portal", noSuchPortal(message.portal)), 0));
    const judged = judgeOne(desk, tree, given);
    if (judged.kind === "ask" || judged.kind === "wait") return judged;
    if (judged.kind === "refused") return refuse("execute", judged, tree);
    gate.names.bound(portal, judged.facts);
    return considerExecute(desk, message, frame, given);
  }
  // A query runs as it was planned when it was bound; other commands, and bodies of functions, find their names only now.
  const now = tree === null ? null : judgeOne(desk, tree, given);
  if (now?.kind === "ask" || now?.kind === "wait") return now;
  if (now?.kind === "refused") return refuse("execute", now, tree);
  const facts = now === null ? bound : either(now.facts, bound);
  const returned = gate.names.open(message.portal)?.returned ?? nothingReturned();
  const found = weighed(desk, facts);
  const judged: Allowed | Held | Refusal =
    found.kind === "held" && returned.approved ? { ...found, kind: "allowed" } : found;
  const guarded = judged.kind === "held" || (judged.kind === "allowed" && runsAsTask(desk, judged));
  if (guarded && given.busy) return { kind: "wait" };
  const grants = judged.kind === "refused" ? [] : judged.obligations.grants;
  const spent = tree === null ? returned : returnedBy(desk, tree, returned);
  const mask = desk.masking.response(facts, tree);
  const mark: Mark = {
    ...(leavesTraces(facts) ? { confirms: [{ facts, text: textOf(portal?.statement?.text) }] } : {}),
    ...(isLimited(desk, grants) ? { returned: spent } : {}),
    ...(grants.length === 0 ? {} : { grants }),
    ...(mask === undefined ? {} : { mask }),
  };
  if (judged.kind === "held") {
    const again = (): Task<Allowed | Held | Refusal> => judgeAgain(desk, tree, bound);
    return {
      kind: "task",
      task: runHeldExecute(desk, {
        message,
        sent: frame,
        held: judged,
        portal,
        mark,
        tree,
        returned,
        spent,
        again,
      }),
    };
  }
  const slow = countStart(desk, judged);
  if (slow.kind === "refused") return refuse("execute", slow, tree);
  if (guarded)
    return {
      kind: "task",
      task: runExecute(desk, message, frame, slow, mark, tree, spent),
    };
  return { ...PASS, judged: slow, mark, changes: changes(desk, facts), parsed: tree };
}

/** As at first: what it finds now, and what it was bound to. */
function* judgeAgain(
  desk: Desk,
  tree: ParsedStatement | null,
  bound: StatementFacts,
): Task<Allowed | Held | Refusal> {
  const now = tree === null ? null : yield* judge(desk, tree);
  if (now?.kind === "refused") return now;
  return weighed(desk, now === null ? bound : either(now.facts, bound));
}
