// Reads `break_glass` of a rule's `approve`: who may let a statement go alone in an emergency, and who looks at it afterwards.

import { BREAK_GLASS, type BreakGlassTerms } from "../approval-terms.ts";
import type { DocumentReader, Place } from "./reader.ts";
import { parseDuration } from "./units.ts";

export const BREAK_GLASS_KEYS = ["groups", "reviewers", "review_within", "valid"] as const;

const MAX_GROUPS = 100;

/** null where it cannot be read, which the reader has been told. */
export function readBreakGlass(reader: DocumentReader, place: Place): BreakGlassTerms | null {
  const fields = reader.map(place, BREAK_GLASS_KEYS);
  if (fields === null) return null;
  const groupsAt = fields.get("groups");
  if (groupsAt === undefined) reader.error(place, "name the groups whose members may do it");
  const reviewersAt = fields.get("reviewers");
  const withinAt = fields.get("review_within");
  const validAt = fields.get("valid");
  const groups = groupsAt === undefined ? null : readGroups(reader, groupsAt);
  const reviewers = reviewersAt === undefined ? [] : readGroups(reader, reviewersAt);
  const reviewWithinMs = withinAt === undefined ? BREAK_GLASS.reviewWithinMs : readTime(reader, withinAt);
  const validMs = validAt === undefined ? BREAK_GLASS.validMs : readTime(reader, validAt);
  if (groups === null || reviewers === null || reviewWithinMs === null || validMs === null) return null;
  return { groups, reviewers, reviewWithinMs, validMs };
}

/** null where they cannot be read. */
export function readGroups(reader: DocumentReader, at: Place): readonly string[] | null {
  const items = reader.items(at, "a group or a list of groups");
  if (items.length === 0 || items.length > MAX_GROUPS) {
    reader.error(at, `name 1 to ${MAX_GROUPS} groups`);
    return null;
  }
  const names = items.map((item) => reader.text(item, "a group's name"));
  return names.every((name) => name !== null) ? names : null;
}

function readTime(reader: DocumentReader, at: Place): number | null {
  const parsed = parseDuration(reader.scalar(at));
  if (parsed.ok && parsed.value >= 1_000) return parsed.value;
  reader.error(at, "write a duration of at least 1s with its unit: 15min, 24h or 2d");
  return null;
}
