// Operators: which one each spelling of A_Expr stands for (parse_expr.c).

import type { A_Expr, A_Expr_Kind } from "@pgsql/types";
import type { Name } from "../../catalog/catalog.ts";
import { useOperator } from "./calls.ts";
import { nameOf } from "./names.ts";
import { computation } from "./predicates.ts";
import type { Place } from "./reading.ts";
import { computed, SCALAR, type Value } from "./value.ts";
import { each } from "./walk.ts";

const BETWEEN: readonly Name[] = ["<", "<=", ">", ">="].map((name) => ({ schema: null, name }));

/** null: the one that stands in the tree. */
const OPERATORS = {
  AEXPR_OP: null,
  AEXPR_OP_ANY: null,
  AEXPR_OP_ALL: null,
  AEXPR_DISTINCT: null,
  AEXPR_NOT_DISTINCT: null,
  AEXPR_NULLIF: null,
  AEXPR_IN: null,
  AEXPR_LIKE: null,
  AEXPR_ILIKE: null,
  AEXPR_SIMILAR: null,
  AEXPR_BETWEEN: BETWEEN,
  AEXPR_NOT_BETWEEN: BETWEEN,
  AEXPR_BETWEEN_SYM: BETWEEN,
  AEXPR_NOT_BETWEEN_SYM: BETWEEN,
} as const satisfies Record<A_Expr_Kind, readonly Name[] | null>;

export function operation(at: Place, expr: A_Expr): Value {
  const { kind = "AEXPR_OP", name, lexpr, rexpr } = expr;
  const used = (OPERATORS[kind] ?? [nameOf(name)]).map((operator) => useOperator(at, operator));
  const operands = each(at, [lexpr, rexpr]);
  computation(at, expr);
  return computed([...operands, ...used], SCALAR);
}
