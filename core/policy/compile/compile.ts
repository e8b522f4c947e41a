// A document, for one principal on one target -> a Policy. The order of questions is the one that docs/policy.md promises:
// what is not understood and what nobody can allow; the document's rules, first match decides; the lists; the profile's
// rules; refusal. What passes is asked last whether it would show what is masked.

import { type Access, KIND_CLASSES, type StatementFacts, type StatementKind } from "#core/sql";
import { type ApprovalTerms, termsWith } from "../approval-terms.ts";
import { type Decision, type Effect, recordedAt } from "../decision.ts";
import type { PolicyDocument, Rule } from "../document/document.ts";
import type { Obligations, Policy } from "../policy.ts";
import type { RelationPrivileges, RelationShape } from "../privileges.ts";
import { type RecordLevel, stricter } from "../recording.ts";
import { Condition, type Coverage, wordKind, wordOutside } from "./conditions.ts";
import type { ActiveGrant } from "../grants.ts";
import { FunctionLists } from "./functions.ts";
import { type GrantConditions, grantConditions, grantsUsed, requestHint } from "./grants.ts";
import { type Asker, type Layers, layersOf } from "./layers.ts";
import { type CompiledMasks, compileMasks } from "./masks.ts";
import { MaskRules } from "./mask-rules.ts";
import { PrivilegeRules } from "./privileges.ts";
import { RelationLists } from "./relations.ts";
import { isTrusted, isWrite, see, type Seen, type Trust } from "./seen.ts";
import { SettingRules } from "./settings.ts";
import type { Objection } from "./verdict.ts";

const NO_OBLIGATIONS: Obligations = {
  approval: null,
  leavesRows: false,
  countRows: false,
  replaceWith: null,
  grants: [],
};

/** `grants`: what the asker has just in time. */
export function compilePolicy(
  document: PolicyDocument,
  version: string,
  asker: Asker,
  grants: readonly ActiveGrant[] = [],
): Policy {
  const layers = layersOf(document, asker);
  const masks = compileMasks(layers, grants);
  const engine = new Engine(layers, version, asker.target, grants, masks);
  return {
    version,
    open: layers.open,
    readOnly: layers.profile === "read-only",
    limits: layers.limits,
    recording: {
      unavailable: layers.recordUnavailable,
      ceiling: layers.recordCeiling,
      maybePartly: mayStorePartly(layers),
    },
    masks,
    decide: (facts, now) => engine.decide(facts, now),
    privilegesOn: (relation) => engine.privilegesOn(relation),
    grantsFunction: (name) => engine.grantsFunction(name),
    refuse: (rule, matched) => engine.decision(layers.open ? "allow" : "deny", rule, matched),
  };
}

/** Refusals that a grant would be a way round. */
const GRANTS_HELP: ReadonlySet<string> = new Set(["relations.read", "relations.write", "default"]);

interface Outcome {
  readonly effect: Effect;
  readonly rule: string;
  readonly matched: readonly string[];
  readonly hint?: string;
  readonly record?: RecordLevel | null;
  readonly approval?: ApprovalTerms;
  /** Id of the grant that allows it. */
  readonly grant?: string;
}

class Engine {
  readonly #layers: Layers;
  readonly #version: string;
  readonly #target: string;
  readonly #rules: readonly Condition[];
  readonly #grants: readonly GrantConditions[];
  readonly #active: readonly ActiveGrant[];
  readonly #profileRules: readonly Condition[];
  readonly #relations: RelationLists;
  readonly #functions: FunctionLists;
  readonly #settings: SettingRules;
  readonly #trust: Trust;
  readonly #masks: CompiledMasks | null;
  readonly #maskRules: MaskRules | null;
  readonly #privileges: PrivilegeRules;

