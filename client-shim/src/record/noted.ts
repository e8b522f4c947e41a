// What an event of a session tells of an approval (docs/record.md): JSON with the approval's id and the state that it came to. Pure.

import { memberOf } from "./crypto.ts";
import type { NotedApproval } from "./verdict.ts";

/** null where it tells of something else: grants that came or went are noted under the same kind, without an id. */
export function notedApproval(entry: number, event: unknown): NotedApproval | null {
  if (memberOf(event, "kind") !== "approval") return null;
  let said: unknown;
  try {
    said = JSON.parse(String(memberOf(event, "detail"))) as unknown;
  } catch {
    return null;
  }
  const [approval, state] = [memberOf(said, "id"), memberOf(said, "state")];
  return typeof approval === "string" && typeof state === "string" ? { entry, approval, state } : null;
}
