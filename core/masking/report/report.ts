// ErrorResponse, NoticeResponse, NotificationResponse and command tags of a statement that touches masked columns. The words
// that PostgreSQL is known to say stay, names that are known stay, values become "…", and any other text goes. Pure.

import type { Fields } from "#core/wire";
import { genericMessage, knownState } from "./conditions.ts";
import { fill, HIDDEN, type Knows, type Template } from "./template.ts";
import { CONTEXTS, DETAILS, HINTS, MESSAGES } from "./texts.ts";

type Treat = (text: string, fields: Fields, knows: Knows) => string | null;

const keep: Treat = (text) => text;
const name: Treat = (text, _, knows) => (knows(text) ? text : null);
const digits: Treat = (text) => (/^\d{1,10}$/.test(text) ? text : null);
/** Of PostgreSQL's own source; RAISE cannot set it. */
const source: Treat = (text) => (/^[\w./-]{1,64}$/.test(text) ? text : null);

const SYNTAX_ERROR = "42601";

/** "Error and Notice Message Fields". What is not here (the internal query and its position, and what is new) goes. */
const TREATMENTS: ReadonlyMap<string, Treat> = new Map([
  ["S", keep],
  ["V", keep],
  ["C", (text) => knownState(text)],
  ["M", (text, fields, knows) => known(MESSAGES, text, knows) ?? genericMessage(fields.get("C") ?? "")],
  ["D", (text, _, knows) => known(DETAILS, text, knows)],
  ["H", (text, _, knows) => known(HINTS, text, knows)],
  ["W", (text, _, knows) => context(text, knows)],
  // Of a statement that was parsed: a syntax error of PostgreSQL's is in a text that is a value, as `ssn::regtype` reads one.
  ["P", (text, fields, knows) => (fields.get("C") === SYNTAX_ERROR ? null : digits(text, fields, knows))],
  ["s", name],
  ["t", name],
  ["c", name],
  ["d", name],
  ["n", name],
  ["F", source],
  ["L", digits],
  ["R", source],
]);

/**
 * `knows`: whether a text is a name that the asker may see: of a relation, column, constraint, function or type that the
 * statement has to do with, bare or qualified. It must not know every word of the statement: that may be a guess at a value.
 */
export function maskReport(fields: Fields, knows: Knows): Fields {
  const shown = new Map<string, string>();
  for (const [letter, text] of fields) {
    const kept = TREATMENTS.get(letter)?.(text, fields, knows) ?? null;
    if (kept !== null) shown.set(letter, kept);
  }
  return shown;
}

/** The channel was named by who listens; the payload was made by any session, out of anything. */
export function maskNotification<N extends { readonly payload: string }>(message: N): N {
  return { ...message, payload: message.payload === "" ? "" : HIDDEN };
}

/** "INSERT 0 5": words in upper case and counts. No command of PostgreSQL 18 says more; what does is cut. */
export function maskTag(tag: string): string {
  return /^[A-Z]+(?: [A-Z]+)*(?: \d{1,20}){0,2}$/.test(tag) ? tag : (/^[A-Z]{1,20}\b/.exec(tag)?.[0] ?? "OK");
}

function known(templates: readonly Template[], text: string, knows: Knows): string | null {
  for (const template of templates) {
    const filled = fill(template, text, knows);
    if (filled !== null) return filled;
  }
  return null;
}

/** Lines that are known; null when none is left. */
function context(text: string, knows: Knows): string | null {
  const lines = text.split("\n").map((line) => known(CONTEXTS, line, knows));
  const kept = lines.filter((line) => line !== null);
  return kept.length === 0 ? null : kept.join("\n");
}
