// What one analysis gathers, and what it asks. Every visitor writes here; nothing else in this room keeps state. A question
// that the catalog cannot answer yet is noted and the analysis goes on: the caller asks PostgreSQL and analyses anew,
// until no question is left.

import type { Node } from "@pgsql/types";
import type {
  Catalog,
  FunctionInfo,
  Name,
  OperatorInfo,
  Question,
  RelationInfo,
  RelationRef,
  TypeInfo,
} from "../catalog/catalog.ts";
import type {
  Access,
  Action,
  Call,
  ColumnPlace,
  Flow,
  LiteralPlace,
  Modification,
  OutputColumn,
  Passed,
  Predicate,
  SessionEffect,
  SettingChange,
  StatementFacts,
  Unknown,
  Via,
} from "../facts/facts.ts";
import type { StatementKind } from "../facts/kinds.ts";
import type { Grammar, ParsedStatement } from "../grammar/grammar.ts";

/** What the session holds under names of its own. null: nothing of that name. */
export interface SessionNames {
  /** By SQL's PREPARE or the protocol's Parse. */
  prepared(name: string): ParsedStatement | null;
  /** Cursors and portals, with the facts of what they were opened for. */
  cursor(name: string): StatementFacts | null;
}

/** What a query gives back: its output columns in order; `null` where they cannot be told. */
export type QueryOutput = readonly OutputColumn[] | null;

/**
 * Visits one statement of any kind: the dispatcher of analyse.ts. Handed in, so that what stands inside of views, rules,
 * functions and utility statements can be visited without a circle of imports.
 */
export type Visit = (context: AnalysisContext, node: Node) => QueryOutput;

/** What stands behind a value, once it is known. */
export interface Behind {
  readonly places: readonly ColumnPlace[];
  readonly verbatim: boolean;
  readonly opaque: boolean;
}

/** The rows NEW and OLD of the rule or trigger that is being visited. */
export interface ActingRow {
  readonly relation: RelationInfo;
  /** What stands behind a column of it. */
  places(column: string): readonly ColumnPlace[];
  /** Columns of it that were referred to. */
  readonly used: Set<string>;
}

export interface Surroundings {
  readonly grammar: Grammar;
  readonly catalog: Catalog;
  readonly session: SessionNames;
}

/** How deep views, functions, rules and triggers may stand in one another. PostgreSQL has no bound; ours is generous. */
export const MAX_DEPTH = 32;

export class AnalysisContext {
  readonly surroundings: Surroundings;
  readonly #visit: Visit;
  /** The statement's own text, for the positions of errors; null: they stay unknown. */
  readonly text: string | null;
  readonly kinds = new Set<StatementKind>();
  readonly accesses: Access[] = [];
  readonly calls: Call[] = [];
  readonly modifications: Modification[] = [];
  readonly settings: SettingChange[] = [];
  readonly effects: SessionEffect[] = [];
  readonly outside = new Set<"program" | "server_file" | "library">();
  readonly unknown: Unknown[] = [];
  readonly literals: LiteralPlace[] = [];
  /** By number: of the statement, or of the prepared statement that is being visited. */
  parameters = new Map<number, Behind>();
  readonly flows: Flow[] = [];
  /** What rules return in place of a relation's columns: it is shown, and written nowhere. */
  readonly returned: Flow[] = [];
  readonly passed: Passed[] = [];
  readonly predicates: Predicate[] = [];
  /** Of the query that was visited last: what its columns may show where they could not be counted. */
  uncounted: OutputColumn | null = null;
  row: ActingRow | null = null;
  /** See StatementFacts. */
  tagCounts = true;
  readonly #questions = new Map<string, Question>();
  /**
   * A column reference that no relation of the query explains may be a variable, parameter, NEW or OLD of the function body
   * or rule that is being visited: then it is nothing unknown, and shows no column.
   */
  variables: "none" | "possible" = "none";
  /** Where the visitor is: inside of which views, functions, rules. */
  #via: readonly Via[] = [];
  #path: readonly string[] = [];

