// A recorded statement as the reading API gives it, read into what a replay needs. Pure. What it does not find is absent, never
// guessed.

import { counted } from "../policy/diagnostics.ts";
import { listMember, member, numberMember, textMember } from "../policy/gateway.ts";

export interface RecordedParameter {
  readonly format: 0 | 1;
  readonly value: Buffer | null;
}

export interface RecordedStatement {
  readonly seq: number;
  readonly operation: "query" | "execute" | "prepare" | "function_call";
  readonly simple: boolean;
  /** As it was sent. */
  readonly text: Buffer;
  /** For people. */
  readonly shown: string;
  readonly preparedStatement: string;
  readonly portal: string;
  readonly maxRows: number;
  readonly parameters: readonly RecordedParameter[];
  readonly resultFormats: readonly number[];
  /** What it was asked with (extended protocol); null where that is not recorded. */
  readonly messages: readonly string[] | null;
  readonly rule: string;
  readonly outcome: string;
  readonly commandTags: readonly string[];
  readonly error: { readonly sqlstate: string; readonly message: string } | null;
  readonly responseRecorded: boolean;
  readonly responseBytes: number;
  readonly requestBytes: number;
  /** What of it is not in the record, for people; null where all of it is. */
  readonly redacted: string | null;
  /** Columns, from 0, that the agent got masked in a result of it. */
  readonly masked: ReadonlySet<number>;
}

const OPERATIONS = ["query", "execute", "prepare", "function_call"] as const;

export function readStatement(item: unknown): RecordedStatement {
  const text = bytesOf(textMember(item, "statement"), textMember(item, "statement_encoding"));
  const error = member(item, "error");
  const messages = member(item, "messages");
  return {
    seq: numberMember(item, "seq"),
    operation: OPERATIONS.find((one) => one === member(item, "operation")) ?? "query",
    simple: member(item, "protocol") !== "extended",
    text,
    shown: text.toString("utf8"),
    preparedStatement: textMember(item, "prepared_statement"),
    portal: textMember(item, "portal"),
    maxRows: numberMember(item, "max_rows"),
    parameters: listMember(item, "parameters").map(readParameter),
    resultFormats: listMember(item, "result_formats").map(Number),
    messages: Array.isArray(messages) ? messages.map(String) : null,
    rule: textMember(member(item, "decision"), "rule"),
    outcome: textMember(item, "outcome"),
    commandTags: listMember(item, "command_tags").map(String),
    error:
      typeof error === "object" && error !== null
        ? { sqlstate: textMember(error, "sqlstate"), message: textMember(error, "message") }
        : null,
    responseRecorded: member(item, "response_recorded") !== false,
    responseBytes: numberMember(item, "response_bytes"),
    requestBytes: numberMember(item, "request_bytes"),
    redacted: readRedactions(member(item, "redactions")),
    masked: new Set(listMember(item, "masked_columns").map((one) => numberMember(one, "column"))),
  };
}

function readParameter(item: unknown): RecordedParameter {
  const value = member(item, "value");
  return {
    format: member(item, "format") === "binary" ? 1 : 0,
    value: typeof value === "string" ? bytesOf(value, textMember(item, "encoding")) : null,
  };
}

function bytesOf(text: string, encoding: string): Buffer {
  return Buffer.from(text, encoding === "base64" ? "base64" : "utf8");
}

/** What masks of the policy took out, for people; null: nothing. */
export function readRedactions(value: unknown): string | null {
  const literals = numberMember(value, "literals");
  const parameters = listMember(value, "parameters").length;
  const gone = [
    ...(literals > 0 ? [counted(literals, "literal")] : []),
    ...(parameters > 0 ? [counted(parameters, "parameter")] : []),
    ...(member(value, "request") === true ? ["its copy data"] : []),
  ];
  return gone.length === 0 ? null : gone.join(", ");
}
