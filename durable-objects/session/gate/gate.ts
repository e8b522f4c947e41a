// Decides on statements: text to tree to facts to decision. Keeps what the session's PostgreSQL said of names, and forgets
// it when names may mean something else. Sends nothing: a question that has to be asked first is handed to the caller.

import {
  type Analysis,
  analyse,
  type CatalogCache,
  type Grammar,
  type ParsedStatement,
  type Question,
  type SessionNames,
  type StatementFacts,
} from "#core/sql";
import {
  type ApprovalTerms,
  type Decision,
  type Obligations,
  type Policy,
  type RefusalText,
  refusalText,
} from "#core/policy";
import { either } from "./meaning.ts";
import { maskedTypes } from "../masking/masked-types.ts";
import type { Names } from "./names.ts";

/** What the catalog said is believed for as long: another session's DDL shows after it at the latest. */
const CATALOG_FRESH_MS = 5_000;

export interface Refused {
  readonly kind: "refused";
  readonly decision: Decision;
  readonly text: RefusalText;
  /** As ErrorResponse's P, in characters of the statement's own text. */
  readonly position: number | null;
  readonly facts: StatementFacts | null;
  /** PostgreSQL would refuse it as well, in these words. */
  readonly native: boolean;
}

/** It may run when somebody has approved it, and then with these obligations. */
export interface Held {
  readonly kind: "held";
  readonly decision: Decision;
  readonly obligations: Obligations;
  readonly facts: StatementFacts;
  readonly terms: ApprovalTerms;
  /** What the agent is told of the rule. */
  readonly told: RefusalText;
}

export type Judgement =
  | {
      readonly kind: "allowed";
      readonly decision: Decision;
      readonly obligations: Obligations;
      readonly facts: StatementFacts;
    }
  | Held
  | Refused
  /** None: it refers to a name that messages on their way may change, and has to wait for their answers. */
  | { readonly kind: "questions"; readonly questions: readonly Question[] };

export interface GateDeps {
  readonly grammar: Grammar;
  readonly catalog: CatalogCache;
  readonly policy: Policy;
  /** Why the policy refuses everything, where that is not the document's doing. */
  readonly problem: string | null;
}

const NONE: ReadonlySet<string> = new Set();

export class Gate {
  readonly #deps: GateDeps;
  readonly names: Names;
  #policy: Policy;
  #harmless: Decision;
  #problem: string | null;
  #facts = new WeakMap<ParsedStatement, StatementFacts>();
  /** Prepared statements that what was analysed last refers to. */
  #executed: ReadonlySet<string> = NONE;
  /** Of a PREPARE: what it prepares. */
  readonly #inner = new WeakMap<StatementFacts, StatementFacts>();
  #learntAt = 0;
  /** Names may have changed inside of the transaction that runs. */
  #dirty = false;
  /** Starts of statements in the last minute, for `statements_per_minute`. */
  readonly #recent: number[] = [];

  constructor(deps: GateDeps, names: Names) {
    this.#deps = deps;
    this.names = names;
    this.#policy = deps.policy;
    this.#harmless = harmless(deps.policy);
    this.#problem = deps.problem;
  }

  get policy(): Policy {
    return this.#policy;
  }

  /** From the next message on. */
  govern(policy: Policy, problem: string | null): void {
    this.#policy = policy;
    this.#harmless = harmless(policy);
    this.#problem = problem;
  }

  /** For messages that ask nothing of a statement (Describe, Sync, Close …), and for all under an open policy. */
  get harmless(): Decision {
    return this.#harmless;
  }

  get grammar(): Grammar {
    return this.#deps.grammar;
  }

  get catalog(): CatalogCache {
    return this.#deps.catalog;
  }

  /** Decides on a statement that is about to be prepared, bound or run. */
  judge(parsed: ParsedStatement, now: number): Judgement {
    const analysis = this.#analyse(parsed, now);
    const executed = this.#executed;
    if (analysis.kind !== "facts") return analysis;
    const unknownTypes =
      this.#policy.masks === null ? [] : maskedTypes(analysis.facts, this.#policy.masks, this.#deps.catalog);
    if (unknownTypes.length > 0) return { kind: "questions", questions: unknownTypes };
    const inner = "PrepareStmt" in parsed.node ? parsed.node.PrepareStmt.query : undefined;
    if (inner !== undefined && !this.#inner.has(analysis.facts)) {
      const prepares = this.#analyse({ ...parsed, node: inner }, now);
      if (prepares.kind !== "facts") return prepares;
      this.#inner.set(analysis.facts, prepares.facts);
    }
    const judged = this.weigh(analysis.facts, now);
    if (judged.kind === "refused") return judged;
    // PostgreSQL may plan it anew for this, and go on with that plan later (EXPLAIN EXECUTE does so as well).
    for (const name of executed) {
      const tree = this.names.prepared(name);
      const again = tree === null ? null : this.#analyse(tree, now);
      if (again?.kind === "questions") return again;
      const meaning = this.names.meaning(name);
      if (again !== null)
        this.names.meant(name, meaning === null ? again.facts : either(again.facts, meaning));
    }
    return judged;
  }

