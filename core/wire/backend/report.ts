// Errors and notices of the gateway's own, in the fields and the order in which PostgreSQL sends them. Pure.

import { encodeErrorResponse } from "./error-response.ts";
import type { Fields } from "./fields.ts";
import { encodeNoticeResponse } from "./notice-response.ts";

export interface Report<Severity extends string> {
  readonly severity: Severity;
  /** Five characters: PostgreSQL's Appendix A. */
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string | null | undefined;
  readonly hint?: string | null | undefined;
  /** In characters of the statement's text, from 1. */
  readonly position?: number | null | undefined;
}

export type ErrorReport = Report<"ERROR" | "FATAL" | "PANIC">;
export type NoticeReport = Report<"WARNING" | "NOTICE" | "DEBUG" | "INFO" | "LOG">;

/** A whole ErrorResponse frame. */
export function errorResponse(report: ErrorReport): Uint8Array {
  return encodeErrorResponse({ kind: "error_response", fields: reportFields(report) });
}

/** A whole NoticeResponse frame. */
export function noticeResponse(report: NoticeReport): Uint8Array {
  return encodeNoticeResponse({ kind: "notice_response", fields: reportFields(report) });
}

function reportFields(report: ErrorReport | NoticeReport): Fields {
  const fields = new Map([
    ["S", report.severity], // as localized as we get
    ["V", report.severity],
    ["C", report.sqlstate],
    ["M", withoutZero(report.message)],
  ]);
  if (report.detail) fields.set("D", withoutZero(report.detail));
  if (report.hint) fields.set("H", withoutZero(report.hint));
  if (report.position) fields.set("P", String(report.position));
  return fields;
}

/** A report may quote a name from a token or a policy. A zero in it must neither cut the text short nor fail the report. */
function withoutZero(text: string): string {
  return text.replaceAll("\0", "\ufffd");
}
