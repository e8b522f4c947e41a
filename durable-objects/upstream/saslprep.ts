// SASLprep (RFC 4013) of a password, as PostgreSQL does it (common/saslprep.c). Pure.
// Where SASLprep forbids a password PostgreSQL uses it as it is, on both sides, so this never fails.

import {
  LEFT_TO_RIGHT,
  MAPPED_TO_NOTHING,
  PROHIBITED,
  RIGHT_TO_LEFT,
  SPACES,
  type Table,
  UNASSIGNED,
} from "./stringprep-tables.ts";

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

export function saslprep(password: string): string {
  if (PRINTABLE_ASCII.test(password)) return password;
  const prepared = map(password).normalize("NFKC");
  const codePoints = Array.from(prepared, codePointOf);
  const forbidden = codePoints.some((codePoint) => PROHIBITED(codePoint) || UNASSIGNED(codePoint));
  return prepared === "" || forbidden || !bidirectionallySound(codePoints) ? password : prepared;
}

/** RFC 4013 §2.1. U+200B is in both tables; PostgreSQL asks for spaces first. */
function map(password: string): string {
  let mapped = "";
  for (const character of password) {
    const codePoint = codePointOf(character);
    if (SPACES(codePoint)) mapped += " ";
    else if (!MAPPED_TO_NOTHING(codePoint)) mapped += character;
  }
  return mapped;
}

/** RFC 3454 §6: right-to-left text has no left-to-right characters in it, and begins and ends as such. */
function bidirectionallySound(codePoints: readonly number[]): boolean {
  const has = (table: Table): boolean => codePoints.some((codePoint) => table(codePoint));
  if (!has(RIGHT_TO_LEFT)) return true;
  const ends = [codePoints.at(0), codePoints.at(-1)];
  return (
    !has(LEFT_TO_RIGHT) && ends.every((codePoint) => codePoint !== undefined && RIGHT_TO_LEFT(codePoint))
  );
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
