// Names of approvals: the target's, and 96 bits that nobody can guess. Whoever has the id can find the object that keeps it;
// deciding takes more than the id.

import { hexEncode } from "#core/bytes";

const RANDOM_BYTES = 12;
const ID = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,62})-[0-9a-f]{24}$/;

export function newId(target: string): string {
  return `${target}-${hexEncode(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)))}`;
}

/** null where it is no such name. */
export function targetOf(id: string): string | null {
  return ID.exec(id)?.[1] ?? null;
}
