// The policy that the local stack starts with: the file of --policy, else the demonstration's. Checked before anything is
// started, so that a mistake in it is told at once.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "#core/policy";
import { UserError } from "./user-error.ts";

export interface StartPolicy {
  readonly document: string;
  /** --policy asked for it: it takes the place of a version that is in force. The demonstration's does not. */
  readonly asked: boolean;
}

const DEMO_POLICY = join(import.meta.dirname, "demo", "policy.yaml");

export function readPolicy(path: string | null): StartPolicy {
  const document = readFileSync(path ?? DEMO_POLICY, "utf8");
  const parsed = parseDocument(document);
  if (parsed.ok) return { document, asked: path !== null };
  const problems = parsed.error.map(({ line, column, message }) => `  ${path}:${line}:${column}: ${message}`);
  throw new UserError([`--policy: the document is not valid:`, ...problems].join("\n"));
}
