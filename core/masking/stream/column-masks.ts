// A plan made ready for a stream of values: one function for each column, compiled once for all rows. Pure.

import type { Value } from "#core/wire";
import { compileMask } from "../masks.ts";
import type { ColumnPlan } from "../plan.ts";
import type { KeyedHash } from "../values/codec.ts";

/** What a value becomes, NULL among them. */
export type ValueChange = (value: Value) => Value;

/** null for a column that passes untouched. */
export function columnChanges(
  plans: readonly ColumnPlan[],
  keyed: KeyedHash,
): readonly (ValueChange | null)[] {
  return plans.map((plan) => {
    if (plan.mask === null) return null;
    const change = compileMask(plan.mask, plan.type, plan.format, keyed);
    if (!plan.always) return (value) => (value === null ? null : change(value));
    // A fixed mask never looks at the value.
    const shown = change(new Uint8Array(0));
    return () => shown;
  });
}
