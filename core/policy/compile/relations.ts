// Relations and columns against the lists: what is denied, and what was never granted.

import type { Access } from "#core/sql";
import {
  CATALOG_SCHEMAS,
  SYSTEM_SCHEMAS,
  SENSITIVE_CATALOGS,
  SENSITIVE_COLUMNS,
  SENSITIVE_NAMES,
} from "../builtin/relations.ts";
import type { ColumnLists } from "../document/document.ts";
import { type ColumnPattern, isAny, partMatches } from "../document/patterns.ts";
import type { Layers } from "./layers.ts";
import { NameList } from "./name-list.ts";
import type { Trust } from "./seen.ts";
import type { Objection } from "./verdict.ts";
import { nameOf, quoteName, wordAccess, wordColumn } from "./words.ts";

const NAMES_SHOWN = 8;

interface CompiledColumns extends ColumnLists {
  readonly relations: NameList;
}

export class RelationLists {
  readonly #read: NameList;
  readonly #write: NameList;
  readonly #deny: NameList | null;
  readonly #columns: readonly CompiledColumns[];
  readonly #layers: Layers;

  constructor(layers: Layers) {
    this.#layers = layers;
    this.#read = new NameList(layers.read);
    this.#write = new NameList(layers.write);
    this.#deny = layers.deny.length === 0 ? null : new NameList(layers.deny);
    this.#columns = layers.columns.map((entry) => ({ ...entry, relations: new NameList([entry.relation]) }));
  }

  /** A view named for writing is trusted when read, too. */
  readonly trust: Trust["view"] = (qualified, writes) =>
    this.#write.trusts(qualified) || (!writes && this.#read.trusts(qualified));

  /** What no rule can allow. */
  denied(access: Access): Objection | null {
    const { relation, ancestors, descendants } = access;
    const deny = this.#deny;
    const hit =
      deny !== null &&
      (deny.matches(relation.schema, relation.name) ||
        ancestors.some((name) => deny.matchesQualified(name)) ||
        descendants.some((name) => deny.matchesQualified(name)));
    if (hit)
      return {
        rule: "relations.deny",
        words: wordAccess(access),
        hint: `Leave ${nameOf(relation)} out; no rule allows it.`,
      };
    for (const entry of this.#columnsOf(access)) {
      const column = access.columns.find(
        (column) =>
          touches(access) && entry.deny.some((pattern) => !pattern.negated && hits(pattern, column)),
      );
      if (column === undefined) continue;
      const hint =
        column === "*"
          ? `Name the columns that you need, without ${entry.deny.map(({ source }) => source).join(", ")}.`
          : `Leave column ${quoteName(column)} out; no rule allows it.`;
      return { rule: "columns.deny", words: wordColumn(access, column), hint };
    }
    return null;
  }

  /** Of what a rule has granted: its columns. */
  columnObjection(access: Access): Objection | null {
    return access.relation.schema === "pg_temp" ? null : this.#columnObjection(access);
  }

