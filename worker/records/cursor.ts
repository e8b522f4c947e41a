// Cursors: where a page ended, as the key of its last item. Opaque to the caller; a made-up one is a 400, not a fault.

import * as v from "valibot";
import type { SearchPosition } from "./merge.ts";
import type { Parameter } from "./query.ts";

const integer = v.pipe(v.number(), v.safeInteger());
const SearchPositionSchema = v.union([
  v.strictTuple([integer, v.string()]),
  v.strictTuple([integer, v.string(), integer]),
]);
const NumberKeySchema = v.strictTuple([integer]);

export function writeCursor(key: readonly (string | number)[]): string {
  return btoa(JSON.stringify(key)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const searchCursor: Parameter<SearchPosition> = cursor((key) => {
  const parsed = v.safeParse(SearchPositionSchema, key);
  return parsed.success ? parsed.output : null;
});

/** After which `seq` or `n`. */
export const numberCursor: Parameter<number> = cursor((key) => {
  const parsed = v.safeParse(NumberKeySchema, key);
  return parsed.success ? parsed.output[0] : null;
});

function cursor<T>(check: (key: unknown) => T | null): Parameter<T> {
  return {
    accepted: "has to be the next_cursor of the page before",
    description: "The `next_cursor` of the page before.",
    schema: { type: "string" },
    read: (text) => {
      try {
        return check(JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/"))));
      } catch {
        return null;
      }
    },
  };
}
