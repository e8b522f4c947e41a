// Whether a statement's text may ask the client for copy data. Says yes too often, never too seldom. Pure.

const COPY = lowerCase("copy");
const FROM = lowerCase("from");
// gram.y, copy_file_name: either word means the client, whichever way the data goes.
const CLIENT = [lowerCase("stdin"), lowerCase("stdout")] as const;

/** Keywords cannot be escaped or cut by a comment, so where they do not stand there is no COPY FROM STDIN. */
export function mayCopyIn(text: Uint8Array): boolean {
  return contains(text, COPY) && contains(text, FROM) && CLIENT.some((word) => contains(text, word));
}

function contains(text: Uint8Array, word: Uint8Array): boolean {
  const [first = 0] = word;
  for (let at = 0; at <= text.length - word.length; at++) {
    if (lower(text[at] ?? 0) === first && word.every((byte, i) => lower(text[at + i] ?? 0) === byte))
      return true;
  }
  return false;
}

/** ASCII letters alone, as the scanner folds keywords (ScanKeywordLookup). */
function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

function lowerCase(word: string): Uint8Array {
  return Uint8Array.from(word, (character) => character.charCodeAt(0));
}
