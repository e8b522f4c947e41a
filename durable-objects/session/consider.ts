// What to do with one message of the agent's: send it, send something that fails in its place, ask PostgreSQL for names
// first, or wait. Nothing is sent here.

import type { ParsedStatement, Question } from "#core/sql";
import { utf8Decode, utf8Encode } from "#core/bytes";
import type { Decision } from "#core/policy";
import { type DecodedFrontendMessage, encodeFrontend, type ExpectedKind, type Frame } from "#core/wire";
import type { StatementFacts } from "#core/sql";
import { isRunByPlanner, runsAhead } from "./approval/index.ts";
import { changesSession, leavesTraces } from "./gate/gate.ts";
import { either } from "./gate/meaning.ts";
import type { Mark } from "./gate/mark.ts";
import {
  BATCH_IS_OPEN,
  CALL_IS_COUNTED,
  NOT_UTF8,
  noSuchPortal,
  noSuchStatement,
  ONE_COMMAND,
  TOO_MANY_NAMES,
  TRANSACTION_ABORTED,
} from "./gate/refusals.ts";
import { nothingReturned } from "./gate/names.ts";
import { needsGuard } from "./tasks/guard.ts";
import { runExecute, runHeldExecute } from "./tasks/run-execute.ts";
import { isLimited, returnedBy, runQuery } from "./tasks/run-query.ts";
import {
  type Allowed,
  countStart,
  type Desk,
  failedToAsk,
  type Held,
  judge,
  maskable,
  MAX_ROUNDS,
  type Refusal,
  refusal,
  type Task,
} from "./tasks/task.ts";

export type Considered =
  | {
      readonly kind: "pass";
      readonly judged: { readonly decision: Decision; readonly facts: StatementFacts | null } | null;
      readonly mark: Mark | null;
      /** The kind of message that fails in its place; null where it goes as it is. */
      readonly failing: ExpectedKind | null;
      /** Sent in its place: the same with other words. */
      readonly replacement: Uint8Array | null;
      /** What follows has to wait for what it leaves behind. */
      readonly changes: boolean;
      /** The statement that `judged` is of. */
      readonly parsed: ParsedStatement | null;
      /** What is known of a message of several statements, for the record. */
      readonly seen: { readonly kinds: readonly string[]; readonly facts: readonly StatementFacts[] } | null;
    }
  | { readonly kind: "ask"; readonly questions: readonly Question[] }
  | { readonly kind: "wait" }
  | { readonly kind: "task"; readonly task: Task<unknown> };

export interface Circumstances {
  /** Messages before it are not answered yet. */
  readonly busy: boolean;
  /** What PostgreSQL answered to our question for this message, where it failed. */
  readonly unanswerable: Uint8Array | null;
  /** Questions asked for this message so far. */
  readonly rounds: number;
}

type Message = DecodedFrontendMessage;
type Of<K extends Message["kind"]> = Extract<Message, { kind: K }>;

type Pass = Extract<Considered, { kind: "pass" }>;

const PASS: Pass = {
  kind: "pass",
  judged: null,
  mark: null,
  failing: null,
  replacement: null,
  changes: false,
  parsed: null,
  seen: null,
};

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

/** What it does to the transaction matters to what names mean. */
function changes(desk: Desk, facts: StatementFacts): boolean {
  return (
    changesSession(facts) || (desk.gate.dirty && facts.effects.some(({ kind }) => kind === "transaction"))
  );
}

function considerQuery(desk: Desk, { text }: Of<"query">, given: Circumstances): Considered {
  const parsed = parse(desk, text);
  if (!Array.isArray(parsed)) return refuse("query", parsed as Refusal);
  const statements = parsed as readonly ParsedStatement[];
  const [only] = statements;
  if (only === undefined) return PASS;
  if (statements.length > 1) return inParts(desk, text, statements, given);
  const judged = judgeOne(desk, only, given);
  if (judged.kind === "ask" || judged.kind === "wait") return judged;
  if (judged.kind === "held" || (judged.kind === "allowed" && needsGuard(judged, isLimited(desk))))
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

function considerParse(desk: Desk, message: Of<"parse">, given: Circumstances): Considered {
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
function considerBind(desk: Desk, message: Of<"bind">, given: Circumstances): Considered {
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
function considerDescribe(desk: Desk, { target, name }: Of<"describe">, given: Circumstances): Considered {
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

function considerExecute(desk: Desk, message: Of<"execute">, frame: Frame, given: Circumstances): Considered {
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
  const guarded =
    judged.kind === "held" || (judged.kind === "allowed" && needsGuard(judged, isLimited(desk)));
  if (guarded && given.busy) return { kind: "wait" };
  const spent = tree === null ? returned : returnedBy(desk, tree, returned);
  const mask = desk.masking.response(facts, tree);
  const mark: Mark = {
    ...(leavesTraces(facts) ? { confirms: [{ facts, text: textOf(portal?.statement?.text) }] } : {}),
    ...(isLimited(desk) ? { returned: spent } : {}),
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

const AHEAD = { native: false, position: null } as const;

function considerCall(desk: Desk, message: Of<"function_call">, given: Circumstances): Considered {
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
  if (judged.kind === "allowed" && needsGuard(judged, isLimited(desk)))
    return refuse("function_call", refusal(gate.refuse("limits.rows_changed", CALL_IS_COUNTED), 0));
  const slow = countStart(desk, judged);
  if (slow.kind === "refused") return refuse("function_call", slow);
  return { ...PASS, judged: slow, mark: runMark(desk, slow, only), changes: changes(desk, slow.facts) };
}

/** `parameters`: of the Bind or FunctionCall, where it is one. */
function judgeOne(
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

function weighed(desk: Desk, facts: StatementFacts): Allowed | Held | Refusal {
  const judgement = desk.gate.weigh(facts, desk.now());
  if (judgement.kind === "allowed" || judgement.kind === "held") return judgement;
  return refusal(judgement, 0);
}

function askFor(
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

function runMark(desk: Desk, { facts }: Allowed, parsed: ParsedStatement): Mark {
  return {
    ...(leavesTraces(facts) ? { confirms: [{ facts, text: parsed.text }] } : {}),
    ...(isLimited(desk) ? { returned: returnedBy(desk, parsed, nothingReturned()) } : {}),
  };
}

function refuse(kind: ExpectedKind, judged: Refusal, parsed: ParsedStatement | null = null): Considered {
  return { ...PASS, judged, mark: { refusal: judged.error }, failing: kind, parsed };
}

function parse({ gate }: Desk, bytes: Uint8Array): readonly ParsedStatement[] | Refusal {
  const text = utf8Decode(bytes);
  if (text === null) return refusal(gate.fails("encoding", NOT_UTF8), 0);
  const parsed = gate.grammar.parse(text);
  if (parsed.ok) return parsed.value;
  const { sqlstate, message, position } = parsed.error;
  return refusal(gate.fails("syntax", { sqlstate, message, hint: "" }, position), 0);
}

function isEmpty(desk: Desk, bytes: Uint8Array): boolean {
  const parsed = parse(desk, bytes);
  return Array.isArray(parsed) && parsed.length === 0;
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : (utf8Decode(bytes) ?? "");
}
