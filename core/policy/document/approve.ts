// Reads a rule's `approve`: how a statement is held, and who lets it go.

import {
  APPROVAL_COUNTS,
  APPROVAL_MODES,
  APPROVAL_SCOPES,
  type ApprovalTerms,
  COUNT_LOCK_MS,
  COUNT_MS,
  termsWith,
} from "../approval-terms.ts";
import { readBreakGlass, readGroups } from "./break-glass.ts";
import type { DocumentReader, Place } from "./reader.ts";
import { parseDuration } from "./units.ts";

export const APPROVE_KEYS = [
  "mode",
  "scope",
  "timeout",
  "quorum",
  "groups",
  "reasons_required",
  "links_elided",
  "count",
  "count_time",
  "count_lock_time",
  "auto_under_rows",
  "break_glass",
] as const;

/** More persons than would ever be asked. */
export const MAX_QUORUM = 20;

/** null where it cannot be read, which the reader has been told. */
export function readApprove(reader: DocumentReader, place: Place): ApprovalTerms | null {
  const fields = reader.map(place, APPROVE_KEYS);
  if (fields === null) return null;
  const said: { -readonly [Key in keyof ApprovalTerms]?: ApprovalTerms[Key] } = {};
  let whole = true;
  const put = <Key extends keyof ApprovalTerms>(
    name: (typeof APPROVE_KEYS)[number],
    key: Key,
    read: (at: Place) => ApprovalTerms[Key] | null,
  ): void => {
    const at = fields.get(name);
    const value = at === undefined ? null : read(at);
    if (value !== null) said[key] = value;
    else whole &&= at === undefined;
  };
  put("mode", "mode", (at) => reader.oneOf(at, APPROVAL_MODES));
  put("scope", "scope", (at) => reader.oneOf(at, APPROVAL_SCOPES));
  put("timeout", "timeoutMs", (at) => {
    const parsed = parseDuration(reader.scalar(at));
    if (parsed.ok) return parsed.value;
    reader.error(at, "write a duration with its unit: 90s, 5min or 2h");
    return null;
  });
  put("quorum", "quorum", (at) => {
    const value = reader.scalar(at);
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_QUORUM)
      return value;
    reader.error(at, `write how many have to approve, from 1 to ${MAX_QUORUM}`);
    return null;
  });
  put("groups", "groups", (at) => readGroups(reader, at));
  put("reasons_required", "reasonsRequired", (at) => reader.boolean(at));
  put("links_elided", "linksElided", (at) => reader.boolean(at));
  put("count", "count", (at) => reader.oneOf(at, APPROVAL_COUNTS));
  put("count_time", "countMs", (at) => readTrialTime(reader, at, COUNT_MS.most));
  put("count_lock_time", "countLockMs", (at) => readTrialTime(reader, at, COUNT_LOCK_MS.most));
  put("auto_under_rows", "autoUnderRows", (at) => {
    const value = reader.scalar(at);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
    reader.error(at, "write a number of rows, from 1: what changes fewer is approved");
    return null;
  });
  put("break_glass", "breakGlass", (at) => readBreakGlass(reader, at));
  if (whole && said.count === undefined && OF_A_COUNT.some((key) => said[key] !== undefined)) {
    reader.error(place, "add count: exact, which the other settings of a count are for");
    return null;
  }
  if (said.mode === "wait" && said.scope === "subject") {
    reader.error(place, "leave scope out: what waits is let go for the session that waits, and no other");
    return null;
  }
  return whole ? termsWith(said) : null;
}

const OF_A_COUNT = ["countMs", "countLockMs", "autoUnderRows"] as const;

/** PostgreSQL takes 0 for no limit. */
function readTrialTime(reader: DocumentReader, at: Place, most: number): number | null {
  const parsed = parseDuration(reader.scalar(at));
  if (parsed.ok && parsed.value >= 1 && parsed.value <= most) return Math.ceil(parsed.value);
  reader.error(at, `write a duration of at most ${most / 1_000}s, with its unit: 500ms or 2s`);
  return null;
}
