// Limits of grants as requests write them and answers show them. Pure.

import { type GrantLimits, parseBytes, parseDuration } from "#core/policy";
import { err, ok, type Result } from "../../core/result.ts";
import type { GrantLimitsBody, GrantLimitsItem } from "./items.ts";

/** What is said, and nothing of what is not. */
export function readLimits(body: GrantLimitsBody): Result<Partial<GrantLimits>, string> {
  const said: { -readonly [Key in keyof GrantLimits]?: GrantLimits[Key] } = {};
  const put = (key: keyof GrantLimits, value: number | undefined): void => {
    if (value !== undefined) said[key] = value;
  };
  const returned = parts(body.rows_returned);
  const changed = parts(body.rows_changed);
  put("rowsReturned", returned.statement);
  put("rowsReturnedInAll", returned.grant);
  put("rowsChanged", changed.statement);
  put("rowsChangedInAll", changed.grant);
  put("statements", body.statements);
  if (body.bytes_returned !== undefined) {
    const bytes = parseBytes(body.bytes_returned);
    if (!bytes.ok) return err(`"limits.bytes_returned": ${bytes.error}`);
    said.bytesReturned = bytes.value;
  }
  if (body.statement_time !== undefined) {
    const time = parseDuration(body.statement_time);
    if (!time.ok) return err(`"limits.statement_time": ${time.error}`);
    said.statementTimeMs = time.value;
  }
  return ok(said);
}

export function presentLimits(limits: GrantLimits): GrantLimitsItem {
  return {
    rows_returned: { statement: limits.rowsReturned, grant: limits.rowsReturnedInAll },
    bytes_returned: limits.bytesReturned,
    rows_changed: { statement: limits.rowsChanged, grant: limits.rowsChangedInAll },
    statement_time_ms: limits.statementTimeMs,
    statements: limits.statements,
  };
}

function parts(rows: GrantLimitsBody["rows_returned"]): {
  readonly statement: number | undefined;
  readonly grant: number | undefined;
} {
  return typeof rows === "number"
    ? { statement: rows, grant: undefined }
    : { statement: rows?.statement, grant: rows?.grant };
}
