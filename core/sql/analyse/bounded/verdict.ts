// How many rows a condition lets through, and how AND and OR put that together.

import type { Boundedness } from "../../facts/facts.ts";

export type Verdict =
  /** None, whatever the data. */
  | "nothing"
  /** Those that equal a value. */
  | "part"
  /** As many as the data say. */
  | "data"
  /** All or none, which the condition itself does not show: `$1`, EXISTS (SELECT … without a look at the row). */
  | "switch"
  /** All, whatever the data. */
  | "all";

/** The first of these that some arm is decides; with none of them it is what no arm can change. */
const AND_ORDER: readonly Verdict[] = ["nothing", "part", "data", "switch"];

export function all(verdicts: readonly Verdict[]): Verdict {
  return AND_ORDER.find((verdict) => verdicts.includes(verdict)) ?? "all";
}

export function any(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("all")) return "all";
  if (verdicts.includes("data")) return "data";
  if (verdicts.includes("switch")) return verdicts.includes("part") ? "data" : "switch";
  return verdicts.includes("part") ? "part" : "nothing";
}

export const BOUNDEDNESS = {
  nothing: "bounded",
  part: "bounded",
  data: "by_effect",
  switch: "unbounded",
  all: "unbounded",
} as const satisfies Record<Verdict, Boundedness>;
