// Columns that a query's own WHERE pins to a constant: `SELECT set_config(name, …) FROM pg_settings WHERE name = 'x'` is what
// pg_dump asks, and sets x. Of one relation in FROM and top-level equalities only; `=` has to be PostgreSQL's own.

import type { Node, SelectStmt } from "@pgsql/types";
import { constantText } from "./names.ts";
import type { Pinned, Place } from "./reading.ts";

export function withPinned(at: Place, { fromClause = [], whereClause }: SelectStmt): Place {
  const [only, ...others] = fromClause;
  if (whereClause === undefined || only === undefined || others.length > 0 || !("RangeVar" in only))
    return at;
  const columns = new Map<string, string>();
  for (const conjunct of conjuncts(whereClause)) {
    const pair = equality(conjunct);
    if (pair !== null) columns.set(...pair);
  }
  if (columns.size === 0) return at;
  // Another operator of that name may be what is meant, or not known yet.
  const operators = at.reading.context.operators({ schema: null, name: "=" });
  if (operators === undefined || operators.length > 0) return at;
  const pinned: Pinned = { scope: at.scope, columns };
  return { ...at, pinned };
}

/** The constant that an expression is known to have, as text. */
export function pinnedText(at: Place, node: Node): string | null {
  const name = plainColumn(node);
  if (name === null || at.pinned === undefined || at.pinned.scope !== at.scope) return null;
  return at.pinned.columns.get(name) ?? null;
}

function conjuncts(node: Node): readonly Node[] {
  if (!("BoolExpr" in node) || node.BoolExpr.boolop !== "AND_EXPR") return [node];
  return (node.BoolExpr.args ?? []).flatMap(conjuncts);
}

function equality(node: Node): readonly [string, string] | null {
  if (!("A_Expr" in node) || node.A_Expr.kind !== "AEXPR_OP") return null;
  const { name = [], lexpr, rexpr } = node.A_Expr;
  const [operator, ...qualified] = name;
  if (
    operator === undefined ||
    qualified.length > 0 ||
    !("String" in operator) ||
    operator.String.sval !== "="
  )
    return null;
  const column = lexpr === undefined ? null : plainColumn(lexpr);
  const value = rexpr !== undefined && "A_Const" in rexpr ? constantText(rexpr) : null;
  return column === null || value === null ? null : [column, value];
}

function plainColumn(node: Node): string | null {
  if (!("ColumnRef" in node)) return null;
  const [field, ...more] = node.ColumnRef.fields ?? [];
  return field !== undefined && more.length === 0 && "String" in field ? (field.String.sval ?? null) : null;
}
