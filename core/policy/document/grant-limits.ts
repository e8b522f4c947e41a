// Reads the limits of grants: what may be asked for at most (`limits`), and what holds where nothing is said (`defaults`).

import {
  GRANT_LIMIT_NAMES,
  type GrantLimits,
  grantLimitsWith,
  NO_GRANT_LIMITS,
  widerThan,
} from "../grant-limits.ts";
import { readCount, readUnit } from "./limits.ts";
import type { DocumentReader, Place } from "./reader.ts";
import { parseBytes, parseDuration } from "./units.ts";

export const GRANT_LIMIT_KEYS = [
  "rows_returned",
  "bytes_returned",
  "rows_changed",
  "statement_time",
  "statements",
] as const;

export interface GrantLimitTerms {
  readonly most: GrantLimits;
  readonly usual: GrantLimits;
}

export function readGrantLimits(
  reader: DocumentReader,
  mostAt: Place | undefined,
  usualAt: Place | undefined,
): GrantLimitTerms {
  const most = grantLimitsWith(mostAt === undefined ? {} : readLimitsOf(reader, mostAt), NO_GRANT_LIMITS);
  const usual = grantLimitsWith(usualAt === undefined ? {} : readLimitsOf(reader, usualAt), most);
  const wider = widerThan(usual, most);
  if (wider !== null && usualAt !== undefined)
    reader.error(usualAt, `${GRANT_LIMIT_NAMES[wider]}: more than limits lets be asked for`);
  return { most, usual };
}

function readLimitsOf(reader: DocumentReader, place: Place): Partial<GrantLimits> {
  const fields = reader.map(place, GRANT_LIMIT_KEYS);
  if (fields === null) return {};
  const said: { -readonly [Key in keyof GrantLimits]?: GrantLimits[Key] } = {};
  const put = (key: keyof GrantLimits, at: Place | undefined, read: (at: Place) => number | null): void => {
    if (at !== undefined) said[key] = reader.scalar(at) === "none" ? null : read(at);
  };
  const count = (at: Place): number | null => readCount(reader, at, 1);
  const rows = (
    name: "rows_returned" | "rows_changed",
    statement: keyof GrantLimits,
    inAll: keyof GrantLimits,
  ): void => {
    const at = fields.get(name);
    if (at === undefined) return;
    if (reader.scalar(at) !== undefined) return put(statement, at, count);
    const parts = reader.map(at, ["statement", "grant"]);
    put(statement, parts?.get("statement"), count);
    put(inAll, parts?.get("grant"), count);
  };
  rows("rows_returned", "rowsReturned", "rowsReturnedInAll");
  rows("rows_changed", "rowsChanged", "rowsChangedInAll");
  put("bytesReturned", fields.get("bytes_returned"), (at) => readUnit(reader, at, parseBytes));
  put("statementTimeMs", fields.get("statement_time"), (at) => readUnit(reader, at, parseDuration));
  put("statements", fields.get("statements"), count);
  return said;
}
