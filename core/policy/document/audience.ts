// Whom something is for, as documents and configurations write it: `analyst` is a role of the token, `group:dba` a group,
// `subject:bot-*` subjects.

import type { Principal } from "../principal.ts";
import type { Audience } from "./document.ts";
import { globMatches } from "./patterns.ts";

/** null: written in no such way. */
export function readAudience(name: string): Audience | null {
  const found = /^(?:(role|group|subject):)?(.+)$/s.exec(name);
  if (found?.[2] === undefined || (found[1] === undefined && name.includes(":"))) return null;
  return { kind: (found[1] ?? "role") as Audience["kind"], pattern: found[2] };
}

export function isFor({ kind, pattern }: Audience, { subject, roles, groups }: Principal): boolean {
  const own = { role: roles, group: groups, subject: [subject] }[kind];
  return own.some((value) => globMatches(pattern, value));
}
