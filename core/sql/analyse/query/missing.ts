// What does not exist, in PostgreSQL's words (parse_relation.c, parse_func.c, parse_type.c).

import type { Unknown } from "../../facts/facts.ts";
import type { AnalysisContext } from "../context.ts";

const MISSING = {
  relation: "42P01",
  column: "42703",
  ambiguous_column: "42702",
  from_entry: "42P01",
  function: "42883",
  operator: "42883",
  type: "42704",
} as const satisfies Record<string, string>;

export type MissingKind = keyof typeof MISSING;

/** `location` in bytes of UTF-8 in the statement's own text. */
export function missing(
  context: AnalysisContext,
  kind: MissingKind,
  detail: string,
  message: string,
  location: number | undefined,
): void {
  const what: Unknown["what"] =
    kind === "ambiguous_column" ? "column" : kind === "from_entry" ? "relation" : kind;
  const position = positionOf(context, location);
  const { unknown, via } = context;
  const known = unknown.some(
    (other) => other.missing?.message === message && other.missing.position === position && other.via === via,
  );
  if (!known) unknown.push({ what, detail, missing: { sqlstate: MISSING[kind], message, position }, via });
}

/** In characters, from 1, as PostgreSQL counts; null inside of views and functions, whose text is not the statement's. */
function positionOf({ text, via }: AnalysisContext, location: number | undefined): number | null {
  if (text === null || via.length > 0 || location === -1) return null;
  let bytes = location ?? 0;
  let characters = 1;
  for (const character of text) {
    if (bytes <= 0) break;
    const code = character.codePointAt(0) ?? 0;
    bytes -= code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_00_00 ? 3 : 4;
    characters++;
  }
  return characters;
}
