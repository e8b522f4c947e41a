// A recorded response to CSV (RFC 4180): the rows of one result, under a line of column names, streaming. Pure.
//
// NULL is an empty field without quotes, the empty string is `""`, as in PostgreSQL's own COPY.
// A spreadsheet runs what begins with = + - @, tab or carriage return: such a field gets an apostrophe in front, unless
// all of it is a plain number. So CSV is for people; whoever needs the exact value takes JSON or wire.
// Binary values, and text that is not UTF-8, are "\x" and hexadecimal digits.

import { hexEncode, utf8Decode } from "#core/bytes";
import type { BackendMessage, Value } from "#core/wire";
import { toColumn, undescribedColumns, type ResultColumn } from "./column.ts";
import { ResponseReader } from "./reader.ts";
import { toFormats, type ResponseOptions, type ResponseTransform } from "./transform.ts";

const END = "\r\n";
const FORMULA = /^[=+\-@\t\r]/;
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]|^$|^\s|\s$/;

export interface CsvOptions extends ResponseOptions {
  /** Which of the results that have columns, from 1. */
  readonly result?: number;
}

export interface CsvTransform extends ResponseTransform {
  /** Whether there is such a result, as far as has been read. */
  readonly found: boolean;
}

export function createCsvTransform(options: CsvOptions = {}): CsvTransform {
  const reader = new ResponseReader();
  const formats = toFormats(options.resultFormats);
  const wanted = options.result ?? 1;
  let seen = 0;
  let columns: readonly ResultColumn[] | null = null;
  let written = false;

  function write(message: BackendMessage): string {
    if (message.kind === "row_description") {
      columns = message.fields.map(toColumn);
      return "";
    }
    if (message.kind === "data_row") {
      const head = open(columns ?? undescribedColumns(message.values.length, formats));
      return seen === wanted ? head + row(message.values, columns ?? []) : "";
    }
    if (message.kind === "command_complete" || message.kind === "portal_suspended") {
      const head = columns === null ? "" : open(columns);
      columns = null;
      opened = false;
      return head;
    }
    return "";
  }

  let opened = false;
  function open(these: readonly ResultColumn[]): string {
    columns = these;
    if (opened) return "";
    opened = true;
    seen++;
    if (seen !== wanted) return "";
    written = true;
    return these.map((column, i) => field(column.name ?? `column_${String(i + 1)}`)).join(",") + END;
  }

  return {
    get found() {
      return written;
    },
    push(chunk) {
      let text = "";
      for (const message of reader.push(chunk)) text += write(message);
      return text;
    },
    // Columns that nothing followed: a Describe, or an error before the first row.
    finish: () => (columns === null ? "" : open(columns)),
  };
}

function row(values: readonly Value[], columns: readonly ResultColumn[]): string {
  return csvLine(values.map((value, i) => (value === null ? null : text(value, columns[i]))));
}

/** One line of values, null for none, with the apostrophe where a spreadsheet would run it. */
export function csvLine(values: readonly (string | null)[]): string {
  return values.map((value) => (value === null ? "" : field(value))).join(",") + END;
}

function text(value: Uint8Array, column: ResultColumn | undefined): string {
  const decoded = column?.format === "binary" ? null : utf8Decode(value);
  return decoded ?? `\\x${hexEncode(value)}`;
}

function field(value: string): string {
  const safe = FORMULA.test(value) && !PLAIN_NUMBER.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
