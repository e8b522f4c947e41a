// What the agent says that its work is for: a start-up parameter, `SET sluice.reason`, or a comment at the statement as
// sqlcommenter writes them (`/*reason='ticket%204711'*/`). Its own words, never an identity: shown to approvers, and recorded.

import type { StatementFacts } from "#core/sql";

export const REASON_SETTING = "sluice.reason";

const MOST_CHARACTERS = 500;
/** Keys in order, values URL-encoded and in quotes (google.github.io/sqlcommenter/spec). */
const COMMENT = /\/\*(?:[^*]|\*(?!\/))*?\breason='((?:[^'\\]|\\.)*)'(?:[^*]|\*(?!\/))*\*\//;

export class Reason {
  readonly #note: (text: string) => void;
  #text: string | null = null;

  /** `note`: it is another one now. */
  constructor(note: (text: string) => void) {
    this.#note = note;
  }

  /** Of a statement that brings its own, that one. */
  of(statement: string): string | null {
    return inComment(statement) ?? this.#text;
  }

  says(text: string | null): void {
    const plain = text === null ? null : clean(text);
    if (plain === this.#text) return;
    this.#text = plain;
    this.#note(plain ?? "");
  }

  /** A statement that is about to be sent. */
  learn({ settings }: StatementFacts): void {
    for (const { name, value, constant } of settings) {
      if (name === REASON_SETTING && constant) this.says(value);
      else if (name === "*") this.says(null);
    }
  }
}

function inComment(statement: string): string | null {
  const found = COMMENT.exec(statement)?.[1];
  if (found === undefined) return null;
  try {
    return clean(decodeURIComponent(found.replaceAll("\\'", "'")));
  } catch {
    return clean(found);
  }
}

/** On one line; an empty one says nothing. */
function clean(text: string): string | null {
  const plain = text
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, MOST_CHARACTERS);
  return plain === "" ? null : plain;
}
