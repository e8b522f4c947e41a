// Reads the var IDENTITIES: which identities belong to one person, so that nobody decides on what they asked for by another
// name of theirs. A mistake in it decides nothing: no vote is taken until it is mended.

import * as v from "valibot";
import type { IdentityLinks } from "#core/approvals";
import { err, ok, type Result } from "../../core/result.ts";

const Text = v.pipe(v.string(), v.nonEmpty());
const Links = v.array(
  v.pipe(v.array(v.strictObject({ issuer: Text, subject: Text })), v.minLength(2), v.maxLength(100)),
);

const SHAPE =
  'IDENTITIES: write a list of persons, each a list of two or more {"issuer": "https://…", "subject": "…"}';

export function parseLinks(json: string | undefined): Result<IdentityLinks, string> {
  if (json === undefined || json.trim() === "") return ok([]);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return err(SHAPE);
  }
  const parsed = v.safeParse(Links, value);
  return parsed.success ? ok(parsed.output) : err(SHAPE);
}
