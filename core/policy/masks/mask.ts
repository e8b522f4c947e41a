// What a column's mask is, as a rule writes it. Plain values. Every mask keeps the type of the value; where it has no
// meaning for the type, the value becomes NULL.

export type Mask =
  | { readonly kind: "null" }
  /** PostgreSQL's text form of the value shown instead. */
  | { readonly kind: "constant"; readonly value: string }
  /** A fixed value of the type: `***`, 0, false, 1970-01-01, {} … */
  | { readonly kind: "redact" }
  /** Text: the first and last characters stay; a text that has no more than those shows nothing. */
  | { readonly kind: "partial"; readonly first: number; readonly last: number }
  /** Text: `a***@***.com`; with `domain`, `a***@example.com`. What is no e-mail address is redacted. */
  | { readonly kind: "email"; readonly domain?: boolean }
  /** A keyed token in the shape of the type: the same for the same value, whatever the format. */
  | { readonly kind: "hash" }
  /** Dates and timestamps: their first of January, their first of the month (of a timestamptz in UTC). */
  | { readonly kind: "year" }
  | { readonly kind: "month" }
  /** Numbers: the lower bound of their bucket. */
  | { readonly kind: "bucket"; readonly width: number }
  /** json and jsonb: what is at a path is masked, the rest stays. */
  | { readonly kind: "json"; readonly paths: readonly JsonPathMask[] }
  /** Arrays: each element, whatever the dimensions. */
  | { readonly kind: "elements"; readonly mask: Mask }
  /** Composites: fields by name, the rest stays. A name that the type does not have makes the whole of it NULL. */
  | { readonly kind: "fields"; readonly fields: readonly FieldMask[] };

export interface JsonPathMask {
  /** Keys, and positions of array elements from 0 in decimal; `*` is any. Empty: the document. */
  readonly path: readonly string[];
  readonly mask: Mask;
}

export interface FieldMask {
  readonly name: string;
  readonly mask: Mask;
}

/** What may stand of a text that is hidden. */
export const REDACTED = "***";

/** Masks that show the same whatever the value: all that is safe over values of unknown making. */
export function isFixed(mask: Mask): boolean {
  return mask.kind === "null" || mask.kind === "constant" || mask.kind === "redact";
}
