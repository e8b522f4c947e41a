// Whether a text is evidently what a mask shows, so that writing it to the masked column would put a mask in the value's
// place. Only marks that no real value has by chance: a first of January may be a date of birth.

import { type Mask, REDACTED } from "./mask.ts";

/** A shorter constant is a value that people write: 0, f, no. */
const LEAST_CONSTANT_CHARACTERS = 3;
const NUMBER_OR_TRUTH = /^(?:[-+]?[\d.]+|true|false)$/;
/** 128 bits in hexadecimal, as `hash` shows text; with hyphens as it shows a uuid. */
const TOKEN = /^[0-9a-f]{32}$/;
const TOKEN_INSIDE = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/;

export function looksLike(mask: Mask, text: string): boolean {
  switch (mask.kind) {
    case "redact":
      return text === REDACTED;
    case "constant":
      return isEvident(mask.value) && text === mask.value;
    case "partial":
      return isKeptEnds(text, mask.first, mask.last);
    case "email":
      return text === REDACTED || new RegExp(`^[^@]?${STARS}@`, "u").test(text);
    case "hash":
      return TOKEN.test(text);
    case "json":
      return mask.paths.some((path) => leavesMark(path.mask, text));
    case "elements":
      return leavesMark(mask.mask, text);
    case "fields":
      return mask.fields.some((field) => leavesMark(field.mask, text));
    case "null":
    case "year":
    case "month":
    case "bucket":
      return false;
  }
}

const STARS = REDACTED.replaceAll("*", String.raw`\*`);

/** The stars with as many characters around them as the mask keeps, or alone. */
function isKeptEnds(text: string, first: number, last: number): boolean {
  if (text === REDACTED) return true;
  const characters = Array.from(text);
  return (
    characters.length === first + REDACTED.length + last &&
    characters.slice(first, first + REDACTED.length).join("") === REDACTED
  );
}

/** Somewhere in a document, an array or a record. */
function leavesMark(mask: Mask, text: string): boolean {
  switch (mask.kind) {
    case "redact":
    case "partial":
    case "email":
      return text.includes(REDACTED);
    case "constant":
      return isEvident(mask.value) && text.includes(mask.value);
    case "hash":
      return TOKEN_INSIDE.test(text);
    case "json":
    case "elements":
    case "fields":
      return looksLike(mask, text);
    case "null":
    case "year":
    case "month":
    case "bucket":
      return false;
  }
}

function isEvident(value: string): boolean {
  return value.length >= LEAST_CONSTANT_CHARACTERS && !NUMBER_OR_TRUTH.test(value);
}
