// A recorded response to JSON, streaming: one object, its results in order, then what came beside them. Pure.
//
// { "results": [ { "columns": […], "rows": [[…]], "copy": null | {…}, "command_tag", "row_count", "suspended" } ],
//   "notices": […], "notifications": […], "parameter_status": […], "omitted": 0, "parameter_types": […] | null,
//   "error": {…} | null, "transaction_status": "I" | "T" | "E" | null, "fault": null | "why the rest cannot be read" }

import type { BackendMessage, Format } from "#core/wire";
import { Aside } from "./aside.ts";
import { formatName, toColumn, toValue, undescribedColumns, type ResultColumn } from "./column.ts";
import { ResponseReader } from "./reader.ts";
import { toFormats, type ResponseOptions, type ResponseTransform } from "./transform.ts";

type Open = "none" | "rows" | "copy";

export function createJsonTransform(options: ResponseOptions = {}): ResponseTransform {
  return new JsonTransform(options);
}

class JsonTransform implements ResponseTransform {
  readonly #reader = new ResponseReader();
  readonly #aside = new Aside();
  readonly #formats: readonly Format[];
  readonly #lacks: string | null;
  /** Described, and no row yet: Describe of a statement is followed by that of its portal. */
  #columns: readonly ResultColumn[] | null = null;
  #open: Open = "none";
  #copyFormat: "text" | "binary" = "text";
  #results = 0;
  #items = 0;
  #text = '{"results":[';

  constructor(options: ResponseOptions) {
    this.#formats = toFormats(options.resultFormats);
    this.#lacks = options.lacks ?? null;
  }

  push(chunk: Uint8Array): string {
    for (const message of this.#reader.push(chunk)) this.#take(message);
    return this.#flush();
  }

  finish(): string {
    this.#end(null);
    this.#text += `],${this.#aside.json(this.#reader.fault() ?? this.#lacks)}}`;
    return this.#flush();
  }

  #take(message: BackendMessage): void {
    switch (message.kind) {
      case "row_description":
        this.#columns = message.fields.map(toColumn);
        return;
      case "no_data":
        this.#columns = null;
        return;
      case "data_row":
        return this.#row(message.values);
      case "function_call_response":
        this.#row([message.value]);
        return this.#end(null);
      case "copy_in_response":
        return this.#copy("in", message.format);
      case "copy_out_response":
        return this.#copy("out", message.format);
      case "copy_both_response":
        return this.#copy("both", message.format);
      case "copy_data":
        return this.#item(JSON.stringify(toValue(message.data, this.#copyFormat)));
      case "command_complete":
        return this.#end(message.tag, true);
      case "empty_query_response":
        return this.#end("", true);
      case "portal_suspended":
        return this.#end(null, true, true);
      case "error_response":
        this.#end(null);
        return this.#aside.take(message);
      default:
        return this.#aside.take(message);
    }
  }

  #row(values: readonly (Uint8Array | null)[]): void {
    if (this.#open !== "rows") {
      const columns = this.#columns ?? undescribedColumns(values.length, this.#formats);
      this.#begin("rows", columns, null);
      this.#columns = columns;
    }
    const formats = this.#columns;
    this.#item(JSON.stringify(values.map((value, i) => toValue(value, formats?.[i]?.format ?? "text"))));
  }

  #copy(direction: "in" | "out" | "both", format: Format): void {
    this.#copyFormat = formatName(format);
    this.#begin("copy", [], { direction, format: this.#copyFormat });
  }

  #begin(open: "rows" | "copy", columns: readonly ResultColumn[], copy: object | null): void {
    // The last closing braces stay off: items and the rest of the object follow.
    const start =
      copy === null
        ? `${JSON.stringify({ columns, copy }).slice(0, -1)},"rows":[`
        : `${JSON.stringify({ columns, rows: [], copy }).slice(0, -2)},"data":[`;
    this.#text += (this.#results++ > 0 ? "," : "") + start;
    this.#open = open;
    this.#items = 0;
  }

  #item(json: string): void {
    if (this.#open === "none") return;
    this.#text += (this.#items++ > 0 ? "," : "") + json;
  }

  /** Ends the result under way; `always` begins one where there were no rows, for a statement that completed. */
  #end(commandTag: string | null, always = false, suspended = false): void {
    if (this.#open === "none" && (always || this.#columns !== null))
      this.#begin("rows", this.#columns ?? [], null);
    this.#columns = null;
    if (this.#open === "none") return;
    const rest = JSON.stringify({ command_tag: commandTag, row_count: this.#items, suspended }).slice(1);
    this.#text += this.#open === "copy" ? `]},${rest}` : `],${rest}`;
    this.#open = "none";
  }

  #flush(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}
