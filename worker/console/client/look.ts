// What a mark of the timeline is first of all: the same answer for the picture, the list and whoever is read to.

import type { Mark } from "../../insight/items.ts";
import type { TodayReport } from "../../policies/items.ts";

/** What the policy in force would say of a statement otherwise. */
export type Today = TodayReport["data"][number];

/** A mark, and what today's policy says of it where that was asked for and is something else. */
export type SeenMark = Mark & { readonly today?: Today };

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

export const TODAY = {
  newly_refused: { sign: "→✕", word: "would be refused now" },
  newly_held: { sign: "→‖", word: "would wait for approval now" },
  newly_allowed: { sign: "→✓", word: "would be allowed now" },
  not_decidable: { sign: "→?", word: "cannot be decided now" },
} as const satisfies Record<Today["change"], { readonly sign: string; readonly word: string }>;

/** One that somebody would want to stop at. */
export function isNotable(mark: SeenMark): boolean {
  return (toneOf(mark) !== "allow" && toneOf(mark) !== "observe") || mark.today !== undefined;
}
