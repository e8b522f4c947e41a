// What a COPY … TO STDOUT writes, out of its options: the bytes that its reader has to know. Pure. An option that is not
// known, or that would make the stream another than is read here, refuses the statement.

import type { ParsedStatement } from "#core/sql";
import { err, ok, type Result } from "../../result.ts";

export type CopyFormat =
  | { readonly kind: "binary" }
  | {
      readonly kind: "text" | "csv";
      /** Bytes of ASCII. */
      readonly delimiter: number;
      /** As it stands in the stream for NULL. */
      readonly nullText: string;
      readonly header: boolean;
      readonly quote: number;
      readonly escape: number;
    };

export interface CopyOptionRefusal {
  /** The option, as it is named. No values. */
  readonly option: string;
}

type Node = ParsedStatement["node"];
type Options = Map<string, string | boolean | null>;

/** COPY TO's options, and those of COPY FROM that are no more than a mistake here, which PostgreSQL refuses itself. */
const KNOWN = new Set([
  "format",
  "delimiter",
  "null",
  "header",
  "quote",
  "escape",
  "encoding",
  "force_quote",
]);
const UTF8 = /^utf-?8$|^unicode$/i;
/** Boolean values as defGetBoolean takes them. */
const TRUE = new Set(["true", "on", "1"]);
const FALSE = new Set(["false", "off", "0"]);

/** `node`: a CopyStmt. */
export function copyFormat(node: Node): Result<CopyFormat, CopyOptionRefusal> {
  if (!("CopyStmt" in node)) return err({ option: "statement" });
  const options: Options = new Map();
  for (const option of node.CopyStmt.options ?? []) {
    if (!("DefElem" in option)) return err({ option: "unknown" });
    const name = option.DefElem.defname ?? "";
    if (!KNOWN.has(name) || options.has(name)) return err({ option: name });
    options.set(name, valueOf(option.DefElem.arg));
  }
  const encoding = options.get("encoding");
  if (encoding !== undefined && !(typeof encoding === "string" && UTF8.test(encoding))) {
    return err({ option: "encoding" });
  }
  const kind = options.get("format") ?? "text";
  if (kind === "binary") return ok({ kind });
  if (kind !== "text" && kind !== "csv") return err({ option: "format" });
  return textFormat(kind, options);
}

function textFormat(kind: "text" | "csv", options: Options): Result<CopyFormat, CopyOptionRefusal> {
  const csv = kind === "csv";
  const delimiter = byteOf(options.get("delimiter") ?? (csv ? "," : "\t"));
  const quote = byteOf(options.get("quote") ?? '"');
  const escape = byteOf(options.get("escape") ?? options.get("quote") ?? '"');
  const nullText = options.get("null") ?? (csv ? "" : "\\N");
  const header = booleanOf(options.get("header") ?? (options.has("header") ? true : "false"));
  if (delimiter === null) return err({ option: "delimiter" });
  if (quote === null) return err({ option: "quote" });
  if (escape === null) return err({ option: "escape" });
  if (typeof nullText !== "string") return err({ option: "null" });
  if (header === null) return err({ option: "header" });
  return ok({ kind, delimiter, nullText, header, quote, escape });
}

/** null: an option without a value, or with none that is read here (a list, a star). */
function valueOf(arg: Node | undefined): string | boolean | null {
  if (arg === undefined) return null;
  if ("String" in arg) return arg.String.sval ?? "";
  if ("Boolean" in arg) return arg.Boolean.boolval ?? false;
  if ("Integer" in arg) return String(arg.Integer.ival ?? 0);
  return null;
}

function byteOf(value: string | boolean): number | null {
  const code = typeof value === "string" && value.length === 1 ? value.charCodeAt(0) : 0;
  return code > 0 && code < 0x80 && code !== 0x0a && code !== 0x0d ? code : null;
}

function booleanOf(value: string | boolean): boolean | null {
  if (typeof value === "boolean") return value;
  const word = value.toLowerCase();
  return TRUE.has(word) ? true : FALSE.has(word) ? false : null;
}
