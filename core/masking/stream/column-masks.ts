// A plan made ready for a stream of values: one function for each column, compiled once for all rows. Pure.

import type { Value } from "#core/wire";
import { compileMask } from "../masks.ts";
import type { DetectorActions, DetectorName } from "#core/policy";
import { compileDetection } from "../detectors/detect.ts";
import type { ColumnPlan } from "../plan.ts";
import type { KeyedHash } from "../values/codec.ts";

/** What a value becomes, NULL among them. */
export type ValueChange = (value: Value) => Value;

/** What is looked for, and who hears of what was found. */
export interface Detect {
  readonly actions: DetectorActions;
  readonly found: (names: readonly DetectorName[]) => void;
}

/** null for a column that passes untouched. `detect`: the second net, over columns that no rule masks; null: none. */
export function columnChanges(
  plans: readonly ColumnPlan[],
  keyed: KeyedHash,
  detect: Detect | null = null,
): readonly (ValueChange | null)[] {
  return plans.map((plan) => {
    if (plan.mask === null) return detect === null ? null : detection(plan, detect);
    const change = compileMask(plan.mask, plan.type, plan.format, keyed);
    if (!plan.always) return (value) => (value === null ? null : change(value));
    // A fixed mask never looks at the value.
    const shown = change(new Uint8Array(0));
    return () => shown;
  });
}

function detection({ type, format }: ColumnPlan, { actions, found }: Detect): ValueChange | null {
  const search = compileDetection(type, format, actions);
  if (search === null) return null;
  return (value) => {
    const detected = search(value);
    if (detected.found.length > 0) found(detected.found);
    return detected.value;
  };
}
