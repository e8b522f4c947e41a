// Commands on objects of any type: DROP, RENAME, SET SCHEMA, OWNER TO, COMMENT, GRANT.

import type {
  AlterObjectSchemaStmt,
  AlterTableStmt,
  CreateSchemaStmt,
  DropStmt,
  GrantStmt,
  ImportForeignSchemaStmt,
  Node,
  ObjectType,
  RangeVar,
  RenameStmt,
} from "@pgsql/types";
import type { Name } from "../../catalog/catalog.ts";
import type { AnalysisContext } from "../context.ts";
import { relationKind, relationsOf, visitDefinition } from "./definitions.ts";
import { changeNames, create, optionsOf, rangeName, ranges, undecided } from "./names.ts";
import { nameOf, strings, written } from "../query/names.ts";

/** DropErrorMsgNonExistent and dropmsgstringarray (tablecmds.c): its own words for each type of relation. */
const DROPPED = {
  OBJECT_TABLE: { word: "table", sqlstate: "42P01" },
  OBJECT_SEQUENCE: { word: "sequence", sqlstate: "42P01" },
  OBJECT_VIEW: { word: "view", sqlstate: "42P01" },
  OBJECT_MATVIEW: { word: "materialized view", sqlstate: "42P01" },
  OBJECT_INDEX: { word: "index", sqlstate: "42704" },
  OBJECT_FOREIGN_TABLE: { word: "foreign table", sqlstate: "42P01" },
} as const satisfies Partial<Record<ObjectType, { readonly word: string; readonly sqlstate: string }>>;

export function visitDrop(context: AnalysisContext, statement: DropStmt): void {
  const { objects = [], removeType, behavior, missing_ok = false } = statement;
  const dropped = DROPPED[removeType as keyof typeof DROPPED] as
    | (typeof DROPPED)[keyof typeof DROPPED]
    | undefined;
  const names = relationsOf(removeType, objects);
  for (const name of names) {
    const relation = context.relation(name);
    if (relation !== null && relation !== undefined) context.access(relation, "define", []);
    if (relation === null && !missing_ok) missingObject(context, name, dropped);
  }
  // Views, foreign keys, columns of other tables: what depends on it cannot be asked for.
  if (behavior === "DROP_CASCADE") context.cannotTell("relation", "DROP … CASCADE");
  changeNames(context);
}

function missingObject(
  context: AnalysisContext,
  name: Name,
  dropped: (typeof DROPPED)[keyof typeof DROPPED] | undefined,
): void {
  const message =
    dropped === undefined
      ? `relation "${written(name)}" does not exist`
      : `${dropped.word} "${name.name}" does not exist`;
  const sqlstate = dropped?.sqlstate ?? "42P01";
  context.unknown.push({
    what: "relation",
    detail: written(name),
    missing: { sqlstate, message, position: null },
  });
}

export function visitRename(context: AnalysisContext, statement: RenameStmt): void {
  const { renameType, relation, object, newname = "", missing_ok = false } = statement;
  visitDefinition(context, statement, {
    optional: missing_ok,
    names: relationsOf(renameType, [object]),
  });
  const kind = relationKind(renameType);
  if (kind !== null && relation !== undefined) newName(context, relation, kind, newname);
  // Every relation in it gets another name.
  if (renameType === "OBJECT_SCHEMA") context.cannotTell("relation", "ALTER SCHEMA … RENAME");
}

function newName(
  context: AnalysisContext,
  range: RangeVar,
  kind: NonNullable<ReturnType<typeof relationKind>>,
  name: string,
): void {
  const found = context.relation(rangeName(range));
  create(context, { schema: found?.schema ?? range.schemaname ?? null, name }, kind);
}

export function visitSetSchema(context: AnalysisContext, statement: AlterObjectSchemaStmt): void {
  const { objectType, relation, object, newschema = "", missing_ok = false } = statement;
  visitDefinition(context, statement, {
    optional: missing_ok,
    names: relationsOf(objectType, [object]),
  });
  const kind = relationKind(objectType);
  if (kind !== null && relation !== undefined)
    create(context, { schema: newschema, name: relation.relname ?? "" }, kind);
  // ALTER EXTENSION … SET SCHEMA moves all that came with it.
  if (objectType === "OBJECT_EXTENSION") context.cannotTell("relation", "ALTER EXTENSION … SET SCHEMA");
}

export function visitAlterTable(context: AnalysisContext, statement: AlterTableStmt): void {
  const { cmds = [], missing_ok = false } = statement;
  visitDefinition(context, statement, { optional: missing_ok });
  for (const command of cmds) {
    if (!("AlterTableCmd" in command)) continue;
    if (command.AlterTableCmd.subtype === "AT_ChangeOwner") context.kinds.add("alter_owner");
    if (command.AlterTableCmd.behavior === "DROP_CASCADE")
      context.cannotTell("relation", "ALTER TABLE … CASCADE");
  }
}

export function visitGrant(context: AnalysisContext, statement: GrantStmt): void {
  const { targtype, objtype, objects } = statement;
  visitDefinition(context, statement, {});
  if (
    targtype === "ACL_TARGET_ALL_IN_SCHEMA" &&
    (objtype === "OBJECT_TABLE" || objtype === "OBJECT_SEQUENCE")
  )
    context.cannotTell("relation", `ALL IN SCHEMA ${strings(objects).join(", ")}`);
}

/** OWNED BY table.column of CREATE and ALTER SEQUENCE. */
export function ownerOf(options: readonly Node[] | undefined): readonly Name[] {
  return (options ?? []).flatMap(optionsOf).flatMap(({ defname, arg }) => {
    if (defname !== "owned_by" || arg === undefined || !("List" in arg)) return [];
    const items = arg.List.items ?? [];
    return items.length < 2 ? [] : [nameOf(items.slice(0, -1))];
  });
}

/** Elements without a schema are made in the new one (transformCreateSchemaStmtElements, parse_utilcmd.c). */
export function visitCreateSchema(context: AnalysisContext, statement: CreateSchemaStmt): void {
  const { schemaname, authrole, schemaElts = [] } = statement;
  const schema = schemaname ?? authrole?.rolename ?? "";
  undecided(context, () => {
    for (const element of schemaElts) context.visit(inSchema(element, schema));
  });
  changeNames(context);
}

const OWN_RELATION: ReadonlySet<string> = new Set(["relation", "view", "sequence"]);

function inSchema(element: Node, schemaname: string): Node {
  const [tag = ""] = Object.keys(element);
  const [statement = {}] = Object.values(element) as readonly object[];
  const moved = Object.entries(statement).map(([key, value]: [string, unknown]) =>
    OWN_RELATION.has(key) && typeof value === "object" ? [key, { schemaname, ...value }] : [key, value],
  );
  return { [tag]: Object.fromEntries(moved) as object } as unknown as Node;
}

/** Names in its list are those of the other server; here they are new. */
export function visitImport(context: AnalysisContext, statement: ImportForeignSchemaStmt): void {
  const { local_schema = null, list_type, table_list } = statement;
  if (list_type === "FDW_IMPORT_SCHEMA_LIMIT_TO")
    for (const { relname = "" } of ranges(table_list))
      create(context, { schema: local_schema, name: relname }, "foreign_table");
  else context.cannotTell("relation", "IMPORT FOREIGN SCHEMA");
  changeNames(context);
}
