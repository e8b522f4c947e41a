// Decisions that come signed (Standard Webhooks) in place of a token: by a system in which an approver has decided, with a key
// that the var APPROVER_KEYS registers to that approver. The time is signed with it and may be five minutes off; what is sent
// again is taken once, by its id, and the approval or grant it is for stands in what is signed.

import * as v from "valibot";
import type { Approver } from "#core/approvals";
import { base64Decode, utf8Encode } from "#core/bytes";
import { err, ok, type Result } from "../../core/result.ts";
import { secretOf } from "../../durable-objects/env.ts";
import { parseKey } from "../../durable-objects/webhooks/index.ts";
import type { Env } from "../env.ts";
import { badRequest } from "../policies/body.ts";
import type { Problem } from "../problem.ts";

const TOLERANCE_SECONDS = 300;

const Text = v.pipe(v.string(), v.nonEmpty());
const Keys = v.array(
  v.strictObject({
    secret: v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/)),
    issuer: Text,
    subject: Text,
    groups: v.optional(v.array(Text), []),
  }),
);

const said = {
  verdict: v.picklist(["approve", "deny"]),
  reason: v.optional(v.pipe(v.string(), v.maxLength(2_000))),
};
export const SignedDecision = v.union([
  v.strictObject({ approval_id: v.string(), ...said }),
  v.strictObject({ grant_id: v.string(), ...said }),
]);

export interface Signed {
  readonly by: Approver;
  /** What it is for. Ids of approvals and of grants look alike, so the kind is signed with it. */
  readonly of: { readonly kind: "approval" | "grant"; readonly id: string };
  readonly verdict: "approve" | "deny";
  readonly reason: string;
  /** The message, as the one that was signed by this key, and until when it would be taken. */
  readonly once: { readonly key: string; readonly until: number; readonly byLink: false };
}

export function isSigned(request: Request): boolean {
  return request.headers.has("webhook-signature");
}

/** Whose key has signed it, and what they say; every failure is a 401 but for what is signed and cannot be read. */
export async function readSigned(
  { headers }: Request,
  body: string,
  env: Env,
  now: number,
): Promise<Result<Signed, Problem>> {
  const id = (headers.get("webhook-id") ?? "").slice(0, MOST_ID_CHARACTERS);
  const timestamp = headers.get("webhook-timestamp") ?? "";
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (id === "" || !(Math.abs(now / 1_000 - seconds) <= TOLERANCE_SECONDS)) return err(UNSIGNED);
  const signed = utf8Encode(`${id}.${timestamp}.${body}`).slice();
  const given = (headers.get("webhook-signature") ?? "").split(" ").slice(0, MOST_SIGNATURES);
  for (const { secret, issuer, subject, groups } of keysOf(env)) {
    const key = parseKey(secretOf(env, secret) ?? "");
    if (key === null || !(await isSignedBy(key, signed, given))) continue;
    const decision = read(body);
    if (decision === null)
      return err(badRequest("the body has to be approval_id or grant_id, verdict and reason, as JSON"));
    const { verdict, reason = "" } = decision;
    const of =
      "grant_id" in decision
        ? ({ kind: "grant", id: decision.grant_id } as const)
        : ({ kind: "approval", id: decision.approval_id } as const);
    const until = (seconds + 2 * TOLERANCE_SECONDS) * 1_000;
    const once = { key: `signed ${JSON.stringify([issuer, subject, id])}`, until, byLink: false } as const;
    return ok({ by: { issuer, subject, groups }, of, verdict, reason, once });
  }
  return err(UNSIGNED);
}

/** A verdict and a reason. */
export const SIGNED_BYTES = 64 * 1024;

const MOST_SIGNATURES = 10;
/** It is kept. A longer one is cut, and then not what was signed. */
const MOST_ID_CHARACTERS = 256;

const UNSIGNED: Problem = {
  status: 401,
  title: "Unauthorized",
  detail: "the signature, its time or its key is not one that is taken here (APPROVER_KEYS)",
};

/** A mistake in it lets nobody in. */
function keysOf({ APPROVER_KEYS }: Env): v.InferOutput<typeof Keys> {
  try {
    const parsed = v.safeParse(Keys, JSON.parse(APPROVER_KEYS ?? "[]"));
    return parsed.success ? parsed.output : [];
  } catch {
    return [];
  }
}

async function isSignedBy(bytes: Uint8Array, signed: Uint8Array, given: readonly string[]): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.slice(), algorithm, false, ["verify"]);
  for (const one of given) {
    const signature = one.startsWith("v1,") ? base64Decode(one.slice(3)) : null;
    // In time that does not depend on how much of it is right.
    if (signature !== null && (await crypto.subtle.verify("HMAC", key, signature.slice(), signed.slice())))
      return true;
  }
  return false;
}

function read(body: string): v.InferOutput<typeof SignedDecision> | null {
  try {
    const parsed = v.safeParse(SignedDecision, JSON.parse(body));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
