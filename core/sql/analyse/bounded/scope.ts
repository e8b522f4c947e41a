// Which names of a statement stand for the row that is written, and whether an expression looks at it at all. What may mean
// the row counts as looking at it.

import type { ColumnRef, Node, SelectStmt } from "@pgsql/types";
import type { ColumnInfo, RelationInfo } from "../../catalog/catalog.ts";

export interface Scope {
  readonly target: RelationInfo;
  /** Names of the target in this statement, none that an item of USING or FROM has as well. */
  readonly aliases: ReadonlySet<string>;
  /** Other relations are joined, or variables are in scope: an unqualified name may be theirs. */
  readonly joined: boolean;
  /** What stands here runs once with one set of parameters, not for each row of something else. */
  readonly once: boolean;
}

/** `name` unqualified or after the target's name; null for anything else, `*` and system columns among it. */
export function targetColumn(scope: Scope, { fields = [] }: ColumnRef): ColumnInfo | null {
  const names = stringsOf(fields);
  if (names === null) return null;
  const [first, second, third] = names;
  const column =
    names.length === 1 && !scope.joined
      ? first
      : names.length === 2 && first !== undefined && scope.aliases.has(first)
        ? second
        : names.length === 3 &&
            first === scope.target.schema &&
            second === scope.target.name &&
            scope.aliases.has(second)
          ? third
          : undefined;
  return scope.target.columns.find(({ name }) => name === column) ?? null;
}

export function stringsOf(nodes: readonly Node[]): readonly string[] | null {
  const strings = nodes.map((node) => ("String" in node ? (node.String.sval ?? "") : null));
  return strings.every((one) => one !== null) ? strings : null;
}

/** Aliases and names that FROM, USING and JOIN bring in, however deep. */
export function namesOf(items: readonly unknown[]): ReadonlySet<string> {
  const names = new Set<string>();
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "aliasname" && typeof inner === "string") names.add(inner);
      if (key === "relname" && typeof inner === "string" && !("alias" in value)) names.add(inner);
      look(inner);
    }
  };
  look(items);
  return names;
}

/** Whether its value may differ from row to row. */
export function dependsOnRow(scope: Scope, node: unknown): boolean {
  if (Array.isArray(node)) return node.some((one) => dependsOnRow(scope, one));
  if (typeof node !== "object" || node === null) return false;
  if ("ColumnRef" in node || "CurrentOfExpr" in node) return true;
  if ("SelectStmt" in node) return isCorrelated(scope, node.SelectStmt as SelectStmt);
  return Object.values(node).some((inner) => dependsOnRow(scope, inner));
}

/** Inner names hide outer ones; an unqualified name that both may have counts as the outer one. */
export function isCorrelated(scope: Scope, select: SelectStmt): boolean {
  const inner = namesOf([select]);
  const reads = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(reads);
    if (typeof value !== "object" || value === null) return false;
    if ("ColumnRef" in value) return isOuter(scope, inner, value.ColumnRef as ColumnRef);
    return Object.values(value).some(reads);
  };
  return reads(select);
}

function isOuter(scope: Scope, inner: ReadonlySet<string>, { fields = [] }: ColumnRef): boolean {
  const [first, ...rest] = fields;
  if (first === undefined || !("String" in first)) return false;
  const name = first.String.sval ?? "";
  if (rest.length > 0) return !inner.has(name);
  if (inner.size === 0 || scope.joined) return true;
  return scope.aliases.has(name) || scope.target.columns.some((column) => column.name === name);
}
