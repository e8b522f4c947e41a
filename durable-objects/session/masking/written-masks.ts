// Writes that would put a mask in the place of a real value: what was read masked, changed somewhere else, and is written
// back whole. A literal or bind parameter for a masked column that looks like what its mask shows. Pure.

import { utf8Decode, utf8Encode } from "#core/bytes";
import { literalText } from "#core/masking";
import type { Masks } from "#core/policy";
import type { ColumnPlace, StatementFacts } from "#core/sql";

/** `text`: the statement's own. The column that would lose its value, or null. */
export function writtenMask(
  masks: Masks,
  { literals, parameters, kinds }: StatementFacts,
  text: string,
  values: readonly (Uint8Array | null)[],
): ColumnPlace | null {
  if (!kinds.some((kind) => WRITES.has(kind))) return null;
  const masked = (columns: readonly ColumnPlace[]): readonly ColumnPlace[] =>
    columns.filter((column) => masks.maskOf(column) !== null);
  for (const { number, columns } of parameters ?? []) {
    const value = values[number - 1] ?? null;
    const shown = value === null ? null : utf8Decode(value);
    const place = shown === null ? undefined : masked(columns).find((one) => masks.looksMasked(one, shown));
    if (place !== undefined) return place;
  }
  const bytes = literals.length === 0 ? null : utf8Encode(text);
  for (const { offsetBytes, columns } of literals) {
    const places = masked(columns);
    const shown = bytes === null || places.length === 0 ? null : literalText(bytes, offsetBytes);
    const place = shown === null ? undefined : places.find((one) => masks.looksMasked(one, unquoted(shown)));
    if (place !== undefined) return place;
  }
  return null;
}

const WRITES: ReadonlySet<string> = new Set(["insert", "update", "merge", "execute"]);

function unquoted(literal: string): string {
  const start = literal.indexOf("'");
  return start < 0 || !literal.endsWith("'") ? literal : literal.slice(start + 1, -1).replaceAll("''", "'");
}
