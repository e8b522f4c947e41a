// What is noted of a message under a policy that allows everything: facts for the record, as far as they can be told without
// keeping the agent waiting for more than a question. Refuses nothing and changes nothing on the wire.

import { utf8Decode } from "#core/bytes";
import { type ParsedStatement, type StatementFacts, statementKind } from "#core/sql";
import type { DecodedFrontendMessage } from "#core/wire";
import type { Circumstances, Considered } from "./consider/index.ts";
import type { Confirmed } from "./gate/mark.ts";
import { MAX_ROUNDS, type Desk } from "./tasks/task.ts";

type Pass = Extract<Considered, { kind: "pass" }>;
type Ask = Extract<Considered, { kind: "ask" }>;

export function observe(desk: Desk, message: DecodedFrontendMessage, given: Circumstances): Pass | Ask {
  if (desk.exchange.conversation.skipping) return note(desk, [], null);
  switch (message.kind) {
    case "query": {
      const parsed = parse(desk, message.text);
      if (parsed.length === 1) return look(desk, parsed[0], given, "query");
      // Names may change from one to the next: they are taken as they are known now.
      return note(desk, parsed, null);
    }
    case "parse": {
      const [only] = parse(desk, message.text);
      return look(desk, only, given, "parse");
    }
    case "bind": {
      const prepared = desk.exchange.assembler.prepared.statement(message.statement);
      return look(
        desk,
        prepared === null ? undefined : (desk.gate.names.tree(prepared) ?? undefined),
        given,
        "bind",
      );
    }
    case "execute": {
      const { gate, exchange } = desk;
      const portal = exchange.assembler.prepared.portal(message.portal);
      const facts = portal === null ? gate.names.cursor(message.portal) : gate.names.portal(portal);
      const text = portal?.statement === null ? null : (portal?.statement.text ?? null);
      return passed(desk, facts, facts === null ? [] : [{ facts, text: (text && utf8Decode(text)) ?? "" }]);
    }
    default:
      return note(desk, [], null);
  }
}

function look(
  desk: Desk,
  parsed: ParsedStatement | undefined,
  given: Circumstances,
  message: "query" | "parse" | "bind",
): Pass | Ask {
  if (parsed === undefined) return note(desk, [], null);
  const judgement = desk.gate.judge(parsed, desk.now());
  if (judgement.kind !== "questions") {
    const { facts } = judgement;
    return passed(desk, facts, message === "query" && facts !== null ? [{ facts, text: parsed.text }] : []);
  }
  const { exchange } = desk;
  if (judgement.questions.length === 0) return note(desk, [parsed], null);
  if (given.unanswerable !== null) return refused(given.unanswerable, message);
  // A question is only asked where nothing waits for it but this message.
  const possible = !given.busy && !exchange.unsynced && exchange.status !== "E";
  if (possible && given.rounds <= MAX_ROUNDS) return { kind: "ask", questions: judgement.questions };
  return note(desk, [parsed], null);
}

/** The question was cancelled, or ran into what the statement would have run into: as if it had been the statement. */
function refused(error: Uint8Array, failing: "query" | "parse" | "bind"): Pass {
  const mark = { refusal: { bytes: error, native: null } };
  return {
    kind: "pass",
    judged: null,
    mark,
    failing,
    replacement: null,
    changes: false,
    parsed: null,
    seen: null,
  };
}

/** Kinds alone are known, or facts as far as the catalog is. */
function note(desk: Desk, parsed: readonly ParsedStatement[], facts: StatementFacts | null): Pass {
  const known: Confirmed[] = [];
  const kinds: string[] = [];
  for (const each of parsed) {
    const judgement = desk.gate.judge(each, desk.now());
    if (judgement.kind === "questions" || judgement.facts === null) kinds.push(statementKind(each.node));
    else known.push({ facts: judgement.facts, text: each.text });
  }
  const complete = kinds.length === 0;
  return {
    ...passed(desk, facts, complete ? known : []),
    seen: { kinds, facts: known.map((one) => one.facts) },
  };
}

function passed(desk: Desk, facts: StatementFacts | null, confirms: Confirmed[]): Pass {
  return {
    kind: "pass",
    judged: { decision: desk.gate.harmless, facts },
    mark: confirms.some((one) => one.facts.effects.length > 0 || desk.gate.changes(one.facts))
      ? { confirms }
      : null,
    failing: null,
    replacement: null,
    // Prepared statements are recorded by what their names stand for.
    changes: confirms.some(({ facts: { effects } }) => effects.some(({ kind }) => RENAMES.has(kind))),
    parsed: null,
    seen: null,
  };
}

const RENAMES: ReadonlySet<string> = new Set(["prepare", "deallocate", "discard"]);

function parse(desk: Desk, bytes: Uint8Array): readonly ParsedStatement[] {
  const text = utf8Decode(bytes);
  const parsed = text === null ? null : desk.gate.grammar.parse(text);
  return parsed?.ok === true ? parsed.value : [];
}