  constructor(
    layers: Layers,
    version: string,
    target: string,
    grants: readonly ActiveGrant[],
    masks: CompiledMasks | null,
  ) {
    this.#layers = layers;
    this.#version = version;
    this.#target = target;
    this.#masks = masks;
    this.#rules = layers.rules.map((rule) => new Condition(rule));
    this.#active = grants;
    this.#grants = grantConditions(grants, layers.read);
    this.#profileRules = layers.profileRules.map((rule) => new Condition(rule));
    this.#relations = new RelationLists(layers);
    this.#functions = new FunctionLists(layers);
    this.#settings = new SettingRules(layers);
    this.#privileges = new PrivilegeRules(layers, this.#relations, [
      ...layers.rules,
      ...this.#grants.map(({ whole }) => whole.rule),
    ]);
    this.#trust = { view: this.#relations.trust, function: this.#functions.trust };
    this.#maskRules = masks === null ? null : new MaskRules(masks, this.#trust);
  }

  privilegesOn(relation: RelationShape): RelationPrivileges {
    return this.#privileges.on(relation);
  }

  grantsFunction(name: { readonly schema: string; readonly name: string }): boolean {
    return this.#functions.grants(name);
  }

  decision(
    effect: Effect,
    rule: string,
    matched: readonly string[],
    hint?: string,
    said: RecordLevel | null = null,
  ): Decision {
    const level = this.#layers.unrecorded.has(rule) ? "counts" : (said ?? this.#layers.recordLevel);
    const decision = recordedAt(level, { effect, rule, policyVersion: this.#version, matched });
    return hint === undefined ? decision : { ...decision, hint };
  }

  decide(
    facts: StatementFacts,
    now: number,
  ): { readonly decision: Decision; readonly obligations: Obligations } {
    if (this.#layers.open)
      return { decision: this.decision("allow", "owner.everything", []), obligations: NO_OBLIGATIONS };
    const pass = new Pass();
    const outcome = this.#outcome(facts, now, pass);
    // Nobody approves what would show masked values.
    const masked = outcome.effect === "deny" ? null : (this.#maskRules?.objection(facts) ?? null);
    const judgedBy: Outcome = masked === null ? outcome : refusal(masked);
    const { effect, rule, matched, hint, record = null, approval = null } = judgedBy;
    const passes = effect === "allow";
    const observed = passes ? pass.observed : null;
    const request = effect === "deny" && GRANTS_HELP.has(rule) ? this.#requestHint(facts) : null;
    const judged = this.decision(
      observed === null ? effect : "observe",
      observed?.rule ?? rule,
      observed?.matched ?? matched,
      request ?? hint,
      saidOfBoth(record, observed?.record ?? null),
    );
    const exempted = this.#masks?.exempted(facts) ?? [];
    const decision = exempted.length === 0 ? judged : { ...judged, exempted };
    if (!passes && approval === null) return { decision, obligations: NO_OBLIGATIONS };
    const { rowsChanged, rowsChangedSession } = this.#layers.limits;
    const grants = grantsUsed(this.#active, judgedBy.grant ?? null, exempted);
    const counts = grants.some(
      ({ limits }) => limits.rowsChanged !== null || limits.rowsChangedInAll !== null,
    );
    const obligations = {
      approval,
      leavesRows: pass.leavesRows,
      countRows: (counts || rowsChanged !== null || rowsChangedSession !== null) && mayChangeRows(facts),
      replaceWith: this.#settings.replacement(facts),
      grants,
    };
    return { decision, obligations };
  }

  #requestHint(facts: StatementFacts): string | null {
    const { grants } = this.#layers;
    const mayRead = (access: Access): boolean =>
      access.action === "select" && this.#relations.objection(access) === null;
    return grants === null ? null : requestHint(grants, facts, { target: this.#target, mayRead });
  }

  #outcome(facts: StatementFacts, now: number, pass: Pass): Outcome {
    const unknown = facts.unknown.filter(({ via }) => !isTrusted(via, this.#trust, true));
    const [first] = unknown;
    if (first !== undefined || facts.kinds.includes("unknown")) {
      const matched = unknown
        .slice(0, 5)
        .map(({ what, detail }) => `${what.replaceAll("_", " ")} ${detail} is not understood`);
      return { effect: "deny", rule: "not_understood", matched };
    }
    const seen = see(facts, this.#trust);
    const denied = this.#denied(seen);
    if (denied !== null) return refusal(denied);
    const documented = this.#ruledAlone(firstMatch(this.#rules, seen, now, pass, null), seen, now);
    const ruled = this.#granted(seen, now, pass, documented?.outcome.effect ?? null) ?? documented;
    if (ruled !== null && ruled.outcome.effect !== "allow") return ruled.outcome;
    const coverage = ruled?.coverage ?? null;
    const listed = this.#objection(seen, coverage);
    if (listed !== null) return refusal(listed);
    const profiled = firstMatch(this.#profileRules, seen, now, pass, coverage);
    if (profiled !== null && profiled.outcome.effect !== "allow") return profiled.outcome;
    if (ruled !== null && (coverage?.kinds === true || this.#listsCover(seen))) return ruled.outcome;
    if (profiled !== null) return ruled?.outcome ?? profiled.outcome;
    if (this.#layers.profile === null && this.#listsCover(seen))
      return { effect: "allow", rule: "relations", matched: [...seen.kinds].map(wordKind) };
    return {
      effect: "deny",
      rule: "default",
      matched: [...seen.kinds].map((kind) => `runs ${wordKind(kind)}`),
    };
  }

  /** What was granted needs no approval and no list; what a rule denies stays denied. */
  #granted(seen: Seen, now: number, pass: Pass, documented: Effect | null): Matched | null {
    if (documented === "deny") return null;
    for (const { id, whole, joined } of this.#grants) {
      const by = (match: Matched): Matched => ({ ...match, outcome: { ...match.outcome, grant: id } });
      const all = firstMatch([whole], seen, now, pass, null);
      if (all !== null) return by(all);
      if (joined === null || documented === "approve" || whole.some(seen, now) === null) continue;
      const beside = firstMatch([joined], seen, now, pass, null);
      if (beside !== null) return by(beside);
    }
    return null;
  }

  /**
   * A rule that asks fits one thing of the statement, and is asked before the lists: a person sees all of it, and may let it go. Where
   * few rows are all that is looked at, nobody does: so what a list or a rule further down has against the rest of it is for a person.
   * Nor is it tried out to count them: how long that takes can be made to tell of what it reads.
   */
  #ruledAlone(match: Matched | null, seen: Seen, now: number): Matched | null {
    const terms = match?.outcome.approval;
    if (match === null || terms?.count === undefined) return match;
    const { condition, outcome } = match;
    const coverage = condition.every(seen, now)?.coverage ?? null;
    const below = this.#rules.slice(this.#rules.indexOf(condition) + 1);
    const next = firstMatch(below, seen, now, new Pass(), coverage ?? NO_COVERAGE);
    const objects =
      this.#objection(seen, coverage) !== null || (next !== null && next.outcome.effect !== "allow");
    if (!objects) return match;
    const { autoUnderRows: _auto, ...approval } = terms;
    return { ...match, outcome: { ...outcome, approval: { ...approval, count: "withheld" } } };
  }

  #denied({ accesses, calls, settings }: Seen): Objection | null {
    return (
      firstOf(accesses, (access) => this.#relations.denied(access)) ??
      firstOf(calls, (call) => this.#functions.denied(call)) ??
      firstOf(settings, (change) => this.#settings.denied(change))
    );
  }

  #objection({ accesses, calls, settings, facts }: Seen, coverage: Coverage | null): Objection | null {
    const covers = coverage ?? NO_COVERAGE;
    const objection =
      firstOf(accesses, (access) => {
        if (covers.access?.(access) !== true) return this.#relations.objection(access);
        return covers.columns ? null : this.#relations.columnObjection(access);
      }) ??
      firstOf(calls, (call) => this.#functions.objection(call, facts, covers.call?.(call) ?? "none")) ??
      (covers.settings ? null : firstOf(settings, (change) => this.#settings.objection(change, facts)));
    const [outside] = facts.outside;
    if (objection !== null || outside === undefined || covers.outside || this.#layers.safeguards === "none")
      return objection;
    const hint =
      "Use COPY … FROM STDIN or TO STDOUT: what lies outside of the database needs a rule with outside.";
    return { rule: "safeguards.outside", words: wordOutside(outside), hint };
  }

  /** Without a profile, lists grant the commands that work on rows: reading what may be read, writing what may be written. */
  #listsCover({ kinds }: Seen): boolean {
    return [...kinds].every((kind) => {
      if (kind === "select" || kind === "copy_to") return this.#layers.read.length > 0;
      return GRANTED_BY_WRITE.has(kind) && this.#layers.write.length > 0;
    });
  }
}

const GRANTED_BY_WRITE: ReadonlySet<StatementKind> = new Set([
  "insert",
  "update",
  "delete",
  "merge",
  "copy_from",
]);

const NO_COVERAGE: Coverage = {
  kinds: false,
  access: null,
  columns: false,
  call: null,
  settings: false,
  outside: false,
  unbounded: false,
};

/** What the rules that were passed by have left behind. */
class Pass {
  leavesRows = false;
  observed: {
    readonly rule: string;
    readonly matched: readonly string[];
    readonly record: RecordLevel | null;
  } | null = null;
}

interface Matched {
  readonly condition: Condition;
  readonly outcome: Outcome;
  readonly coverage: Coverage | null;
}

function firstMatch(
  rules: readonly Condition[],
  seen: Seen,
  now: number,
  pass: Pass,
  covered: Coverage | null,
): Matched | null {
  for (const condition of rules) {
    const { rule } = condition;
    if (rule.effect === "allow") {
      const match = condition.every(seen, now);
      if (match === null) continue;
      pass.leavesRows ||= match.byEffect;
      return { condition, outcome: toOutcome(rule, match.words), coverage: match.coverage };
    }
    if (covered !== null && isCovered(condition, covered)) continue;
    const match = condition.some(seen, now);
    if (match === null) continue;
    if (rule.effect === "observe") {
      pass.observed ??= { rule: rule.id, matched: match.words, record: rule.record };
      continue;
    }
    if (!match.byEffect) return { condition, outcome: toOutcome(rule, match.words), coverage: null };
    // It holds only if no row is left untouched: so that is what the caller has to see to.
    pass.leavesRows = true;
  }
  return null;
}

/** A rule of the profile that asks about nothing but what a rule of the document has allowed. */
function isCovered({ asks }: Condition, covered: Coverage): boolean {
  const sorts = (Object.keys(asks) as (keyof Coverage)[]).filter((sort) => asks[sort]);
  return sorts.length > 0 && sorts.every((sort) => covered[sort] !== null && covered[sort] !== false);
}

function toOutcome({ id, effect, record, hint, approve }: Rule, matched: readonly string[]): Outcome {
  const approval = effect === "approve" ? { approval: approve ?? termsWith({}) } : {};
  const outcome = { effect, rule: id, matched, record, ...approval };
  return hint === null ? outcome : { ...outcome, hint };
}

/** Of the rule that decided and the one that observed: what keeps less. */
function saidOfBoth(decided: RecordLevel | null, observed: RecordLevel | null): RecordLevel | null {
  return decided === null || observed === null ? (decided ?? observed) : stricter(decided, observed);
}

/** Statements of one message may be kept at different levels, and a ceiling may be passed in the middle. */
function mayStorePartly({ rules, unrecorded, recordLevel, recordCeiling }: Layers): boolean {
  const { statement, session, past } = recordCeiling;
  return (
    (past === "truncate" && (statement !== null || session !== null)) ||
    recordLevel !== "rows" ||
    unrecorded.size > 0 ||
    rules.some(({ record }) => (record ?? "rows") !== "rows")
  );
}

function refusal({ rule, words, hint }: Objection): Outcome {
  return { effect: "deny", rule, matched: [words], hint };
}

function firstOf<T>(items: readonly T[], ask: (item: T) => Objection | null): Objection | null {
  for (const item of items) {
    const objection = ask(item);
    if (objection !== null) return objection;
  }
  return null;
}

/** Trusted or not: rows are counted wherever they change. */
function mayChangeRows({ executes, kinds, accesses, calls }: StatementFacts): boolean {
  if (!executes) return false;
  return (
    kinds.some(
      (kind) => (KIND_CLASSES[kind] === "write" && kind !== "lock") || ROWS_FROM_QUERIES.has(kind),
    ) ||
    accesses.some(({ action }) => isWrite(action)) ||
    calls.some(
      ({ examined, function: { schema, volatility } }) =>
        !examined && volatility === "volatile" && schema !== "pg_catalog",
    )
  );
}

const ROWS_FROM_QUERIES: ReadonlySet<StatementKind> = new Set([
  "create_table_as",
  "select_into",
  "refresh_materialized_view",
  "do",
  "call",
]);
