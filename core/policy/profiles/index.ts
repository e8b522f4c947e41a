// The built-in profiles as documents. They are read by the parser that reads everyone's.

import type { PolicyDocument, ProfileName } from "../document/document.ts";
import { parseDocument } from "../document/parse.ts";
import { AGENT } from "./agent.ts";
import { OWNER } from "./owner.ts";
import { READ_ONLY } from "./read-only.ts";

export const PROFILE_TEXTS = {
  "read-only": READ_ONLY,
  agent: AGENT,
  owner: OWNER,
} as const satisfies Record<ProfileName, string>;

const parsed = new Map<ProfileName, PolicyDocument>();

export function profile(name: ProfileName): PolicyDocument {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const document = parseDocument(PROFILE_TEXTS[name]);
  if (!document.ok) throw new Error(`the profile ${name} does not parse: ${document.error[0]?.message}`);
  parsed.set(name, document.value);
  return document.value;
}

/** Everything passes untouched. */
export const OPEN_DOCUMENT = "extends: owner\n";
