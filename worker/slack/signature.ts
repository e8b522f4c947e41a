// Whether a request is Slack's: HMAC-SHA-256 over version, time and body with the app's signing secret
// (docs.slack.dev/authentication/verifying-requests-from-slack). Its time may be five minutes off.

import { hexDecode, utf8Encode } from "#core/bytes";

const TOLERANCE_SECONDS = 300;

export interface SlackSigned {
  readonly signature: string;
  /** From when on it would not be taken again, in milliseconds since the epoch. */
  readonly until: number;
}

/** null: it is not. */
export async function readSignature(
  headers: Headers,
  body: string,
  secret: string | null,
  now: number,
): Promise<SlackSigned | null> {
  const timestamp = headers.get("x-slack-request-timestamp") ?? "";
  const signature = (headers.get("x-slack-signature") ?? "").toLowerCase();
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (secret === null || secret === "" || !(Math.abs(now / 1_000 - seconds) <= TOLERANCE_SECONDS))
    return null;
  const mac = signature.startsWith("v0=") ? hexDecode(signature.slice(3)) : null;
  if (mac === null) return null;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8Encode(secret).slice(), algorithm, false, ["verify"]);
  const signed = utf8Encode(`v0:${timestamp}:${body}`).slice();
  // In time that does not depend on how much of it is right.
  if (!(await crypto.subtle.verify("HMAC", key, mac.slice(), signed))) return null;
  return { signature, until: (seconds + 2 * TOLERANCE_SECONDS) * 1_000 };
}
