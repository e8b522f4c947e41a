// Conditions that are decided before any row is looked at: TRUE, 1 = 1, 'a' = 'a', NOT FALSE. Three-valued, and undefined
// wherever PostgreSQL's own answer is not plain to see.

import type { A_Const, Node } from "@pgsql/types";
import { stringsOf } from "./scope.ts";

export type Constant =
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string };

const NULL: Constant = { kind: "null" };

export function fold(node: Node): Constant | undefined {
  if ("A_Const" in node) return foldLiteral(node.A_Const);
  if ("TypeCast" in node) {
    const { arg, typeName } = node.TypeCast;
    const inner = arg === undefined ? undefined : fold(arg);
    if (inner?.kind === "null") return NULL;
    return inner !== undefined && isBooleanType(typeName?.names ?? []) ? toBoolean(inner) : undefined;
  }
  if ("A_Expr" in node) {
    const { kind, name = [], lexpr, rexpr } = node.A_Expr;
    const operator = operatorName(name);
    if (kind !== "AEXPR_OP" || operator === null || rexpr === undefined) return undefined;
    const right = fold(rexpr);
    if (lexpr === undefined)
      return operator === "-" && right?.kind === "number"
        ? { kind: "number", value: -right.value }
        : undefined;
    return compare(operator, fold(lexpr), right);
  }
  if ("NullTest" in node) {
    const inner = node.NullTest.arg === undefined ? undefined : fold(node.NullTest.arg);
    if (inner === undefined) return undefined;
    return boolean((inner.kind === "null") === (node.NullTest.nulltesttype === "IS_NULL"));
  }
  return undefined;
}

function foldLiteral(literal: A_Const): Constant | undefined {
  if (literal.isnull === true) return NULL;
  if (literal.boolval !== undefined) return boolean(literal.boolval.boolval ?? false);
  if (literal.ival !== undefined) return { kind: "number", value: literal.ival.ival ?? 0 };
  if (literal.sval !== undefined) return { kind: "text", value: literal.sval.sval ?? "" };
  const written = literal.fval?.fval;
  // Longer ones may differ where their nearest doubles do not.
  return written !== undefined && /^[0-9.]{1,15}$/.test(written)
    ? { kind: "number", value: Number(written) }
    : undefined;
}

/** Words as parse_bool_with_len takes them, in full; others stay unknown. */
const WORDS: Readonly<Record<string, boolean>> = {
  t: true,
  true: true,
  yes: true,
  on: true,
  "1": true,
  f: false,
  false: false,
  no: false,
  off: false,
  "0": false,
};

function toBoolean(constant: Constant): Constant | undefined {
  if (constant.kind === "boolean") return constant;
  if (constant.kind === "number")
    return Number.isInteger(constant.value) ? boolean(constant.value !== 0) : undefined;
  const word = constant.kind === "text" ? WORDS[constant.value.trim().toLowerCase()] : undefined;
  return word === undefined ? undefined : boolean(word);
}

/** SET transform_null_equals makes `NULL = NULL` true: it stays unknown. */
function compare(
  operator: string,
  left: Constant | undefined,
  right: Constant | undefined,
): Constant | undefined {
  if (left === undefined || right === undefined || !COMPARISONS.has(operator)) return undefined;
  if (left.kind === "null" || right.kind === "null") return left.kind === right.kind ? undefined : NULL;
  if (left.kind !== right.kind) return undefined;
  // Which text sorts first is the collation's affair; which is equal is not, in deterministic ones.
  if (left.kind === "text" && operator !== "=" && operator !== "<>") return undefined;
  if (operator === "=") return boolean(left.value === right.value);
  if (operator === "<>") return boolean(left.value !== right.value);
  const [low, high] = operator.startsWith("<") ? [left, right] : [right, left];
  return boolean(operator.endsWith("=") ? low.value <= high.value : low.value < high.value);
}

const COMPARISONS: ReadonlySet<string> = new Set(["=", "<>", "<", ">", "<=", ">="]);

function boolean(value: boolean): Constant {
  return { kind: "boolean", value };
}

/** PostgreSQL's own operator of that name; null where it is written as somebody else's: OPERATOR(other.=). */
export function operatorName(name: readonly Node[]): string | null {
  return ownName(name);
}

export function isBooleanType(names: readonly Node[]): boolean {
  const name = ownName(names);
  return name === "bool" || name === "boolean";
}

/** Unqualified, or of pg_catalog. */
export function ownName(nodes: readonly Node[]): string | null {
  const names = stringsOf(nodes);
  const [first, second] = names ?? [];
  if (names?.length === 1) return first ?? null;
  return names?.length === 2 && first === "pg_catalog" ? (second ?? null) : null;
}
