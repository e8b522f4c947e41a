// What a mark of the timeline is first of all: the same answer for the picture, the list and whoever is read to.

import type { Mark } from "../../insight/items.ts";

export type Tone = "deny" | "held" | "error" | "write" | "observe" | "allow";

export function toneOf(mark: Mark): Tone {
  if (mark.effect === "deny") return "deny";
  if (mark.effect === "approve") return "held";
  if (mark.outcome === "failed" || mark.outcome === "unknown") return "error";
  if (mark.writes) return "write";
  return mark.effect === "observe" ? "observe" : "allow";
}

export const SIGNS = {
  deny: "✕",
  held: "‖",
  error: "!",
  write: "✎",
  observe: "◉",
  allow: "",
} as const satisfies Record<Tone, string>;

export const WORDS = {
  deny: "refused",
  held: "held",
  error: "error",
  write: "write",
  observe: "observed",
  allow: "",
} as const satisfies Record<Tone, string>;

/** One that somebody would want to stop at. */
export function isNotable(mark: Mark): boolean {
  return toneOf(mark) !== "allow" && toneOf(mark) !== "observe";
}
