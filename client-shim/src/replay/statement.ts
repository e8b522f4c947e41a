// A recorded statement as the reading API gives it, read into what a replay needs. Pure. What it does not find is absent, never
// guessed.

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
  readonly requestBytes: number;
  /** Something of it is not in the record: literals, parameters or copy data of masked columns. */
  readonly redacted: boolean;
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
    requestBytes: numberMember(item, "request_bytes"),
    redacted: isSomething(member(item, "redactions")),
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

/** A count, a list or an object that holds something. */
function isSomething(value: unknown): boolean {
  if (typeof value === "number") return value > 0;
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
