// What happens to each column of a result: lineage (core/sql) says where its values come from, the rules say what of that is
// masked, and PostgreSQL's own RowDescription is the second witness. Fails closed: where lineage is missing or the two
// disagree while the statement touches anything masked, the column shows NULL.
//
// A mask that looks at the value is for the column as it is stored. Over a computed value it would tell of the computation
// (the last four of a reversed number are its first four; a hash of a CASE is an answer to its question), and so would a
// NULL that stays one. So what is computed from a masked column shows the same in every row, NULLs too.

import type { ColumnPlace, OutputColumn } from "#core/sql";
import { formatOf, type FieldDescription, type Format } from "#core/wire";
import { isFixed, type Mask } from "#core/policy";
import { typeRef, UNKNOWN_TYPE, type TypeCatalog, type TypeRef } from "./type-ref.ts";

export type ColumnSource = ColumnPlace;

/** What the rules and the catalog of a session say, for one statement. */
export interface MaskRules {
  /** Of a base column; null: it is not masked for this asker. */
  maskOf(source: ColumnSource): Mask | null;
  /**
   * The base columns behind a column of a relation, through views: of a table the column itself. For RowDescription's table
   * and attribute, which may be a view's. undefined: not known.
   */
  sourcesAt(tableOid: number, attribute: number): readonly ColumnSource[] | undefined;
  /** The type of a base column, for COPY, which describes none. undefined: not known. */
  typeAt(source: ColumnSource): TypeRef | undefined;
  /** The statement reads or writes a relation with a masked column, or it is not known what it does. */
  readonly touchesMasked: boolean;
  readonly types: TypeCatalog | null;
}

export type PlanReason =
  /** Nothing masked is behind it. */
  | "clear"
  /** It is a masked column as it is stored. */
  | "masked"
  /** It is computed from a masked column, or may be another as well. */
  | "derived"
  /** Lineage says nothing of it. */
  | "unknown"
  /** PostgreSQL says that it is another column than lineage does. */
  | "disagreement";

export interface ColumnPlan {
  /** null: it passes untouched. */
  readonly mask: Mask | null;
  /** Every row shows the same: NULLs are hidden too. Only with a fixed mask. */
  readonly always: boolean;
  readonly type: TypeRef;
  readonly format: Format;
  readonly reason: PlanReason;
}

const NULL_MASK: Mask = { kind: "null" };

/**
 * The plan of a result with RowDescription. `output` null: lineage is not known. `formats`: Bind's result formats; left out,
 * the description's own hold (it answers to a portal or a simple query; that of a prepared statement always says text).
 * `uncounted`: what any of its columns may show, where lineage cannot count them.
 */
export function planResult(
  output: readonly OutputColumn[] | null,
  fields: readonly FieldDescription[],
  formats: readonly Format[] | null,
  rules: MaskRules,
  uncounted: OutputColumn | null = null,
): readonly ColumnPlan[] {
  const known = output !== null && output.length === fields.length ? output : null;
  return fields.map((field, index): ColumnPlan => {
    const format = formats === null ? field.format : formatOf(formats, index);
    const type = typeRef(field.typeOid, field.typeModifier, rules.types);
    const witness = field.tableOid === 0 ? [] : rules.sourcesAt(field.tableOid, field.attribute);
    const column = known?.[index] ?? uncounted ?? undefined;
    if (column === undefined || column.opaque === true)
      return closed(type, format, "unknown", witness, rules);
    if (disagree(column, witness)) return closed(type, format, "disagreement", witness, rules);
    // Told by nobody to be a column: PostgreSQL takes it for computed, so it is no value as it is stored.
    return plan(column, type, format, column.verbatim && field.tableOid !== 0, rules);
  });
}

/**
 * The plan of COPY … TO STDOUT, which describes no columns: lineage alone says what they are. `width`: how many there are
 * (CopyOutResponse), for an output that is not known.
 */
export function planCopy(
  output: readonly OutputColumn[] | null,
  width: number,
  format: Format,
  rules: MaskRules,
): readonly ColumnPlan[] {
  if (output === null || output.length !== width) {
    return Array.from({ length: width }, () => closed(UNKNOWN_TYPE, format, "unknown", [], rules));
  }
  return output.map((column): ColumnPlan => {
    if (column.opaque === true) return closed(UNKNOWN_TYPE, format, "unknown", [], rules);
    const [source] = column.sources;
    const type = (column.verbatim && source !== undefined ? rules.typeAt(source) : undefined) ?? UNKNOWN_TYPE;
    return plan(column, type, format, column.verbatim, rules);
  });
}

/** Whether a plan changes nothing, so that frames need no look. */
export function passesUntouched(plans: readonly ColumnPlan[]): boolean {
  return plans.every(({ mask }) => mask === null);
}

function plan(
  { sources }: OutputColumn,
  type: TypeRef,
  format: Format,
  stored: boolean,
  rules: MaskRules,
): ColumnPlan {
  const found = sources.map((source) => ({ source, mask: rules.maskOf(source) }));
  const first = found.find(({ mask }) => mask !== null)?.mask ?? null;
  if (first === null) return { mask: null, always: false, type, format, reason: "clear" };
  // A view's own column without a mask of its own is no other value, but a name for what stands behind it.
  const masks = found.filter(({ source, mask }) => mask !== null || !isView(source)).map(({ mask }) => mask);
  // A value of one column behind which another may stand: the stricter has to hold, and which that is nobody can say.
  const one = masks.every((mask) => mask !== null && same(mask, first));
  if (stored && one) return { mask: first, always: false, type, format, reason: "masked" };
  const mask = one && isFixed(first) ? first : NULL_MASK;
  return { mask, always: true, type, format, reason: "derived" };
}

function isView({ relation }: ColumnSource): boolean {
  return relation.kind === "view" || relation.kind === "materialized_view";
}

/** NULL while anything masked may be near; a column that PostgreSQL itself names as masked keeps the reason. */
function closed(
  type: TypeRef,
  format: Format,
  reason: "unknown" | "disagreement",
  witness: readonly ColumnSource[] | undefined,
  rules: MaskRules,
): ColumnPlan {
  const named = witness?.some((source) => rules.maskOf(source) !== null) ?? false;
  const hidden = rules.touchesMasked || named;
  return { mask: hidden ? NULL_MASK : null, always: hidden, type, format, reason };
}

/** `witness`: empty where PostgreSQL names no column, undefined where it names one that nobody knows. */
function disagree(column: OutputColumn, witness: readonly ColumnSource[] | undefined): boolean {
  if (witness === undefined) return true;
  return !witness.every((seen) =>
    column.sources.some(
      (source) => source.relation.oid === seen.relation.oid && source.column === seen.column,
    ),
  );
}

function same(one: Mask, other: Mask): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
