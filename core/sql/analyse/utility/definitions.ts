// DDL and privileges: which relations a definition names, makes and renames. One walk for all of them: every RangeVar in the
// tree is a relation that is defined or defined upon, but for those that the statement makes.

import type { IndexStmt, Node, ObjectType, RangeVar } from "@pgsql/types";
import type { Name, RelationKind } from "../../catalog/catalog.ts";
import type { AnalysisContext } from "../context.ts";
import { nameOf } from "../query/names.ts";
import { visitLoosely } from "./loose.ts";
import { changeNames, create, define, isTemporary, rangeName } from "./names.ts";

export interface Made {
  readonly range: RangeVar | undefined;
  readonly kind: RelationKind;
}

export interface Definition {
  /** What it makes. */
  readonly makes?: readonly Made[];
  /** Named otherwise than by a RangeVar: COMMENT ON TABLE, DROP … */
  readonly names?: readonly Name[];
  /** IF EXISTS. */
  readonly optional?: boolean;
  /** Members of the statement that are not read: they run later, as somebody else's, and are read then. */
  readonly without?: ReadonlySet<string>;
}

export function visitDefinition(
  context: AnalysisContext,
  statement: object,
  { makes = [], names = [], optional = false, without }: Definition,
): void {
  const made = makes.flatMap(({ range, kind }) => (range === undefined ? [] : [{ range, kind }]));
  for (const { range, kind } of made) create(context, rangeName(range), kind, isTemporary(range));
  for (const name of names) define(context, name, optional);
  for (const range of rangesIn(statement, without)) {
    // A table may refer to itself.
    const itself = made.some(({ range: own }) => own === range || sameName(own, range));
    define(context, rangeName(range), optional || itself);
  }
  visitLoosely(context, statement, (key) => without?.has(key) === true);
  changeNames(context);
}

/** With the columns that it compares rows by; all of them where it does so by expressions, or has a condition. */
export function visitIndex(context: AnalysisContext, statement: IndexStmt): void {
  const { relation, indexParams = [], indexIncludingParams = [], whereClause } = statement;
  visitDefinition(context, statement, { without: new Set(["relation"]) });
  if (relation === undefined) return;
  const elements = [...indexParams, ...indexIncludingParams].map((node) =>
    "IndexElem" in node ? node.IndexElem : {},
  );
  const names = elements.flatMap(({ name }) => name ?? []);
  const plain = names.length === elements.length && whereClause === undefined;
  define(context, rangeName(relation), false, plain ? [...new Set(names)].toSorted() : ["*"]);
}

function sameName(left: RangeVar, right: RangeVar): boolean {
  return left.relname === right.relname && (left.schemaname ?? null) === (right.schemaname ?? null);
}

/** Relations of the statement itself, not of queries inside of it. */
function rangesIn(value: unknown, without?: ReadonlySet<string>): readonly RangeVar[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((element) => rangesIn(element, without));
  if ("relname" in value) return [value as RangeVar];
  return Object.entries(value).flatMap(([key, member]) =>
    QUERIES.has(key) || without?.has(key) === true ? [] : rangesIn(member, without),
  );
}

const QUERIES: ReadonlySet<string> = new Set([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
]);

/** How a relation is named by an object of that type: it is one, or it belongs to one and has its own name behind. */
const RELATIONS = {
  OBJECT_TABLE: "relation",
  OBJECT_VIEW: "relation",
  OBJECT_MATVIEW: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_INDEX: "relation",
  OBJECT_FOREIGN_TABLE: "relation",
  OBJECT_COLUMN: "part",
  OBJECT_TABCONSTRAINT: "part",
  OBJECT_RULE: "part",
  OBJECT_TRIGGER: "part",
  OBJECT_POLICY: "part",
} as const satisfies Partial<Record<ObjectType, "relation" | "part">>;

export function relationKind(type: ObjectType | undefined): RelationKind | null {
  switch (type) {
    case "OBJECT_TABLE":
      return "table";
    case "OBJECT_VIEW":
      return "view";
    case "OBJECT_MATVIEW":
      return "materialized_view";
    case "OBJECT_SEQUENCE":
      return "sequence";
    case "OBJECT_INDEX":
      return "index";
    case "OBJECT_FOREIGN_TABLE":
      return "foreign_table";
    default:
      return null;
  }
}

/** The relations that objects of COMMENT, SECURITY LABEL, DROP … are or belong to. */
export function relationsOf(type: ObjectType | undefined, objects: readonly (Node | undefined)[]): Name[] {
  const place =
    type === undefined ? undefined : (RELATIONS as Partial<Record<ObjectType, "relation" | "part">>)[type];
  if (place === undefined) return [];
  return objects.flatMap((object) => {
    if (object === undefined || !("List" in object)) return [];
    const items = object.List.items ?? [];
    return [nameOf(place === "part" ? items.slice(0, -1) : items)];
  });
}
