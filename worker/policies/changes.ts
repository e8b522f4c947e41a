// How a statement's decision differs from the recorded one, and whether that can be told. Pure.

import type { Effect } from "#core/policy";
import type { Finding } from "../../durable-objects/inspection/index.ts";
import { runs } from "./decide.ts";
import type { CHANGES } from "./items.ts";

export type Change = (typeof CHANGES)[number] | "unchanged";

/** Not where PostgreSQL of today says that something does not exist: it may have then. */
export function isDecidable(finding: Finding): boolean {
  if (finding.kind === "not_understood") return false;
  if (finding.kind === "syntax_error") return true;
  return finding.statements.every(({ unknown }) => unknown.every(({ missing }) => missing === null));
}

/** A statement that was refused and is held now may run, if somebody approves. */
export function changeOf(before: Effect, after: Effect): Exclude<Change, "not_decidable"> {
  if (runs(before) === runs(after) && (runs(after) || before === after)) return "unchanged";
  if (runs(after) || before === "deny") return "newly_allowed";
  return after === "approve" ? "newly_held" : "newly_refused";
}
