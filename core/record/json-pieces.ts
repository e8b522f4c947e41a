// JSON in pieces: what JSON.stringify gives, never whole in memory. Escapes make six characters of one, so a statement of
// 30 MB would otherwise become 180 MB. Pure; plain values only (no toJSON, no cycles).

/** UTF-16 units of a string in a piece. */
const PIECE_LENGTH = 64 * 1024;

/** Joined, the pieces are the JSON of `value`. */
export function* jsonPieces(value: unknown): Generator<string> {
  if (typeof value === "string" && value.length > PIECE_LENGTH) {
    yield '"';
    for (let at = 0; at < value.length; at += PIECE_LENGTH) {
      // A pair of surrogates that is cut is written as two escapes, which read back as the pair (ECMA-262 §25.5.2.3).
      yield JSON.stringify(value.slice(at, at + PIECE_LENGTH)).slice(1, -1);
    }
    yield '"';
  } else if (Array.isArray(value)) {
    yield "[";
    for (const [i, element] of value.entries()) {
      if (i > 0) yield ",";
      yield* jsonPieces(element);
    }
    yield "]";
  } else if (typeof value === "object" && value !== null) {
    let separator = "{";
    for (const [name, member] of Object.entries(value)) {
      yield `${separator}${JSON.stringify(name)}:`;
      yield* jsonPieces(member);
      separator = ",";
    }
    yield separator === "{" ? "{}" : "}";
  } else {
    yield JSON.stringify(value);
  }
}
