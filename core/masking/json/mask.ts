// Masks what lies at paths of a JSON text and leaves every other byte as it is: numbers keep their digits, keys their order
// and their doubles. No recursion: a document may be as deep as it is long.

import type { JsonPathMask } from "#core/policy";
import type { KeyedHash } from "../values/codec.ts";
import { endOfString, endOfValue, keyOf, skipBlanks } from "./scan.ts";
import { maskJsonValue } from "./value.ts";

/** An object or array that has been entered. */
interface Level {
  readonly array: boolean;
  /** Masks whose path goes on in here. */
  readonly paths: readonly JsonPathMask[];
  index: number;
}

const ANY = "*";

/** `text` has to be valid JSON. */
export function maskJson(text: string, paths: readonly JsonPathMask[], keyed: KeyedHash): string {
  const pieces: string[] = [];
  const levels: Level[] = [];
  let live = paths;
  let copied = 0;
  let at = skipBlanks(text, 0);
  for (;;) {
    const mask = live.find(({ path }) => path.length === levels.length)?.mask;
    const opening = text[at];
    if (mask !== undefined) {
      const end = endOfValue(text, at);
      pieces.push(text.slice(copied, at), maskJsonValue(mask, text.slice(at, end), keyed));
      at = copied = end;
    } else if (live.length > 0 && (opening === "{" || opening === "[")) {
      levels.push({ array: opening === "[", paths: live, index: -1 });
      at++;
    } else {
      at = endOfValue(text, at);
    }
    // To the start of the next value that somebody may want, out of what ends here.
    let level = levels.at(-1);
    at = skipBlanks(text, at);
    while (level !== undefined && (text[at] === "}" || text[at] === "]")) {
      levels.pop();
      level = levels.at(-1);
      at = skipBlanks(text, at + 1);
    }
    if (level === undefined || at >= text.length) break;
    if (text[at] === ",") at = skipBlanks(text, at + 1);
    const step = enter(text, at, level);
    at = step.at;
    live = level.paths.filter(({ path }) => matches(path[levels.length - 1], step.name));
  }
  pieces.push(text.slice(copied));
  return pieces.join("");
}

/** Over the key of an object's member, to its value. */
function enter(text: string, at: number, level: Level): { readonly at: number; readonly name: string } {
  level.index++;
  if (level.array) return { at, name: String(level.index) };
  const end = endOfString(text, at);
  const colon = skipBlanks(text, end);
  return { at: skipBlanks(text, colon + 1), name: keyOf(text.slice(at, end)) };
}

function matches(step: string | undefined, name: string): boolean {
  return step === ANY || step === name;
}
