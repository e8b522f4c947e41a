// A statement in colours: comments, strings, numbers, parameters and PostgreSQL's commoner key words. A look, no parser: what it
// takes for something else is shown all the same. Pure.

import { visibleLines } from "../text.ts";
import type { Paint, Style } from "./paint.ts";

const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*(?:'|$)|\$(?<tag>[A-Za-z_]\w*|)\$[\s\S]*?(?:\$\k<tag>\$|$))|(?<name>"(?:[^"]|"")*(?:"|$))|(?<parameter>\$\d+)|(?<number>\b\d[\d.]*(?:[eE][+-]?\d+)?\b)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)/gu;

const KEY_WORDS: ReadonlySet<string> = new Set(
  `add all alter analyze and any array as asc begin between by case cast check close cluster column commit conflict constraint copy
  create cross current cursor database deallocate declare default delete desc distinct do drop each else end except execute exists
  explain fetch filter for foreign from full function grant group having if ilike in index inner insert intersect into is join key
  lateral left like limit listen lock materialized merge move natural not notify null nulls offset on only or order outer over
  partition prepare primary procedure refresh reindex release reset restrict returning returns revoke right rollback row rows
  savepoint schema select sequence set show start table temp temporary then to transaction trigger truncate type union unique
  unlisten update using vacuum values view when where window with within`.split(/\s+/),
);

const STYLES = {
  comment: "dim",
  string: "green",
  parameter: "yellow",
  number: "cyan",
} as const satisfies Record<string, Style>;

/** Line by line, harmless. */
export function highlighted(sql: string, paint: Paint): readonly string[] {
  const lines = [""];
  const add = (text: string, style: Style | null): void => {
    for (const [i, line] of visibleLines(text).entries()) {
      if (i > 0) lines.push("");
      lines[lines.length - 1] += style === null ? line : paint(style, line);
    }
  };
  let at = 0;
  for (const match of sql.matchAll(TOKEN)) {
    add(sql.slice(at, match.index), null);
    add(match[0], styleOf(match.groups ?? {}));
    at = match.index + match[0].length;
  }
  add(sql.slice(at), null);
  return lines;
}

function styleOf(groups: Readonly<Record<string, string | undefined>>): Style | null {
  const { word } = groups;
  if (word !== undefined) return KEY_WORDS.has(word.toLowerCase()) ? "blue" : null;
  for (const [name, style] of Object.entries(STYLES)) if (groups[name] !== undefined) return style;
  return null;
}
