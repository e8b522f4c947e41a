// GET /.well-known/sluice/keys: the public keys that the record is verified by, for anyone. The one that signs now comes first,
// then those that signed before (the var RECORD_KEYS_RETIRED), which have to stay for as long as what they signed.

import { Hono } from "hono";
import * as v from "valibot";
import { logOrigin } from "../../durable-objects/log-object.ts";
import { noteKey } from "../../durable-objects/log/checkpoint.ts";
import { type PublicKey, rawKey, readRecordKey } from "../../durable-objects/record-key.ts";
import type { Result } from "../../core/result.ts";
import { err, ok } from "../../core/result.ts";
import type { Env } from "../env.ts";
import { problem } from "../problem.ts";

export const KEYS_PATH = "/.well-known/sluice/keys";

/** A rotation is to be seen within the hour. */
const CACHE_SECONDS = 3_600;

const Retired = v.array(
  v.object({
    kty: v.literal("OKP"),
    crv: v.literal("Ed25519"),
    kid: v.string(),
    x: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  }),
);

/** The error says what is wrong with the configuration. */
export async function recordKeys(env: Env): Promise<Result<readonly PublicKey[], string>> {
  const retired = readRetired(env.RECORD_KEYS_RETIRED ?? "[]");
  if (retired === null)
    return err(
      "RECORD_KEYS_RETIRED has to be a JSON array of public keys, as they stood in the keys document",
    );
  const before = retired.map(({ kid, x }) => publicKey(kid, x));
  if (env.RECORD_KEY === undefined) return ok(before);
  const key = await readRecordKey(env.RECORD_KEY);
  if (!key.ok) return key;
  return ok([key.value.public, ...before.filter(({ kid }) => kid !== key.value.public.kid)]);
}

export function keysApi(): Hono<{ Bindings: Env }> {
  return new Hono<{ Bindings: Env }>().get(KEYS_PATH, async (c) => {
    const keys = await recordKeys(c.env);
    if (!keys.ok) return problem(500, "Internal Server Error", keys.error);
    const origin = logOrigin(c.env);
    const noteKeys = await Promise.all(keys.value.map((key) => noteKey(origin, rawKey(key))));
    c.header("cache-control", `public, max-age=${String(CACHE_SECONDS)}`);
    return c.json({ keys: keys.value, sluice_log: origin, sluice_note_keys: noteKeys });
  });
}

function readRetired(text: string): v.InferOutput<typeof Retired> | null {
  try {
    const parsed = v.safeParse(Retired, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

function publicKey(kid: string, x: string): PublicKey {
  return { kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid, x };
}
