// Texts of PostgreSQL's that are known, with the places where names and values stand in them. Pure.
// A template is matched as a whole, in one pass over literal pieces: no backtracking that a long value could make slow.

/**
 * What may stand between the fixed pieces of a text:
 * - `name`: an identifier, kept if it is known, else hidden;
 * - `names`: several between commas, or an expression of an index, each kept if known;
 * - `type`: a type's name, kept if it looks like one;
 * - `number`: decimal digits of a place (a line, a count of columns), kept; anything else is no match;
 * - `value`: never kept.
 */
type Slot = "name" | "names" | "type" | "number" | "value";

export interface Template {
  readonly pieces: readonly string[];
  readonly slots: readonly Slot[];
}

export type Knows = (name: string) => boolean;

/** Stands for what is hidden. */
export const HIDDEN = "…";

const SLOT = /<(name|names|type|number|value)>/;
/** As format_type writes the types of PostgreSQL's own: `character varying(10)`, `timestamp with time zone[]`. */
const TYPE_WORDS =
  /^(?:smallint|integer|bigint|numeric|real|double precision|money|boolean|text|bytea|uuid|jsonb?|xml|date|name|oid|inet|cidr|macaddr8?|interval|point|line|lseg|box|path|polygon|circle|tsvector|tsquery|"char"|character varying|character|bit varying|bit|time|timestamp|(?:time|timestamp) with(?:out)? time zone|[a-z0-9]{3,9}(?:multi)?range|void|record)(?:\(\d{1,5}(?:,-?\d{1,4})?\))?(?:\[\])?$/;

/** `written`: a text with slots as `<name>`. */
export function template(written: string): Template {
  const parts = written.split(SLOT);
  return {
    pieces: parts.filter((_, at) => at % 2 === 0),
    slots: parts.filter((_, at) => at % 2 === 1) as Slot[],
  };
}

/** The text with what is hidden hidden, or null where it is not of that template. */
export function fill({ pieces, slots }: Template, text: string, knows: Knows): string | null {
  const [first = "", ...rest] = pieces;
  if (!text.startsWith(first)) return null;
  let at = first.length;
  let shown = first;
  for (const [index, piece] of rest.entries()) {
    const last = index === rest.length - 1;
    // The last piece ends the text. Others are looked for from the left: a value may hold anything, but it comes last.
    const end = last ? text.length - piece.length : text.indexOf(piece, at);
    if (end < at || (last && !text.endsWith(piece))) return null;
    const kept = show(slots[index] ?? "value", text.slice(at, end), knows);
    if (kept === null) return null;
    shown += kept + piece;
    at = end + piece.length;
  }
  return at === text.length ? shown : null;
}

function show(slot: Slot, text: string, knows: Knows): string | null {
  switch (slot) {
    case "name":
      return knows(text) ? text : HIDDEN;
    case "names":
      return text.split(", ").every(knows) ? text : HIDDEN;
    case "type":
      return TYPE_WORDS.test(text) || knows(text) ? text : HIDDEN;
    case "number":
      return /^\d{1,10}$/.test(text) ? text : null;
    case "value":
      return HIDDEN;
  }
}
