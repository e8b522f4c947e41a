// Whether a rule's conditions hold of a statement. A rule that refuses, holds or observes needs one thing in the statement
// that fits; a rule that allows has to fit everything of the sorts that it names, and says what it thereby covers.

import type { Access, Call, Modification, SettingChange, StatementKind } from "#core/sql";
import type { Rule, When } from "../document/document.ts";
import { type ColumnPattern, globMatches, isAny, partMatches } from "../document/patterns.ts";
import { NameList } from "./name-list.ts";
import { isSensitive } from "./relations.ts";
import { isWrite, type Seen } from "./seen.ts";
import { isWithin } from "./time.ts";
import { wordAccess, wordCall, wordColumn, wordModification, wordSetting } from "./words.ts";

/** What an allow rule answers for; the lists and the profile judge the rest. */
export interface Coverage {
  readonly kinds: boolean;
  readonly access: ((access: Access) => boolean) | null;
  /** Column lists are for it too. */
  readonly columns: boolean;
  readonly call: ((call: Call) => CallCoverage) | null;
  readonly settings: boolean;
  readonly outside: boolean;
  readonly unbounded: boolean;
}

/** `granted`: as a list by wildcard would; `trusted`: by its exact name, and so safeguards are not asked. */
export type CallCoverage = "none" | "granted" | "trusted";

export interface Match {
  readonly words: readonly string[];
  /** It would have held, or does, only if what depends on the data is unbounded. */
  readonly byEffect: boolean;
}

const WORDS_SHOWN = 5;

export class Condition {
  readonly rule: Rule;
  readonly #when: When;
  readonly #relations: NameList | null;
  readonly #functions: NameList | null;
  readonly #columns: readonly ColumnPattern[] | null;
  readonly #asksAccess: boolean;
  readonly #asksCall: boolean;

