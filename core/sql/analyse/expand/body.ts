// Bodies of functions, as far as they can be read before they run: every statement in them is visited where the
// caller stands. Says whether that was all: text that is built at run time, and names that move meanwhile, cannot be read.

import type { CreateFunctionStmt, Node } from "@pgsql/types";
import type { Via } from "../../facts/facts.ts";
import type { PlpgsqlBody } from "../../grammar/grammar.ts";
import type { AnalysisContext, QueryOutput } from "../context.ts";
import { assignedFlows } from "./body-flows.ts";
import { expansionOf } from "./inside.ts";

/** Settings that decide what a name or a text means, or who asks. */
const NAME_SETTINGS: ReadonlySet<string> = new Set([
  "*",
  "search_path",
  "role",
  "session_authorization",
  "standard_conforming_strings",
  "backslash_quote",
  "transform_null_equals",
  "session_replication_role",
]);

export interface Examined {
  /** All of it could be read. */
  readonly whole: boolean;
  /** What its last statement gives; null: not known, or not what the function gives. */
  readonly output: QueryOutput;
  /** It branches or raises: on what it has read, for all that can be told. */
  readonly decides: boolean;
}

const UNREAD: Examined = { whole: false, output: null, decides: true };

/**
 * `source`: a whole CREATE FUNCTION statement. `asOther`: it runs as another role, for
 * whom "$user" and schemas that the session may not use make other things of the same names (recomputeNamespacePath); only
 * a body whose names were resolved when it was created is read then.
 */
export function examineBody(
  context: AnalysisContext,
  source: string,
  language: string,
  asOther: boolean,
): Examined {
  const { grammar } = context.surroundings;
  const before = {
    settings: context.settings.length,
    effects: context.effects.length,
    unknown: context.unknown.length,
    calls: context.calls.length,
    accesses: context.accesses.length,
  };
  const parsed = grammar.parse(source);
  const created = parsed.ok ? parsed.value[0]?.node : undefined;
  if (created === undefined || !("CreateFunctionStmt" in created)) return UNREAD;
  const { CreateFunctionStmt: statement } = created;
  const body = language === "plpgsql" ? plpgsqlBody(grammar, source) : sqlBody(grammar, statement);
  if (body === null) return UNREAD;
  let given = false;
  for (const node of defaultsOf(statement)) given = shows(context.visit(node)) || given;
  let output: QueryOutput = null;
  const outputs = new Map<string, QueryOutput>();
  for (const { node, text } of body.nodes) {
    output = context.visit(node);
    outputs.set(text, output);
  }
  assignedFlows(
    context,
    body.assignments.map(({ statement: text, column }) => ({ column, output: outputs.get(text) ?? null })),
  );
  // A parameter that is left out shows what its default reads.
  if (given) output = null;
  if (context.accesses.slice(before.accesses).some(({ action }) => WRITES.has(action)))
    context.tagCounts = false;
  const moves =
    context.settings.slice(before.settings).some(({ name }) => NAME_SETTINGS.has(name)) ||
    context.effects.slice(before.effects).some(({ kind }) => kind === "names" || kind === "transaction");
  if (moves) moveNames(context);
  const whole =
    body.whole && (body.resolved || !asOther) && !moves && context.unknown.length === before.unknown;
  return { whole, output: language === "sql" ? output : null, decides: body.decides };
}

function shows(output: QueryOutput): boolean {
  return output === null || output.some(({ sources, opaque }) => sources.length > 0 || opaque === true);
}

const WRITES: ReadonlySet<string> = new Set(["insert", "update", "delete", "truncate", "define"]);

/** Names may change while the statement runs: no body of it was surely read as it will run. */
export function moveNames(context: AnalysisContext): void {
  expansionOf(context).namesMove = true;
  for (const [at, call] of context.calls.entries()) {
    if (!call.examined) continue;
    context.calls[at] = { ...call, examined: false };
    context.tagCounts = false;
  }
}

export function movesNames(setting: string | null | undefined): boolean {
  return typeof setting !== "string" || NAME_SETTINGS.has(setting.toLowerCase());
}

interface Body extends Pick<PlpgsqlBody, "assignments"> {
  readonly nodes: readonly { readonly node: Node; readonly text: string }[];
  /** Nothing is built at run time, and every text was read. */
  readonly whole: boolean;
  /** Names were resolved when the function was created. */
  readonly resolved: boolean;
  /** See Examined. */
  readonly decides: boolean;
}

type Grammar = AnalysisContext["surroundings"]["grammar"];

function plpgsqlBody(grammar: Grammar, source: string): Body | null {
  const body = grammar.plpgsql(source);
  if (!body.ok) return null;
  const nodes: Body["nodes"][number][] = [];
  let whole = !body.value.dynamic;
  for (const text of body.value.statements) {
    const parsed = grammar.parse(text);
    if (parsed.ok) nodes.push(...parsed.value.map(({ node }) => ({ node, text })));
    else whole = false;
  }
  const { decides, assignments } = body.value;
  return { nodes, whole, resolved: false, decides, assignments };
}

/** BEGIN ATOMIC …, RETURN …, or a string of statements. */
function sqlBody(grammar: Grammar, { sql_body: atomic, options = [] }: CreateFunctionStmt): Body | null {
  // What is written here is what PostgreSQL resolved, spelled for the search_path of the moment.
  if (atomic !== undefined) return sqlNodes(statementsOf(atomic), true);
  return textBody(grammar, options);
}

/** Of parameters that a call may leave out. */
function defaultsOf({ parameters = [] }: CreateFunctionStmt): readonly Node[] {
  return parameters.flatMap((parameter) => {
    const value = "FunctionParameter" in parameter ? parameter.FunctionParameter.defexpr : undefined;
    return value === undefined ? [] : [selectOf(value)];
  });
}

function textBody(grammar: Grammar, options: readonly Node[]): Body | null {
  for (const option of options) {
    if (!("DefElem" in option) || option.DefElem.defname !== "as") continue;
    const { arg } = option.DefElem;
    const [first] = arg !== undefined && "List" in arg ? (arg.List.items ?? []) : [arg];
    if (first === undefined || !("String" in first)) return null;
    const parsed = grammar.parse(first.String.sval ?? "");
    if (!parsed.ok) return null;
    return sqlNodes(
      parsed.value.map(({ node }) => node),
      false,
    );
  }
  return null;
}

function sqlNodes(nodes: readonly Node[], resolved: boolean): Body {
  return {
    nodes: nodes.map((node) => ({ node, text: "" })),
    whole: true,
    resolved,
    decides: false,
    assignments: [],
  };
}

function statementsOf(atomic: Node): readonly Node[] {
  if ("List" in atomic) return (atomic.List.items ?? []).flatMap(statementsOf);
  if (!("ReturnStmt" in atomic)) return [atomic];
  const { returnval } = atomic.ReturnStmt;
  return returnval === undefined ? [] : [selectOf(returnval)];
}

/** An expression as a query of its own. */
export function selectOf(expression: Node): Node {
  return {
    SelectStmt: {
      targetList: [{ ResTarget: { val: expression } }],
      limitOption: "LIMIT_OPTION_DEFAULT",
      op: "SETOP_NONE",
    },
  };
}

export function functionVia(name: string): Via {
  return { kind: "function", name };
}
