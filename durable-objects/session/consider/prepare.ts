// Parse, Bind and Describe: each is decided on by itself, since PostgreSQL looks at the statement, and resolves its names, at
// each of them.

import { utf8Encode } from "#core/bytes";
import type { ParsedStatement } from "#core/sql";
import { encodeFrontend } from "#core/wire";
import { isRunByPlanner, runsAhead } from "../approval/index.ts";
import { either } from "../gate/meaning.ts";
import { noSuchStatement, ONE_COMMAND, TOO_MANY_NAMES } from "../gate/refusals.ts";
import { type Desk, type Refusal, refusal } from "../tasks/task.ts";
import { type Circumstances, type Considered, type Of, PASS, refuse } from "./considered.ts";
import { isEmpty, judgeOne, parse, weighed } from "./judging.ts";

export function considerParse(desk: Desk, message: Of<"parse">, given: Circumstances): Considered {
  const parsed = parse(desk, message.text);
  if (!Array.isArray(parsed)) return refuse("parse", parsed as Refusal);
  const [only, ...others] = parsed as readonly ParsedStatement[];
  if (only === undefined) return PASS;
  if (others.length > 0) return refuse("parse", refusal(desk.gate.fails("syntax", ONE_COMMAND), 0));
  const judged = judgeOne(desk, only, given);
  if (judged.kind === "ask" || judged.kind === "wait") return judged;
  if (judged.kind === "refused")
    return failsWhenRun(desk, only, judged) ? PASS : refuse("parse", judged, only);
  const words = judged.obligations.replaceWith;
  return {
    ...PASS,
    judged,
    parsed: only,
    replacement: words === null ? null : encodeFrontend({ ...message, text: utf8Encode(words) }),
  };
}

// PostgreSQL resolves a prepared statement's names anew when it is bound, so it is decided on anew.
export function considerBind(desk: Desk, message: Of<"bind">, given: Circumstances): Considered {
  const { gate, exchange } = desk;
  if (given.busy && gate.names.isUnsettled("statement", message.statement)) return { kind: "wait" };
  const prepared = exchange.assembler.prepared.statement(message.statement);
  if (prepared === null)
    return refuse("bind", refusal(gate.fails("no_such_statement", noSuchStatement(message.statement)), 0));
  // The empty statement is one as well.
  if (prepared.text.every((byte) => byte <= 0x20)) return PASS;
  const tree = gate.names.tree(prepared);
  if (tree === null)
    return isEmpty(desk, prepared.text)
      ? PASS
      : refuse("bind", refusal(gate.refuse("not_understood", TOO_MANY_NAMES), 0));
  const judged = judgeOne(desk, tree, given, message.parameters);
  if (judged.kind === "ask" || judged.kind === "wait") return judged;
  if (judged.kind === "refused")
    return failsWhenRun(desk, tree, judged) ? PASS : refuse("bind", judged, tree);
  if (judged.kind === "held" && isRunByPlanner(judged.facts)) {
    const text = runsAhead(judged.told);
    return refuse("bind", refusal({ ...judged, kind: "refused", ...AHEAD, text }, 0), tree);
  }
  const meaning = gate.names.meaning(message.statement);
  const facts = meaning === null ? judged.facts : either(judged.facts, meaning);
  const whole = facts === judged.facts ? judged : weighed(desk, facts);
  if (whole.kind === "refused") return refuse("bind", whole, tree);
  gate.names.meant(message.statement, facts);
  return { ...PASS, judged: whole, parsed: tree };
}

// PostgreSQL plans a prepared statement anew for it, when that has to be, and keeps the plan (plancache.c,
// CachedPlanGetTargetList): what the names stand for now is what may run later, so it is decided on like a Bind.
export function considerDescribe(
  desk: Desk,
  { target, name }: Of<"describe">,
  given: Circumstances,
): Considered {
  const { gate, exchange } = desk;
  if (target !== "S") return PASS;
  if (given.busy && gate.names.isUnsettled("statement", name)) return { kind: "wait" };
  const prepared = exchange.assembler.prepared.statement(name);
  // What failed in the place of a refused Parse has left an unnamed one alone, which the agent's own would have dropped.
  if (prepared === null)
    return refuse("describe", refusal(gate.fails("no_such_statement", noSuchStatement(name)), 0));
  const tree = gate.names.tree(prepared);
  if (tree === null || !ANALYSED.has(Object.keys(tree.node)[0] ?? "")) return PASS;
  const judged = judgeOne(desk, tree, given);
  if (judged.kind === "ask" || judged.kind === "wait") return judged;
  if (judged.kind === "refused") return refuse("describe", judged, tree);
  const meaning = gate.names.meaning(name);
  gate.names.meant(name, meaning === null ? judged.facts : either(judged.facts, meaning));
  return PASS;
}

/**
 * PostgreSQL refuses it too, but not before its Execute: that is when it looks at a command that is not one of these
 * (analyze.c, transformStmt). It is decided on anew then.
 */
function failsWhenRun({ exchange }: Desk, { node }: ParsedStatement, { error }: Refusal): boolean {
  return (
    error.native !== null && exchange.status !== "E" && !Object.keys(node).some((key) => ANALYSED.has(key))
  );
}

const ANALYSED: ReadonlySet<string> = new Set([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "DeclareCursorStmt",
  "ExplainStmt",
  "CreateTableAsStmt",
  "CallStmt",
]);

const AHEAD = { native: false, position: null } as const;
