// The signature of an event (Standard Webhooks, v1): HMAC-SHA-256 over id, time and body, once for each key, so that a
// receiver may change keys when it likes.

import { base64Encode, utf8Encode } from "#core/bytes";

const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const;

export interface Signed {
  readonly id: string;
  /** Seconds since the epoch, of this attempt. */
  readonly timestamp: number;
  readonly body: string;
}

export async function signatures(
  { id, timestamp, body }: Signed,
  keys: readonly Uint8Array[],
): Promise<string> {
  const signed = utf8Encode(`${id}.${timestamp}.${body}`).slice();
  const made = await Promise.all(
    keys.map(async (bytes) => {
      const key = await crypto.subtle.importKey("raw", bytes.slice(), ALGORITHM, false, ["sign"]);
      return `v1,${base64Encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, signed)))}`;
    }),
  );
  return made.join(" ");
}
