// Who may decide: somebody else than who asks, whatever they are called elsewhere. Pure.

import type { Approver, Identity } from "./approval.ts";

/** Each is one person: all the identities that they have. */
export type IdentityLinks = readonly (readonly Identity[])[];

export function isSamePerson(a: Identity, b: Identity, links: IdentityLinks): boolean {
  if (isSame(a, b)) return true;
  // One that stands in two lists joins them, however far apart: closed over, or a chain of links would be a way round.
  const reached: Identity[] = [a];
  const rest = new Set(links);
  for (const one of reached) {
    for (const person of rest) {
      if (!person.some((each) => isSame(each, one))) continue;
      rest.delete(person);
      reached.push(...person);
    }
  }
  return reached.some((each) => isSame(each, b));
}

export function isIn({ groups }: Approver, asked: readonly string[]): boolean {
  return asked.length === 0 || asked.some((group) => groups.includes(group));
}

function isSame(a: Identity, b: Identity): boolean {
  return a.issuer === b.issuer && a.subject === b.subject;
}
