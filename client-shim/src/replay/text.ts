// Recorded text for a terminal. It is hostile: whoever wrote it chose its bytes. So whatever a terminal would act upon, or a
// person would not see, is shown as what it is. Pure.

/** Controls, and what changes the direction or the order of what stands around it, or has no width. */
const UNSEEN =
  /[\p{Cc}\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\p{Cs}\p{Co}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

const ESCAPED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** On one line. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (one) => ESCAPED[one] ?? `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}

/** Each line by itself; tabs as two spaces. */
export function visibleLines(text: string): readonly string[] {
  return text.split(/\r\n|\n/).map((line) => visible(line.replaceAll("\t", "  ")));
}

/** On one line, and no longer than that. */
export function brief(text: string, characters = 60): string {
  // What comes behind is not worth a look at all of it.
  const line = visible(
    text
      .slice(0, characters * 8)
      .replaceAll(/\s+/g, " ")
      .trim(),
  );
  return width(line) <= characters && text.length <= characters * 8 ? line : `${cut(line, characters - 1)}…`;
}

/** What takes two columns: East Asian Wide and Fullwidth (Unicode, UAX #11), and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18d08}\u{1b000}-\u{1b2fb}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const COMBINING = /[\p{Mn}\p{Me}]/u;
const ASCII = /^[ -~]*$/;

/** Columns of a terminal. */
export function width(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const one of text) columns += widthOf(one);
  return columns;
}

function widthOf(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** As much of it as fits. */
export function cut(text: string, columns: number): string {
  let taken = "";
  let used = 0;
  for (const one of text) {
    used += widthOf(one);
    if (used > columns) return taken;
    taken += one;
  }
  return taken;
}