  /** What was not granted. */
  objection(access: Access): Objection | null {
    const { relation, action, via } = access;
    const { schema, name } = relation;
    // The session's own. What it was filled from was judged then.
    if (schema === "pg_temp") return null;
    // Partitions and children read or written through their parent: the parent was named.
    if (via.at(-1)?.kind === "inheritance") return null;
    const reads = action === "select";
    const list = reads ? this.#read : this.#write;
    if (!list.names(schema, name)) {
      if (reads && this.#introspects(access)) return null;
      const sensitive = this.#layers.safeguards === "all" && isSensitive(access);
      if (sensitive || (!list.grants(schema, name) && !this.#bare(schema, reads)))
        return this.#notGranted(access, sensitive);
      if (list.excludes(schema, name)) return this.#notGranted(access, false);
      const kin = [...access.ancestors, ...access.descendants];
      if (kin.some((other) => list.excludesQualified(other))) return this.#notGranted(access, false);
      // Of what a wildcard reaches, rows that come from elsewhere, or are seen there, have to be reached as well.
      const outOfReach = kin.find((other) => !list.grantsQualified(other));
      if (outOfReach !== undefined && !this.#bare(schema, reads))
        return this.#kinNotGranted(access, outOfReach);
    }
    return this.#columnObjection(access);
  }

  /**
   * Without the safeguard of sensitive catalogs (owner), `*` reaches PostgreSQL's own schemas too; but writing there is a way
   * round every rule: UPDATE pg_settings is SET, UPDATE pg_proc changes what functions do.
   */
  #bare(schema: string, reads: boolean): boolean {
    const { safeguards, profile } = this.#layers;
    if (profile !== "owner" || !SYSTEM_SCHEMAS.has(schema)) return false;
    return safeguards === "none" || (safeguards === "blind_spots" && reads);
  }

  #introspects(access: Access): boolean {
    return this.#layers.introspection && CATALOG_SCHEMAS.has(access.relation.schema) && !isSensitive(access);
  }

  #notGranted(access: Access, sensitive: boolean): Objection {
    const reads = access.action === "select";
    const granted = (reads ? this.#layers.read : this.#layers.write).map(({ source }) => source);
    const rule = reads ? "relations.read" : "relations.write";
    const listed = `${granted.slice(0, NAMES_SHOWN).join(", ")}${granted.length > NAMES_SHOWN ? " …" : ""}`;
    const may = reads ? "read" : "written";
    const hint = sensitive
      ? `${nameOf(access.relation)} shows more than structure: it has to be named in relations.read.`
      : granted.length === 0
        ? `No relation may be ${may} under this policy.`
        : `Relations that may be ${may}: ${listed}.`;
    return { rule, words: wordAccess(access), hint };
  }

  #kinNotGranted(access: Access, kin: string): Objection {
    const reads = access.action === "select";
    const list = reads ? "read" : "write";
    return {
      rule: `relations.${list}`,
      words: wordAccess(access),
      hint: `${nameOf(access.relation)} shares rows with ${kin}, which relations.${list} does not reach: one of the two has to be named there.`,
    };
  }

  #columnObjection(access: Access): Objection | null {
    const { action, columns } = access;
    for (const entry of this.#columnsOf(access)) {
      const granted = action === "select" ? entry.read : entry.write;
      if (granted === null) continue;
      // DELETE and TRUNCATE take whole rows, locks hold them, definitions change them.
      const touched = touches(access) ? columns : action === "lock" ? [] : ["*"];
      const refused = touched.find((column) => !grantsColumn(granted, column));
      if (refused === undefined) continue;
      const may = action === "select" ? "read" : "written";
      const hint = `Columns of ${nameOf(access.relation)} that may be ${may}: ${granted.map(({ source }) => source).join(", ")}.`;
      return {
        rule: action === "select" ? "columns.read" : "columns.write",
        words: wordColumn(access, refused),
        hint,
      };
    }
    return null;
  }

  #columnsOf({ relation, ancestors, descendants }: Access): readonly CompiledColumns[] {
    if (this.#columns.length === 0) return [];
    return this.#columns.filter(
      ({ relations }) =>
        relations.matches(relation.schema, relation.name) ||
        ancestors.some((name) => relations.matchesQualified(name)) ||
        descendants.some((name) => relations.matchesQualified(name)),
    );
  }
}

function touches({ action }: Access): boolean {
  return action === "select" || action === "insert" || action === "update";
}

function hits(pattern: ColumnPattern, column: string): boolean {
  return column === "*" || partMatches(pattern.column, column);
}

function grantsColumn(granted: readonly ColumnPattern[], column: string): boolean {
  if (granted.some((pattern) => pattern.negated && hits(pattern, column))) return false;
  const positive = granted.filter(({ negated }) => !negated);
  return positive.some((pattern) =>
    column === "*" ? isAny(pattern.column) : partMatches(pattern.column, column),
  );
}

export function isSensitive({ relation, columns }: Pick<Access, "relation" | "columns">): boolean {
  const name = `${relation.schema}.${relation.name}`;
  if (SENSITIVE_CATALOGS.has(name) || SENSITIVE_NAMES.has(relation.name)) return true;
  const hidden = SENSITIVE_COLUMNS.get(name);
  return hidden !== undefined && columns.some((column) => column === "*" || hidden.has(column));
}
