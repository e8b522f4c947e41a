// Reads `limits` out of the tree of a document. `none` takes a profile's limit away.

import type { PolicyLimits } from "../policy.ts";
import type { DocumentReader, Place } from "./reader.ts";
import { parseBytes, parseDuration } from "./units.ts";

export const LIMIT_KEYS = [
  "rows_returned",
  "bytes_returned",
  "rows_changed",
  "statement_time",
  "idle_time",
  "session_time",
  "sessions_per_subject",
  "statements_per_minute",
] as const;

export const NO_LIMITS: PolicyLimits = {
  rowsReturned: null,
  bytesReturned: null,
  rowsChanged: null,
  rowsChangedSession: null,
  statementTimeMs: null,
  idleTimeMs: null,
  sessionTimeMs: null,
  sessionsPerSubject: null,
  statementsPerMinute: null,
};

export function readLimits(reader: DocumentReader, place: Place): Partial<PolicyLimits> {
  const fields = reader.map(place, LIMIT_KEYS);
  if (fields === null) return {};
  const limits: { -readonly [Key in keyof PolicyLimits]?: PolicyLimits[Key] } = {};
  const put = (key: keyof PolicyLimits, at: Place | undefined, read: (at: Place) => number | null): void => {
    if (at === undefined) return;
    limits[key] = reader.scalar(at) === "none" ? null : read(at);
  };
  const count =
    (least: number) =>
    (at: Place): number | null =>
      readCount(reader, at, least);
  const parsed =
    (parse: typeof parseBytes) =>
    (at: Place): number | null =>
      readUnit(reader, at, parse);
  put("rowsReturned", fields.get("rows_returned"), count(0));
  put("bytesReturned", fields.get("bytes_returned"), parsed(parseBytes));
  put("statementTimeMs", fields.get("statement_time"), parsed(parseDuration));
  put("idleTimeMs", fields.get("idle_time"), parsed(parseDuration));
  put("sessionTimeMs", fields.get("session_time"), parsed(parseDuration));
  put("sessionsPerSubject", fields.get("sessions_per_subject"), count(1));
  put("statementsPerMinute", fields.get("statements_per_minute"), count(1));
  const changed = fields.get("rows_changed");
  if (changed !== undefined && reader.scalar(changed) !== undefined) put("rowsChanged", changed, count(0));
  else if (changed !== undefined) {
    const parts = reader.map(changed, ["statement", "session"]);
    put("rowsChanged", parts?.get("statement"), count(0));
    put("rowsChangedSession", parts?.get("session"), count(0));
  }
  return limits;
}

/** null where it cannot be read, which the reader has been told. */
export function readCount(reader: DocumentReader, at: Place, least: number): number | null {
  const value = reader.scalar(at);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  reader.error(at, `write a whole number of at least ${least}, or none for no limit`);
  return null;
}

export function readUnit(reader: DocumentReader, at: Place, parse: typeof parseBytes): number | null {
  const value = parse(reader.scalar(at));
  if (value.ok) return value.value;
  reader.error(at, value.error);
  return null;
}
