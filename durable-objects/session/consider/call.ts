// A FunctionCall: decided on as the SELECT of that function by its name.

import { CALL_IS_COUNTED, TOO_MANY_NAMES } from "../gate/refusals.ts";
import { countStart, type Desk, refusal } from "../tasks/task.ts";
import { type Circumstances, type Considered, type Of, PASS, refuse } from "./considered.ts";
import { askFor, changes, judgeOne, runMark, runsAsTask } from "./judging.ts";

const AHEAD = { native: false, position: null } as const;

export function considerCall(desk: Desk, message: Of<"function_call">, given: Circumstances): Considered {
  const { gate } = desk;
  const oid = message.functionOid;
  const info = gate.catalog.functionByOid(oid);
  if (info === undefined) return askFor(desk, [{ kind: "function_oid", oid }], given, "function_call");
  if (info === null) {
    const missing = { sqlstate: "42883", message: `function with OID ${oid} does not exist`, hint: "" };
    return refuse("function_call", refusal(gate.fails("missing", missing), 0));
  }
  // Every function of that name that takes as many arguments.
  const places = message.arguments.map((_, i) => `$${i + 1}`).join(", ");
  const name = `"${info.schema.replaceAll('"', '""')}"."${info.name.replaceAll('"', '""')}"`;
  const parsed = gate.grammar.parse(`SELECT ${name}(${places})`);
  const [only] = parsed.ok ? parsed.value : [];
  if (only === undefined)
    return refuse("function_call", refusal(gate.refuse("not_understood", TOO_MANY_NAMES), 0));
  const judged = judgeOne(desk, only, given, message.arguments);
  if (judged.kind === "ask" || judged.kind === "wait") return judged;
  if (judged.kind === "held") {
    const text = { ...judged.told, hint: CALL_IS_COUNTED.hint };
    return refuse("function_call", refusal({ ...judged, kind: "refused", ...AHEAD, text }, 0));
  }
  if (judged.kind === "allowed" && runsAsTask(desk, judged))
    return refuse("function_call", refusal(gate.refuse("limits.rows_changed", CALL_IS_COUNTED), 0));
  const slow = countStart(desk, judged);
  if (slow.kind === "refused") return refuse("function_call", slow);
  return { ...PASS, judged: slow, mark: runMark(desk, slow, only), changes: changes(desk, slow.facts) };
}
