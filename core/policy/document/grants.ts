// Reads `grants`: what may be asked for just in time, for how long, and who agrees.

import { type StatementKind, KIND_CLASSES } from "#core/sql";
import { type ApprovalTerms, termsWith } from "../approval-terms.ts";
import type { GrantTerms } from "../grants.ts";
import { readApprove } from "./approve.ts";
import { readGrantLimits } from "./grant-limits.ts";
import { readExempt } from "./masks.ts";
import { parseNamePattern } from "./patterns.ts";
import type { DocumentReader, Place } from "./reader.ts";
import { CLASSES, KINDS, kindsOf, readPattern } from "./rules.ts";
import { parseDuration } from "./units.ts";

export const GRANT_KEYS = [
  "relations",
  "kinds",
  "auto",
  "longest",
  "approve",
  "exempt",
  "limits",
  "defaults",
] as const;

const DEFAULT_LONGEST_MS = 60 * 60_000;

/** A grant is of rows: what has no relation, or reaches past one, cannot be granted by one. */
export const GRANTABLE: ReadonlySet<StatementKind> = new Set(
  KINDS.filter((kind) => KIND_CLASSES[kind] === "read" || KIND_CLASSES[kind] === "write"),
);

export function readGrants(reader: DocumentReader, place: Place): GrantTerms | null {
  const fields = reader.map(place, GRANT_KEYS);
  if (fields === null) return null;
  const relationsAt = fields.get("relations");
  if (relationsAt === undefined) reader.error(place, "say which relations may be asked for");
  const relations =
    relationsAt === undefined
      ? []
      : reader
          .items(relationsAt, "a name or a list of names")
          .flatMap((item) => readPattern(reader, item, parseNamePattern) ?? []);
  const kinds = readKinds(reader, fields.get("kinds")) ?? new Set<StatementKind>(["select"]);
  const auto = readKinds(reader, fields.get("auto")) ?? new Set<StatementKind>();
  const autoAt = fields.get("auto");
  if (autoAt !== undefined && [...auto].some((kind) => !kinds.has(kind)))
    reader.error(autoAt, "name kinds that may be asked for (kinds)");
  const approveAt = fields.get("approve");
  const approval: ApprovalTerms | null =
    approveAt === undefined ? termsWith({}) : readApprove(reader, approveAt);
  if (approveAt !== undefined && approval?.count !== undefined)
    reader.error(approveAt, "leave count out: a grant is asked for before there is a statement to count");
  if (approveAt !== undefined && approval?.breakGlass !== undefined)
    reader.error(
      approveAt,
      "leave break_glass out: it is of statements, which cannot wait, and not of grants",
    );
  const exemptAt = fields.get("exempt");
  return {
    relations,
    kinds,
    auto,
    longestMs: readLongest(reader, fields.get("longest")),
    limits: readGrantLimits(reader, fields.get("limits"), fields.get("defaults")),
    exempt: exemptAt === undefined ? [] : readExempt(reader, exemptAt),
    approval: approval ?? termsWith({}),
  };
}

function readKinds(reader: DocumentReader, place: Place | undefined): ReadonlySet<StatementKind> | null {
  if (place === undefined) return null;
  const kinds = new Set<StatementKind>();
  for (const item of reader.items(place, "a kind of statement or a list of kinds")) {
    const word = reader.oneOf(item, [...CLASSES, ...KINDS]);
    const named = word === null ? [] : kindsOf(word);
    if (named.some((kind) => !GRANTABLE.has(kind)))
      reader.error(item, "name kinds that read or write rows, such as select, update or write");
    for (const kind of named) kinds.add(kind);
  }
  return kinds;
}

function readLongest(reader: DocumentReader, place: Place | undefined): number {
  if (place === undefined) return DEFAULT_LONGEST_MS;
  const parsed = parseDuration(reader.scalar(place));
  if (parsed.ok) return parsed.value;
  reader.error(place, parsed.error);
  return DEFAULT_LONGEST_MS;
}
