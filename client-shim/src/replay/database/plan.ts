// What is sent to a database for a recorded statement, and what answers are due. Pure.
//
// A statement that the gateway refused never ran, and one with parts that are not in the record cannot run: neither is guessed
// at. What they did to the batch and the transaction is kept: where they failed, a message that has to fail stands in.

import * as messages from "../../postgres/messages.ts";
import { brief } from "../text.ts";
import type { RecordedStatement } from "../statement.ts";

export type Kind =
  | "query"
  | "function_call"
  | "parse"
  | "bind"
  | "describe_statement"
  | "describe_portal"
  | "execute"
  | "close"
  | "sync";

export interface Asked {
  readonly kind: Kind;
  readonly bytes: Buffer;
  /** Ours, not the agent's: its answer is no part of the comparison. */
  readonly own?: boolean;
}

export interface Plan {
  readonly statement: RecordedStatement;
  readonly asked: readonly Asked[];
  /** Why it is not what the agent asked; null where it is. */
  readonly omitted: string | null;
  /** The database answers to it before anything behind it is sent. */
  readonly endsBatch: boolean;
}

/** Fails in the parser: nothing of it is looked up or run. */
const NOT_SQL = Buffer.from("sluice does not run this statement again");
const STAND_IN = "sluice_stand_in";

const FAILING_PARSE: Asked = { kind: "parse", bytes: messages.parse(STAND_IN, NOT_SQL, []), own: true };
export const FAILING_QUERY: Asked = { kind: "query", bytes: messages.query(NOT_SQL), own: true };
export const OWN_SYNC: Asked = { kind: "sync", bytes: messages.SYNC, own: true };

/** What the recorded response tells of a statement that failed. */
export interface Failure {
  /** Messages of it that were answered before. */
  readonly answered: number;
  /** The error is not PostgreSQL's: the gateway refused it, or took it back. */
  readonly byGateway: boolean;
}

/** `describes`: portals are described before they run, so that their columns have names. */
export function plan(statement: RecordedStatement, failure: Failure | null, describes: boolean): Plan {
  const omitted = whyNot(statement, failure);
  const describing = describes && omitted === null;
  const asked = statement.simple ? simple(statement) : extended(statement, describing);
  // A Sync that came before it belongs to no statement.
  const before = statement.messages?.[0] === "S" ? [OWN_SYNC] : [];
  const kept = [...before, ...(omitted === null ? asked : standIn(statement, asked, failure))];
  return { statement, asked: kept, omitted, endsBatch: ENDS_BATCH.has(kept.at(-1)?.kind ?? "parse") };
}

const ENDS_BATCH: ReadonlySet<Kind> = new Set(["query", "function_call", "sync"]);

function whyNot(statement: RecordedStatement, failure: Failure | null): string | null {
  if (statement.outcome === "running") return "still running when it was read";
  if (statement.redacted !== null) return `redacted, not in the record: ${statement.redacted}`;
  if (statement.outcome === "unknown") return "its outcome is not known: it may have run";
  if (!statement.simple && statement.messages === null) return "its messages are not in the record";
  if (failure?.byGateway === true)
    return `refused by the gateway: ${brief(statement.error?.message ?? statement.rule, 120)}`;
  return null;
}

function simple(statement: RecordedStatement): readonly Asked[] {
  const { operation, text } = statement;
  if (operation !== "function_call") return [{ kind: "query", bytes: messages.query(text) }];
  const oid = Number(/^function call (\d+)$/.exec(text.toString("latin1"))?.[1] ?? 0);
  return [{ kind: "function_call", bytes: messages.functionCall(oid, boundOf(statement)) }];
}

function extended(statement: RecordedStatement, describes: boolean): readonly Asked[] {
  const asked: Asked[] = [];
  for (const [i, message] of (statement.messages ?? []).entries()) {
    if (i === 0 && message === "S") continue;
    const described = asked.some(({ kind }) => kind === "describe_portal");
    if (message === "E" && describes && !described) {
      const bytes = messages.describe("P", statement.portal);
      asked.push({ kind: "describe_portal", bytes, own: true });
    }
    const one = messageOf(statement, message);
    if (one !== null) asked.push(one);
  }
  return asked;
}

function messageOf(statement: RecordedStatement, message: string): Asked | null {
  const { text, preparedStatement, portal, maxRows } = statement;
  const rest = message.slice(1);
  switch (message[0]) {
    case "P": {
      const types = rest === "" ? [] : rest.split(",").map(Number);
      return { kind: "parse", bytes: messages.parse(preparedStatement, text, types) };
    }
    case "B":
      return { kind: "bind", bytes: messages.bind(portal, rest, boundOf(statement)) };
    case "D": {
      const target = rest.startsWith("S") ? "S" : "P";
      const kind = target === "S" ? "describe_statement" : "describe_portal";
      return { kind, bytes: messages.describe(target, rest.slice(1)) };
    }
    case "E":
      return { kind: "execute", bytes: messages.execute(portal, maxRows) };
    case "C":
      return { kind: "close", bytes: messages.close(rest.startsWith("S") ? "S" : "P", rest.slice(1)) };
    case "S":
      return { kind: "sync", bytes: messages.SYNC };
    default:
      return null;
  }
}

function boundOf({ parameters, resultFormats }: RecordedStatement): messages.Bound {
  return {
    formats: parameters.map(({ format }) => format),
    values: parameters.map(({ value }) => value),
    resultFormats,
  };
}

function standIn(
  { simple: isSimple, outcome }: RecordedStatement,
  asked: readonly Asked[],
  failure: Failure | null,
): readonly Asked[] {
  const fails = failure !== null || outcome === "failed";
  if (isSimple) return fails ? [FAILING_QUERY] : [];
  const sync = asked.filter(({ kind }) => kind === "sync");
  if (!fails) return sync;
  // What was answered stands: a prepared statement of it may be used again.
  const before = failure?.byGateway === true ? asked.slice(0, failure.answered) : [];
  return [...before.filter(({ kind }) => kind !== "sync"), FAILING_PARSE, ...sync];
}
