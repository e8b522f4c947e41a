// Reads `record` out of the tree of a document, of a section and of a rule.

import {
  RECORD_ENDS,
  RECORD_LEVELS,
  RECORD_UNAVAILABLE,
  type RecordCeiling,
  type RecordLevel,
  type RecordUnavailable,
} from "../recording.ts";
import type { DocumentReader, Place } from "./reader.ts";
import { parseBytes } from "./units.ts";

/** Only what is said; a null of `ceiling` is `none`. */
export interface RecordSettings {
  /** Ids of rules whose responses are not recorded. */
  readonly exclude: readonly string[];
  readonly level: RecordLevel | null;
  readonly ceiling: Partial<RecordCeiling>;
  readonly unavailable: RecordUnavailable | null;
}

export const NO_RECORD_SETTINGS: RecordSettings = {
  exclude: [],
  level: null,
  ceiling: {},
  unavailable: null,
};

export function readRecord(
  reader: DocumentReader,
  place: Place,
  names: (place: Place) => readonly string[] | null,
): RecordSettings {
  const fields = reader.map(place, ["exclude", "level", "ceiling", "unavailable"]);
  const exclude = fields?.get("exclude");
  const level = fields?.get("level");
  const ceiling = fields?.get("ceiling");
  const unavailable = fields?.get("unavailable");
  return {
    exclude: (exclude === undefined ? null : names(exclude)) ?? [],
    level: level === undefined ? null : reader.oneOf(level, RECORD_LEVELS),
    ceiling: ceiling === undefined ? {} : readCeiling(reader, ceiling),
    unavailable: unavailable === undefined ? null : reader.oneOf(unavailable, RECORD_UNAVAILABLE),
  };
}

/** Of a rule: a level, or `true` for rows and `false` for counts. null: it cannot be read. */
export function readRuleRecord(reader: DocumentReader, place: Place): RecordLevel | null {
  const value = reader.scalar(place);
  if (typeof value === "boolean") return value ? "rows" : "counts";
  if (typeof value === "string") return reader.oneOf(place, RECORD_LEVELS);
  reader.error(place, "write rows, digest, counts, or false for counts");
  return null;
}

function readCeiling(reader: DocumentReader, place: Place): Partial<RecordCeiling> {
  const fields = reader.map(place, ["statement", "session", "then"]);
  const then = fields?.get("then");
  const end = then === undefined ? null : reader.oneOf(then, RECORD_ENDS);
  const ceiling: { -readonly [Key in keyof RecordCeiling]?: RecordCeiling[Key] } =
    end === null ? {} : { past: end };
  for (const key of ["statement", "session"] as const) {
    const at = fields?.get(key);
    if (at === undefined) continue;
    const bytes = reader.scalar(at) === "none" ? null : parseBytes(reader.scalar(at));
    if (bytes?.ok === false) reader.error(at, bytes.error);
    else ceiling[key] = bytes?.value ?? null;
  }
  return ceiling;
}
