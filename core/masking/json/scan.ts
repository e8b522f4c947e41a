// Where the values of a JSON text end. The text is known to be valid; were it not, these would still end.

export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** `from` is at the opening quote; behind the closing one. */
export function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at + 1;
  }
  return text.length;
}

/** Behind the value that starts at `from`, whatever is in it. Always ahead of `from`, but at the text's end. */
export function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (depth > 0) continue;
    else at = endOfWord(text, at) - 1;
    if (depth <= 0) return at + 1;
  }
  return text.length;
}

/** A key as it reads, escapes undone: "\u0061" is a. */
export function keyOf(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

function endOfWord(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && !isBlank(text.charCodeAt(at)) && !",]}".includes(text[at] ?? ",")) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