  constructor(rule: Rule) {
    this.rule = rule;
    const { when } = rule;
    this.#when = when;
    this.#relations = when.relation === null ? null : new NameList(when.relation);
    this.#functions = when.function === null ? null : new NameList(when.function);
    this.#columns = when.column;
    this.#asksCall =
      when.function !== null ||
      when.volatility !== null ||
      when.securityDefiner !== null ||
      when.language !== null ||
      when.examined !== null;
    this.#asksAccess =
      when.relation !== null ||
      when.column !== null ||
      when.action !== null ||
      (when.via !== null && !this.#asksCall);
  }

  /** The sorts of facts that it asks about. */
  get asks(): { readonly [Sort in keyof Coverage]: boolean } {
    return {
      kinds: this.#when.kind !== null,
      access: this.#asksAccess,
      columns: this.#when.column !== null,
      call: this.#asksCall,
      settings: this.#when.setting !== null,
      outside: this.#when.outside !== null,
      unbounded: this.#when.bounded !== null,
    };
  }

  /** One thing fits. `strict`: what is bounded by its effect alone counts as unbounded. */
  some(seen: Seen, now: number): Match | null {
    const when = this.#when;
    if (when.time !== null && !isWithin(when.time, now)) return null;
    const words: string[] = [];
    let byEffect = false;
    if (when.bounded !== null) {
      const found = seen.modifications.filter((modification) => this.#modification(modification, seen));
      const certain = found.filter(({ bounded }) =>
        when.bounded ? bounded !== "unbounded" : bounded === "unbounded",
      );
      const perhaps = found.filter(({ bounded }) => bounded === "by_effect");
      if (certain.length === 0 && perhaps.length === 0) return null;
      byEffect = certain.length === 0 && !when.bounded;
      words.push(...(certain.length > 0 ? certain : perhaps).map(wordModification));
    } else if (when.kind !== null && when.kind !== "any") {
      const kinds = [...seen.kinds].filter((kind) => this.#kind(kind));
      if (kinds.length === 0) return null;
      words.push(...kinds.map(wordKind));
    }
    if (this.#asksAccess && (when.bounded === null || when.column !== null)) {
      const found = seen.accesses.filter((access) => this.#someAccess(access));
      if (found.length === 0) return null;
      words.push(...found.map((access) => this.#wordAccess(access)));
    }
    if (this.#asksCall) {
      const found = seen.calls.filter((call) => this.#call(call));
      if (found.length === 0) return null;
      words.push(...found.map(wordCall));
    }
    if (when.setting !== null) {
      const found = seen.settings.filter((setting) => this.#someSetting(setting));
      if (found.length === 0) return null;
      words.push(...found.map(wordSetting));
    }
    if (when.outside !== null) {
      const found = seen.facts.outside.filter((outside) => when.outside?.includes(outside));
      if (found.length === 0) return null;
      words.push(...found.map(wordOutside));
    }
    return { words: [...new Set(words)].slice(0, WORDS_SHOWN), byEffect };
  }

  /** Everything of the sorts that it names fits, and there is something of each. */
  every(seen: Seen, now: number): (Match & { readonly coverage: Coverage }) | null {
    const when = this.#when;
    if (when.time !== null && !isWithin(when.time, now)) return null;
    if (when.kind !== null) for (const kind of seen.kinds) if (!this.#kind(kind)) return null;
    let byEffect = false;
    if (when.bounded === true)
      for (const { bounded } of seen.modifications) {
        if (bounded === "unbounded") return null;
        byEffect ||= bounded === "by_effect";
      }
    if (this.#asksAccess) {
      const asked = seen.accesses.filter((access) => this.#concernsAccess(access));
      if (asked.length === 0 || !asked.every((access) => this.#wholeAccess(access))) return null;
    }
    if (this.#asksCall) {
      const asked = seen.calls.filter(({ via }) => this.#via(via));
      if (asked.length === 0 || !asked.every((call) => this.#call(call))) return null;
    }
    if (when.setting !== null) {
      if (seen.settings.length === 0) return null;
      if (!seen.settings.every((setting) => this.#wholeSetting(setting))) return null;
    }
    if (when.outside !== null) {
      if (seen.facts.outside.length === 0) return null;
      if (!seen.facts.outside.every((outside) => when.outside?.includes(outside))) return null;
    }
    const coverage: Coverage = {
      kinds: when.kind !== null,
      access: this.#asksAccess ? (access): boolean => this.#concernsAccess(access) : null,
      columns: when.column !== null,
      call: this.#asksCall ? (call): CallCoverage => this.#covers(call) : null,
      settings: when.setting !== null,
      outside: when.outside !== null,
      unbounded: when.bounded === false,
    };
    return { words: [...seen.kinds].map(wordKind).slice(0, WORDS_SHOWN), byEffect, coverage };
  }

  #kind(kind: StatementKind): boolean {
    const asked = this.#when.kind;
    return asked === null || asked === "any" || asked.has(kind);
  }

  /** Its kind is what it does; what carries it (MERGE, DO …) counts by its own name too. */
  #modification({ action, relation, via }: Modification, seen: Seen): boolean {
    const { kind, action: actions } = this.#when;
    if (actions !== null && !actions.includes(action)) return false;
    if (kind !== null && kind !== "any") {
      const carried = [...seen.kinds].some(
        (carrier) => !isWrite(carrier as Access["action"]) && kind.has(carrier),
      );
      if (!kind.has(action) && !carried) return false;
    }
    if (!this.#via(via)) return false;
    if (this.#relations === null) {
      // A session's own temporary rows; DELETE without WHERE is how one empties them.
      return relation.schema !== "pg_temp";
    }
    const relations = this.#relations;
    return (
      relations.matches(relation.schema, relation.name) ||
      seen.accesses.some(
        (access) =>
          access.relation.oid === relation.oid &&
          [...access.ancestors, ...access.descendants].some((name) => relations.matchesQualified(name)),
      )
    );
  }

  #concernsAccess({ action, via }: Access): boolean {
    return (this.#when.action === null || this.#when.action.includes(action)) && this.#via(via);
  }

  #someAccess(access: Access): boolean {
    if (!this.#concernsAccess(access)) return false;
    const { relation, ancestors, descendants } = access;
    const relations = this.#relations;
    const named =
      relations === null ||
      relations.matches(relation.schema, relation.name) ||
      ancestors.some((name) => relations.matchesQualified(name)) ||
      descendants.some((name) => relations.matchesQualified(name));
    return named && (this.#columns === null || this.#touched(access).length > 0);
  }

  #wholeAccess({ relation, ancestors, descendants, columns }: Access): boolean {
    const relations = this.#relations;
    if (relations !== null) {
      if (!relations.grants(relation.schema, relation.name)) return false;
      if (isSensitive({ relation, columns }) && !relations.names(relation.schema, relation.name))
        return false;
      if ([...ancestors, ...descendants].some((name) => relations.excludesQualified(name))) return false;
    }
    const patterns = this.#columns;
    if (patterns === null) return true;
    const fits = (column: string): boolean => {
      const own = patterns.filter((pattern) => isOf(pattern, relation));
      const positive = own.some(
        (pattern) =>
          !pattern.negated && (column === "*" ? isAny(pattern.column) : partMatches(pattern.column, column)),
      );
      const negative = own.some(
        (pattern) => pattern.negated && (column === "*" || partMatches(pattern.column, column)),
      );
      return positive && !negative;
    };
    return columns.length > 0 && columns.every(fits);
  }

  /** The columns of an access that its patterns name; "*" is all of them. */
  #touched({ relation, columns }: Access): readonly string[] {
    const own = (this.#columns ?? []).filter((pattern) => isOf(pattern, relation));
    const positive = own.filter(({ negated }) => !negated);
    const negative = own.filter(({ negated }) => negated);
    return columns
      .filter(
        (column) =>
          column === "*" ||
          ((positive.length === 0
            ? negative.length > 0
            : positive.some((pattern) => partMatches(pattern.column, column))) &&
            !negative.some((pattern) => partMatches(pattern.column, column))),
      )
      .filter(() => own.length > 0);
  }

  #wordAccess(access: Access): string {
    const column = this.#columns === null ? undefined : this.#touched(access)[0];
    return column === undefined ? wordAccess(access) : wordColumn(access, column);
  }

  #call({ function: called, examined, via }: Call): boolean {
    const { volatility, securityDefiner, language, examined: asked } = this.#when;
    return (
      (this.#functions === null || this.#functions.matches(called.schema, called.name)) &&
      (volatility === null || volatility.includes(called.volatility)) &&
      (securityDefiner === null || securityDefiner === called.securityDefiner) &&
      (language === null || language.includes(called.language)) &&
      (asked === null || asked === examined) &&
      this.#via(via)
    );
  }

  #covers({ function: { schema, name }, via }: Call): CallCoverage {
    if (!this.#via(via)) return "none";
    return this.#functions?.names(schema, name) === true ? "trusted" : "granted";
  }

  #someSetting({ name }: SettingChange): boolean {
    return name === "?" || name === "*" || this.#wholeSetting({ name });
  }

  #wholeSetting({ name }: Pick<SettingChange, "name">): boolean {
    return name !== "?" && (this.#when.setting ?? []).some((glob) => globMatches(glob, name));
  }

  #via(via: Access["via"]): boolean {
    const asked = this.#when.via;
    return asked === null || via.some(({ kind }) => asked.includes(kind));
  }
}

function isOf({ relation }: ColumnPattern, { schema, name }: Access["relation"]): boolean {
  return (
    relation === null ||
    ((relation.schema === null || partMatches(relation.schema, schema)) && partMatches(relation.name, name))
  );
}

export function wordKind(kind: StatementKind): string {
  return kind.toUpperCase().replaceAll("_", " ");
}

export function wordOutside(outside: "program" | "server_file" | "library"): string {
  return { program: "runs a program", server_file: "uses a file of the server", library: "loads a library" }[
    outside
  ];
}