  constructor(surroundings: Surroundings, visit: Visit, text: string | null = null) {
    this.surroundings = surroundings;
    this.#visit = visit;
    this.text = text;
  }

  visit(node: Node): QueryOutput {
    return this.#visit(this, node);
  }

  get via(): readonly Via[] {
    return this.#via;
  }

  /** Like `via`, with what tells things of one name apart. */
  get path(): readonly string[] {
    return this.#path;
  }

  get questions(): readonly Question[] {
    return [...this.#questions.values()];
  }

  /**
   * Visits what stands inside of a view, function, rule …; a thing inside of itself, or too deep, is not visited again.
   * `identity`: what else tells it apart, where its name does not (overloaded functions, a view read or written).
   */
  within(via: Via, visit: () => void, identity: string | number = ""): void {
    const step = `${via.kind} ${via.name} ${identity}`;
    if (this.#path.includes(step)) return;
    if (this.#via.length >= MAX_DEPTH) {
      this.unknown.push({ what: "depth", detail: via.name, missing: null });
      return;
    }
    const outside = this.#via;
    const path = this.#path;
    this.#via = [...outside, via];
    this.#path = [...path, step];
    try {
      visit();
    } finally {
      this.#via = outside;
      this.#path = path;
    }
  }

  /** null: it does not exist; undefined: asked for, not known yet. */
  relation(name: Name): RelationInfo | null | undefined {
    return this.#ask(this.surroundings.catalog.relation(name), { kind: "relation", name });
  }

  relationByOid(oid: number): RelationInfo | null | undefined {
    return this.#ask(this.surroundings.catalog.relationByOid(oid), { kind: "relation_oid", oid });
  }

  functions(name: Name): readonly FunctionInfo[] | undefined {
    return this.#ask(this.surroundings.catalog.functions(name), { kind: "functions", name });
  }

  functionByOid(oid: number): FunctionInfo | null | undefined {
    return this.#ask(this.surroundings.catalog.functionByOid(oid), { kind: "function_oid", oid });
  }

  operators(name: Name): readonly OperatorInfo[] | undefined {
    return this.#ask(this.surroundings.catalog.operators(name), { kind: "operators", name });
  }

  type(name: Name): TypeInfo | null | undefined {
    return this.#ask(this.surroundings.catalog.type(name), { kind: "type", name });
  }

  typeByOid(oid: number): TypeInfo | null | undefined {
    return this.#ask(this.surroundings.catalog.typeByOid(oid), { kind: "type_oid", oid });
  }

  /** `below`: with what inherits from it (no ONLY). */
  access(
    relation: RelationInfo,
    action: Action,
    columns: readonly string[],
    below = true,
    weak = false,
  ): void {
    this.accesses.push({
      ...(weak ? { weak } : {}),
      relation: ref(relation),
      ancestors: relation.ancestors.map(qualified),
      descendants: below ? relation.descendants.map(qualified) : [],
      action,
      columns,
      via: this.#via,
    });
  }

  cannotTell(what: Unknown["what"], detail: string): void {
    this.unknown.push({ what, detail, missing: null });
  }

  #ask<T>(known: T | undefined, question: Question): T | undefined {
    if (known === undefined) this.#questions.set(JSON.stringify(question), question);
    return known;
  }
}

/** A column as a source; `below`: with what inherits from its relation. */
export function placeOf(relation: RelationInfo, column: string, below: boolean): ColumnPlace {
  const ancestors = relation.ancestors.map(qualified);
  const descendants = below ? relation.descendants.map(qualified) : [];
  return {
    relation: ref(relation),
    column,
    ...(ancestors.length > 0 ? { ancestors } : {}),
    ...(descendants.length > 0 ? { descendants } : {}),
  };
}

export function qualified({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`;
}

export function ref({ oid, schema, name, kind }: RelationInfo): RelationRef {
  return { oid, schema, name, kind };
}
