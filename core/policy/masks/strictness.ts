// Which of two masks shows less. Two that look at the value show different parts of it: together only a fixed one shows no
// more than either.

import type { Inference } from "../document/document.ts";
import { isFixed, type Mask } from "./mask.ts";

const NOTHING: Mask = { kind: "redact" };

export function stricterMask(one: Mask, other: Mask): Mask {
  if (isSameMask(one, other)) return one;
  if (!isFixed(one)) return isFixed(other) ? other : NOTHING;
  if (!isFixed(other)) return one;
  return FIXED_ORDER.indexOf(one.kind) <= FIXED_ORDER.indexOf(other.kind) ? one : other;
}

/** All of them show nothing of the value; what says least of the column comes first. */
const FIXED_ORDER: readonly Mask["kind"][] = ["null", "redact", "constant"];

export function isSameMask(one: Mask, other: Mask): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

const INFERENCE_ORDER: readonly Inference[] = ["deny", "equality-only", "allow"];

export function stricterInference(one: Inference, other: Inference): Inference {
  return INFERENCE_ORDER.indexOf(one) <= INFERENCE_ORDER.indexOf(other) ? one : other;
}

export function isAsStrict(one: Inference, as: Inference): boolean {
  return stricterInference(one, as) === one;
}
