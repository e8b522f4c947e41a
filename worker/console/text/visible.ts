// Text that came from a database or an agent, made visible: control characters, invisible ones, and those that turn the order
// of writing around are told from the rest, so that what is seen is what is there (Unicode TR36, "Trojan Source"). Pure.

export interface Piece {
  readonly text: string;
  /** What stands there, such as "U+202E right-to-left override"; null for plain text. */
  readonly mark: string | null;
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, "null"],
  [0x07, "bell"],
  [0x08, "backspace"],
  [0x0d, "carriage return"],
  [0x1b, "escape"],
  [0x7f, "delete"],
  [0x9b, "control sequence"],
  [0xad, "soft hyphen"],
  [0x61c, "arabic letter mark"],
  [0x200b, "zero width space"],
  [0x200c, "zero width non-joiner"],
  [0x200d, "zero width joiner"],
  [0x200e, "left-to-right mark"],
  [0x200f, "right-to-left mark"],
  [0x2028, "line separator"],
  [0x2029, "paragraph separator"],
  [0x202a, "left-to-right embedding"],
  [0x202b, "right-to-left embedding"],
  [0x202c, "pop directional formatting"],
  [0x202d, "left-to-right override"],
  [0x202e, "right-to-left override"],
  [0x2060, "word joiner"],
  [0x2066, "left-to-right isolate"],
  [0x2067, "right-to-left isolate"],
  [0x2068, "first strong isolate"],
  [0x2069, "pop directional isolate"],
  [0xfeff, "byte order mark"],
]);

/** Tabs and line ends are layout; a joiner between pictographs is part of one (TR51). Tag characters hide whole sentences. */
const HIDDEN =
  // oxlint-disable-next-line no-control-regex -- they are what it is for
  /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|(?<![\p{Extended_Pictographic}\ufe0f])\u200d|\p{Surrogate}/gu;

export function visible(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let last = 0;
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > last) pieces.push({ text: text.slice(last, match.index), mark: null });
    pieces.push({ text: match[0], mark: markOf(match[0]) });
    last = match.index + match[0].length;
  }
  if (last < text.length) pieces.push({ text: text.slice(last), mark: null });
  return pieces;
}

/** The same as one text, for titles and attributes. */
export function plainly(text: string): string {
  return visible(text)
    .map((piece) => (piece.mark === null ? piece.text : `⟨${code(piece.text)}⟩`))
    .join("");
}

/** U+202E. */
export function code(text: string): string {
  return `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function markOf(text: string): string {
  const point = text.codePointAt(0) ?? 0;
  const name =
    NAMES.get(point) ?? (point >= 0xd800 && point <= 0xdfff ? "half of a character" : "control character");
  return `${code(text)} ${name}`;
}