  weigh(facts: StatementFacts, now: number): Exclude<Judgement, { kind: "questions" }> {
    const { decision, obligations } = this.policy.decide(facts, now);
    if (decision.effect === "allow" || decision.effect === "observe")
      return { kind: "allowed", decision, obligations, facts };
    const told = refusalText(decision, facts);
    const terms = obligations.approval;
    if (terms !== null) return { kind: "held", decision, obligations, facts, terms, told };
    const text =
      this.#problem === null || told.detail === ""
        ? told
        : { ...told, hint: `Tell the gateway's admin: ${this.#problem}.` };
    const position = facts.unknown.find(({ missing }) => missing !== null)?.missing?.position ?? null;
    return { kind: "refused", decision, text, position, facts, native: text.detail === "" };
  }

  /** For what has no facts: `rule` is one of ours, `text` what the agent is told beside the rule. */
  refuse(rule: string, text: Omit<RefusalText, "detail">): Refused {
    const decision = this.policy.refuse(rule, []);
    const { detail } = refusalText(decision, null);
    return {
      kind: "refused",
      decision,
      text: { ...text, detail },
      position: null,
      facts: null,
      native: false,
    };
  }

  /** For what PostgreSQL itself would refuse, in its words. */
  fails(rule: string, text: Omit<RefusalText, "detail">, position: number | null = null): Refused {
    const decision = this.policy.refuse(rule, []);
    return { kind: "refused", decision, text: { ...text, detail: "" }, position, facts: null, native: true };
  }

  /** Counts a statement that begins; false when it is one too many. */
  begins(now: number): boolean {
    const limit = this.policy.limits.statementsPerMinute;
    if (limit === null) return true;
    while ((this.#recent[0] ?? now) <= now - 60_000) this.#recent.shift();
    if (this.#recent.length >= limit) return false;
    this.#recent.push(now);
    return true;
  }

  changes(facts: StatementFacts): boolean {
    return changesNames(facts);
  }

  /** A transaction command that comes now may change what names mean. */
  get dirty(): boolean {
    return this.#dirty;
  }

  /** PostgreSQL confirmed a statement. */
  confirmed(facts: StatementFacts, text: string): void {
    this.names.confirmed(facts.effects, text, facts, this.#inner.get(facts) ?? null);
    if (changesNames(facts)) {
      this.#dirty = true;
      this.#move();
    }
    if (this.#dirty && facts.effects.some(({ kind }) => kind === "transaction")) this.#move();
  }

  /** A statement failed, or a transaction ended: what it had changed is taken back. */
  failed(): void {
    if (this.#dirty) this.#move();
  }

  transactionEnded(): void {
    if (this.#dirty) this.#move();
    this.#dirty = false;
    this.names.transactionEnded();
  }

  #move(): void {
    this.forget();
    this.names.moved();
  }

  forget(): void {
    this.#deps.catalog.forget();
    this.#facts = new WeakMap();
  }

  #analyse(parsed: ParsedStatement, now: number): Analysis {
    if (now - this.#learntAt > CATALOG_FRESH_MS) {
      this.forget();
      this.#learntAt = now;
    }
    this.#executed = NONE;
    const known = this.#facts.get(parsed);
    if (known !== undefined) return { kind: "facts", facts: known };
    const { grammar, catalog } = this.#deps;
    const { names } = this;
    const executed = new Set<string>();
    let refers = false;
    let unsettled = false;
    const session: SessionNames = {
      prepared: (name) => {
        executed.add(name);
        unsettled ||= names.isUnsettled("statement", name);
        return names.prepared(name);
      },
      cursor: (name) => {
        refers = true;
        unsettled ||= names.isUnsettled("portal", name);
        return names.cursor(name);
      },
    };
    const analysis = analyse(parsed, { grammar, catalog, session });
    this.#executed = executed;
    if (unsettled) return { kind: "questions", questions: [] };
    if (analysis.kind === "questions") return analysis;
    // The facts of what refers to a prepared statement or cursor are those of what its name stands for now.
    if (!refers && executed.size === 0) this.#facts.set(parsed, analysis.facts);
    let { facts } = analysis;
    for (const name of executed) {
      const meaning = names.meaning(name);
      if (meaning !== null) facts = either(facts, meaning, [{ kind: "prepared", name }]);
    }
    return { kind: "facts", facts };
  }
}

/** What needs no decision of its own. */
function harmless({ open, version }: Policy): Decision {
  const rule = open ? "open" : "protocol";
  return { effect: "allow", rule, policyVersion: version, matched: [], recorded: true };
}

/** After it names may mean something else, or prepared statements and cursors be others. */
export function changesNames(facts: StatementFacts): boolean {
  return (
    facts.effects.some(({ kind }) => kind === "names" || kind === "discard") ||
    facts.settings.some(({ name }) => NAMING_SETTINGS.has(name)) ||
    facts.calls.some(
      ({ examined, function: { schema, name, volatility, language } }) =>
        name === "set_config" ||
        (schema !== "pg_catalog" &&
          (volatility === "volatile" || (!examined && language !== "c" && language !== "internal"))),
    )
  );
}

const NAMING_SETTINGS: ReadonlySet<string> = new Set([
  "*",
  "search_path",
  "role",
  "session_authorization",
  "row_security",
]);

/** Nothing that follows is decided before it is answered: it changes what names, prepared statements and cursors are. */
export function changesSession(facts: StatementFacts): boolean {
  return changesNames(facts) || facts.effects.some(({ kind }) => !HARMLESS_EFFECTS.has(kind));
}

/** Its completion has to be noted. */
export function leavesTraces(facts: StatementFacts): boolean {
  return changesNames(facts) || facts.effects.length > 0;
}

/** A transaction's end takes back what was changed in it: then alone it matters to names. */
const HARMLESS_EFFECTS: ReadonlySet<string> = new Set(["listen", "unlisten", "transaction"]);
