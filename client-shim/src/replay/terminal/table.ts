// Rows as an aligned table, as wide as the terminal: long values are folded, and what is too long is cut and says so. Where there
// are more columns than fit, each row is a list of names and values. Pure.

import { cut, visible, width } from "../text.ts";
import type { Paint } from "./paint.ts";

export interface Cell {
  /** null: SQL NULL. */
  readonly text: string | null;
}

export interface Column {
  readonly name: string;
  /** Numbers stand on the right. */
  readonly right: boolean;
}

/** A column is not made narrower than this. */
const NARROWEST = 8;
/** Lines of one value. */
const MOST_LINES = 6;
/** Looked at of a value; its lines can hold no more. */
const MOST_CHARACTERS = 4_000;
const BETWEEN = " | ";

export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  columnsOfTerminal: number,
  paint: Paint,
): readonly string[] {
  const names = columns.map(({ name }) => visible(name.slice(0, MOST_CHARACTERS)));
  const cells = rows.map((row) => row.map(({ text }) => (text === null ? null : shown(text))));
  const room = columnsOfTerminal - BETWEEN.length * Math.max(0, columns.length - 1);
  const widths = fitted(
    names.map((name, i) => Math.max(width(name), ...cells.map((row) => width(row[i] ?? "NULL")))),
    room,
  );
  if (widths === null) return listed(names, cells, columnsOfTerminal, paint);
  const line = (
    texts: readonly (readonly string[])[],
    right: (i: number) => boolean,
    style: "bold" | null,
  ): string[] =>
    Array.from({ length: Math.max(1, ...texts.map(({ length }) => length)) }, (_, at) =>
      texts
        .map((lines, i) => {
          const text = lines[at] ?? "";
          const filling = " ".repeat(Math.max(0, (widths[i] ?? 0) - width(text)));
          const painted = style === null ? text : paint(style, text);
          return right(i) ? filling + painted : painted + filling;
        })
        .join(BETWEEN)
        .trimEnd(),
    );
  return [
    ...line(
      names.map((name, i) => folded(name, widths[i] ?? 1)),
      () => false,
      "bold",
    ),
    widths.map((one) => "-".repeat(one)).join("-+-"),
    ...cells.flatMap((row) =>
      line(
        row.map((text, i) => folded(text ?? "NULL", widths[i] ?? 1)),
        (i) => columns[i]?.right === true,
        null,
      ),
    ),
  ];
}

function shown(text: string): string {
  const looked = visible(text.slice(0, MOST_CHARACTERS));
  return text.length <= MOST_CHARACTERS ? looked : `${looked}… (${text.length} characters)`;
}

/** The widest give way first; null where all of them at their narrowest are too wide. */
function fitted(natural: readonly number[], room: number): readonly number[] | null {
  let widths = [...natural];
  let over = widths.reduce((sum, one) => sum + one, 0) - room;
  while (over > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return null;
    const second = Math.max(NARROWEST, ...widths.filter((one) => one < widest));
    const count = widths.filter((one) => one === widest).length;
    const to = Math.max(second, widest - Math.ceil(over / count));
    widths = widths.map((one) => (one === widest ? to : one));
    over = widths.reduce((sum, one) => sum + one, 0) - room;
  }
  return widths;
}

function folded(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (let left = text; left !== "" && lines.length < MOST_LINES;) {
    // One at least: a character may be wider than its column.
    const line = cut(left, columns) || String.fromCodePoint(left.codePointAt(0) ?? 0);
    left = left.slice(line.length);
    const last = lines.length === MOST_LINES - 1 && left !== "";
    lines.push(last ? `${cut(line, columns - 1)}…` : line);
  }
  return lines;
}

function listed(
  names: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  columnsOfTerminal: number,
  paint: Paint,
): readonly string[] {
  const widest = Math.min(Math.max(...names.map(width)), Math.floor(columnsOfTerminal / 3));
  const room = Math.max(NARROWEST, columnsOfTerminal - widest - BETWEEN.length);
  return rows.flatMap((row, n) => [
    paint("dim", `- row ${n + 1} -`),
    ...row.flatMap((text, i) =>
      folded(text ?? "NULL", room).map((line, at) => {
        const name = at === 0 ? cut(names[i] ?? "", widest) : "";
        return `${paint("bold", name)}${" ".repeat(Math.max(0, widest - width(name)))}${BETWEEN}${line}`;
      }),
    ),
  ]);
}
