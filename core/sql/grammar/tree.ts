// What is done to every tree as it comes out of the parser: its depth is bounded, and its places are counted from the start
// of its own statement. Neither recurses.

/**
 * Objects and lists within one another; an operator takes two, a subquery seven. PostgreSQL's default max_stack_depth of
 * 2 MB ends at a few thousand operators in a chain; visitors recurse, and JavaScript's stack holds 1 MB.
 */
const MAX_DEPTH = 2000;

/** A level of the tree is at least this long in JSON (`{"a":}`): shorter texts need not be looked at. */
const LEAST_LEVEL_BYTES = 6;

export function isTooDeep(json: string): boolean {
  if (json.length < MAX_DEPTH * LEAST_LEVEL_BYTES) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return true;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Every ParseLoc of PostgreSQL 18's raw parse trees (parsenodes.h, primnodes.h). */
const LOCATIONS: ReadonlySet<string> = new Set([
  "location",
  "name_location",
  "list_start",
  "list_end",
  "rexpr_list_start",
  "rexpr_list_end",
  "stmt_location",
]);

/** Changes a tree that nobody else has seen yet. -1, "unknown", stays. */
export function moveLocations(tree: object, by: number): void {
  if (by === 0) return;
  const waiting: object[] = [tree];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === "object" && value !== null) waiting.push(value as object);
      else if (typeof value === "number" && value >= 0 && LOCATIONS.has(key))
        (node as Record<string, unknown>)[key] = value + by;
    }
  }
}
