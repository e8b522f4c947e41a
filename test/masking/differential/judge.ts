// What is wrong with what a gateway showed of a statement, given what PostgreSQL shows directly in both worlds. Knows masks by
// what they look like, and nothing of lineage.

import type { Cell, Outcome, Result } from "./conversation.ts";

export interface Played {
  /** Directly, in either world. */
  readonly one: Outcome;
  readonly two: Outcome;
  /** Through a gateway with fixed masks, in either world. */
  readonly strictOne: Outcome;
  readonly strictTwo: Outcome;
  /** Through one with masks that look at the value. */
  readonly standardOne: Outcome;
}

export interface Score {
  statements: number;
  /** Refused under the strict document, and under the standard one. */
  refusedStrict: number;
  refusedStandard: number;
  /** Columns that are other in the other world; that are the same, and were hidden all the same; that were shown. */
  secret: number;
  over: number;
  shown: number;
}

export const noScore = (): Score => ({
  statements: 0,
  refusedStrict: 0,
  refusedStandard: 0,
  secret: 0,
  over: 0,
  shown: 0,
});

/** null: nothing. */
export function judge(played: Played, score: Score): string | null {
  score.statements++;
  const { one, two, strictOne, strictTwo, standardOne } = played;
  const refused = strictOne.result.error !== null && one.result.error === null;
  if (refused) score.refusedStrict++;
  if (standardOne.result.error !== null && one.result.error === null) score.refusedStandard++;
  const apart = strictOne.told.findIndex((each, index) => each !== strictTwo.told[index]);
  if (apart >= 0 || strictOne.told.length !== strictTwo.told.length)
    return `strict: the worlds can be told apart by ${strictOne.told[apart]} and ${strictTwo.told[apart]}`;
  if (refused || one.result.error !== null) return cellsOf("standard", one, standardOne, null);
  return (
    count(one.result, two.result, strictOne.result, score) ??
    cellsOf("strict", one, strictOne, two) ??
    cellsOf("standard", one, standardOne, two)
  );
}

/** `other`: the other world, where nothing but what is shown depends on secrets. */
function cellsOf(name: string, direct: Outcome, seen: Outcome, other: Outcome | null): string | null {
  if (seen.result.error !== null || direct.result.error !== null) return null;
  const pairs = [[direct.result, seen.result, other?.result ?? null] as const].concat(
    direct.after.map((result, index) => [result, seen.after[index] ?? result, other?.after[index] ?? null]),
  );
  for (const [expected, shown, otherwise] of pairs) {
    if (shown.error !== null) continue;
    const wrong = cells(expected, shown, otherwise);
    if (wrong !== null) return `${name}: ${wrong}`;
  }
  return null;
}

function cells(direct: Result, seen: Result, other: Result | null): string | null {
  if (String(seen.types) !== String(direct.types))
    return `types ${seen.types.join()} for ${direct.types.join()}`;
  if (seen.rows.length !== direct.rows.length) return `${seen.rows.length} rows for ${direct.rows.length}`;
  const comparable = other !== null && other.rows.length === direct.rows.length ? other : null;
  for (const [at, row] of direct.rows.entries())
    for (const [column, cell] of row.entries()) {
      const shown = seen.rows[at]?.[column] ?? null;
      if (same(shown, cell)) {
        const elsewhere = comparable?.rows[at]?.[column];
        if (elsewhere !== undefined && !same(elsewhere, cell) && tells(cell))
          return `column ${column} shows what is other in the other world: ${text(cell)}`;
      } else if (!isMaskOf(shown, cell)) return `column ${column} shows ${text(shown)} for ${text(cell)}`;
    }
  return null;
}

/** A short value may be its own mask. */
function tells(cell: Cell): boolean {
  return cell !== null && cell.length > 4;
}

/** NULL, what is fixed, and what a mask of the document makes of the value. */
function isMaskOf(shown: Cell, cell: Cell): boolean {
  if (shown === null) return true;
  const seen = text(shown);
  if (FIXED.has(seen) || shown.equals(ZERO) || isEmptyArray(shown)) return true;
  if (cell === null) return false;
  const value = text(cell);
  return (
    seen === `***${value.slice(-2)}` ||
    seen === `${value.slice(0, 1)}***` ||
    /^[0-9a-f]{32}$/.test(seen) ||
    (/^-?\d+$/.test(value) && seen === String(Math.floor(Number(value) / 4) * 4)) ||
    (shown.length === 4 &&
      cell.length === 4 &&
      shown.readInt32BE() === Math.floor(cell.readInt32BE() / 4) * 4) ||
    (value.startsWith("{") && seen === value.replace(/"t": ("[^"]*"|\S+?)(?=[,}])/, '"t": "***"'))
  );
}

/** What `redact` and `constant` show of texts, numbers and JSON. */
const FIXED = new Set(["***", "****", "0", '"***"', "{}"]);
/** … and of an int4, in binary. */
const ZERO = Buffer.alloc(4);

/** No dimensions, no NULLs, the type of its elements (array_send). */
function isEmptyArray(bytes: Buffer): boolean {
  return bytes.length === 12 && bytes.readBigInt64BE() === 0n;
}

function same(left: Cell, right: Cell): boolean {
  return left === null || right === null ? left === right : left.equals(right);
}

/** The version byte of jsonb in binary (jsonb_send) left out. */
function text(cell: Cell): string {
  if (cell === null) return "NULL";
  return cell.toString("utf8", cell[0] === 1 ? 1 : 0);
}

function count(one: Result, two: Result, seen: Result, score: Score): null {
  for (const column of one.types.keys()) {
    const differs =
      one.rows.length !== two.rows.length ||
      one.rows.some((row, at) => !same(row[column] ?? null, two.rows[at]?.[column] ?? null));
    const hidden = one.rows.some((row, at) => !same(row[column] ?? null, seen.rows[at]?.[column] ?? null));
    if (differs) score.secret++;
    else if (hidden) score.over++;
    else score.shown++;
  }
  return null;
}
