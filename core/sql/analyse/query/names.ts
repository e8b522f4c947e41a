// Names as they stand in the tree, and the names that PostgreSQL gives to output columns (parse_target.c, FigureColname).

import type { A_Const, Node, SQLValueFunctionOp, XmlExprOp } from "@pgsql/types";
import type { Name } from "../../catalog/catalog.ts";

export function stringOf(node: Node | undefined): string | null {
  return node !== undefined && "String" in node ? (node.String.sval ?? "") : null;
}

export function strings(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => stringOf(node) ?? []);
}

/** `[catalog.][schema.]name`: a catalogue other than the session's own is refused by PostgreSQL itself. */
export function nameOf(nodes: readonly Node[] | undefined): Name {
  const parts = strings(nodes);
  return { schema: parts.at(-2) ?? null, name: parts.at(-1) ?? "" };
}

export function written({ schema, name }: Name): string {
  return schema === null ? name : `${schema}.${name}`;
}

/** The text of a constant, as a function would get it; null where it is NULL or no plain constant. */
export function constantText(node: Node | undefined): string | null {
  if (node === undefined) return null;
  if ("TypeCast" in node) return constantText(node.TypeCast.arg);
  if ("A_Const" in node) return textOf(node.A_Const);
  return null;
}

function textOf(constant: A_Const): string | null {
  if (constant.sval !== undefined) return constant.sval.sval ?? "";
  if (constant.ival !== undefined) return String(constant.ival.ival ?? 0);
  if (constant.fval !== undefined) return constant.fval.fval ?? "";
  if (constant.boolval !== undefined) return String(constant.boolval.boolval ?? false);
  return null;
}

export const NO_NAME = "?column?";

/** `subquery`: the name of the only column of an expression's subquery, which only its walk can tell. */
export function columnName(node: Node | undefined, subquery: (node: Node) => string | null): string {
  return figure(node, subquery)?.name ?? NO_NAME;
}

/** A weak name gives way to the name of a cast's type, a strong one does not. */
interface Figured {
  readonly name: string;
  readonly strong: boolean;
}

function strong(name: string | undefined | null): Figured | null {
  return name === undefined || name === null ? null : { name, strong: true };
}

function figure(node: Node | undefined, subquery: (node: Node) => string | null): Figured | null {
  if (node === undefined) return null;
  if ("ColumnRef" in node) return strong(strings(node.ColumnRef.fields).at(-1));
  if ("A_Indirection" in node)
    return strong(strings(node.A_Indirection.indirection).at(-1)) ?? figure(node.A_Indirection.arg, subquery);
  if ("FuncCall" in node) return strong(strings(node.FuncCall.funcname).at(-1));
  if ("A_Expr" in node) return node.A_Expr.kind === "AEXPR_NULLIF" ? strong("nullif") : null;
  if ("TypeCast" in node) {
    const inner = figure(node.TypeCast.arg, subquery);
    const type = strings(node.TypeCast.typeName?.names).at(-1);
    return inner?.strong === true || type === undefined ? inner : { name: type, strong: false };
  }
  if ("CollateClause" in node) return figure(node.CollateClause.arg, subquery);
  if ("CaseExpr" in node) {
    const otherwise = figure(node.CaseExpr.defresult, subquery);
    return otherwise?.strong === true ? otherwise : { name: "case", strong: false };
  }
  if ("SubLink" in node) {
    const { subLinkType } = node.SubLink;
    if (subLinkType === "EXISTS_SUBLINK") return strong("exists");
    if (subLinkType === "ARRAY_SUBLINK") return strong("array");
    return subLinkType === "EXPR_SUBLINK" ? strong(subquery(node)) : null;
  }
  if ("MinMaxExpr" in node) return strong(node.MinMaxExpr.op === "IS_LEAST" ? "least" : "greatest");
  if ("SQLValueFunction" in node) return strong(SQL_VALUES[node.SQLValueFunction.op ?? "SVFOP_USER"]);
  if ("XmlExpr" in node) return strong(XML[node.XmlExpr.op ?? "IS_DOCUMENT"]);
  if ("JsonFuncExpr" in node) {
    const { op } = node.JsonFuncExpr;
    if (op === "JSON_EXISTS_OP") return strong("json_exists");
    return strong(op === "JSON_VALUE_OP" ? "json_value" : "json_query");
  }
  const [type = ""] = Object.keys(node);
  return strong(BY_TYPE.get(type));
}

const BY_TYPE: ReadonlyMap<string, string> = new Map([
  ["GroupingFunc", "grouping"],
  ["MergeSupportFunc", "merge_action"],
  ["A_ArrayExpr", "array"],
  ["RowExpr", "row"],
  ["CoalesceExpr", "coalesce"],
  ["XmlSerialize", "xmlserialize"],
  ["JsonParseExpr", "json"],
  ["JsonScalarExpr", "json_scalar"],
  ["JsonSerializeExpr", "json_serialize"],
  ["JsonObjectConstructor", "json_object"],
  ["JsonArrayConstructor", "json_array"],
  ["JsonArrayQueryConstructor", "json_array"],
  ["JsonObjectAgg", "json_objectagg"],
  ["JsonArrayAgg", "json_arrayagg"],
]);

const SQL_VALUES = {
  SVFOP_CURRENT_DATE: "current_date",
  SVFOP_CURRENT_TIME: "current_time",
  SVFOP_CURRENT_TIME_N: "current_time",
  SVFOP_CURRENT_TIMESTAMP: "current_timestamp",
  SVFOP_CURRENT_TIMESTAMP_N: "current_timestamp",
  SVFOP_LOCALTIME: "localtime",
  SVFOP_LOCALTIME_N: "localtime",
  SVFOP_LOCALTIMESTAMP: "localtimestamp",
  SVFOP_LOCALTIMESTAMP_N: "localtimestamp",
  SVFOP_CURRENT_ROLE: "current_role",
  SVFOP_CURRENT_USER: "current_user",
  SVFOP_USER: "user",
  SVFOP_SESSION_USER: "session_user",
  SVFOP_CURRENT_CATALOG: "current_catalog",
  SVFOP_CURRENT_SCHEMA: "current_schema",
} as const satisfies Record<SQLValueFunctionOp, string>;

const XML = {
  IS_XMLCONCAT: "xmlconcat",
  IS_XMLELEMENT: "xmlelement",
  IS_XMLFOREST: "xmlforest",
  IS_XMLPARSE: "xmlparse",
  IS_XMLPI: "xmlpi",
  IS_XMLROOT: "xmlroot",
  IS_XMLSERIALIZE: "xmlserialize",
  IS_DOCUMENT: null,
} as const satisfies Record<XmlExprOp, string | null>;
