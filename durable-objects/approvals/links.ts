// Reads the var IDENTITIES: which identities belong to one person, so that nobody decides on what they asked for by another
// name of theirs. A mistake in it decides nothing: no vote is taken until it is mended.

import * as v from "valibot";
import type { IdentityLinks } from "#core/approvals";
import { ok, type Result } from "../../core/result.ts";
import { readJsonVar } from "../json-var.ts";

const Text = v.pipe(v.string(), v.nonEmpty());
const Links = v.array(
  v.pipe(v.array(v.strictObject({ issuer: Text, subject: Text })), v.minLength(2), v.maxLength(100)),
);

const SHAPE =
  'IDENTITIES: write a list of persons, each a list of two or more {"issuer": "https://…", "subject": "…"}';

export function parseLinks(json: string | undefined): Result<IdentityLinks, string> {
  const read = readJsonVar(json, Links, SHAPE);
  return read.ok ? ok(read.value ?? []) : read;
}
