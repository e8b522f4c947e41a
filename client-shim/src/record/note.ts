// A checkpoint of the log: three lines, signed as a note (C2SP tlog-checkpoint, signed-note). The signing key is one of those
// that sign heads; the note names it by the first four bytes of a hash.

import { fromBase64, fromBase64Url, hex, type Keys, type VerifierCrypto } from "./crypto.ts";

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

const ED25519 = 1;
const KEY_ID_BYTES = 4;

/** The checkpoint, or what is wrong with it. */
export async function openCheckpoint(
  note: unknown,
  keys: Keys,
  crypto: VerifierCrypto,
): Promise<Checkpoint | string> {
  if (typeof note !== "string") return "the checkpoint is no text";
  const at = note.indexOf("\n\n");
  const body = note.slice(0, at + 1);
  const [origin = "", size = "", root = "", ...more] = body.split("\n");
  const hash = fromBase64(root);
  const bad = at < 0 || origin === "" || !/^(?:0|[1-9]\d{0,15})$/.test(size) || hash?.length !== 32;
  if (bad || hash === null || more.length !== 1) return "the checkpoint is malformed";
  for (const line of note.slice(at + 2).split("\n")) {
    const [dash, name, encoded] = line.split(" ");
    const signed = fromBase64(encoded);
    if (dash !== "—" || name !== origin || signed === null) continue;
    for (const x of keys.values()) {
      const id = await keyId(origin, x, crypto);
      if (id !== hex(signed.subarray(0, KEY_ID_BYTES))) continue;
      const message = new TextEncoder().encode(body);
      if (await crypto.verifyEd25519(x, message, signed.subarray(KEY_ID_BYTES)))
        return { origin, size: Number(size), root: hash };
    }
  }
  return "the checkpoint has no valid signature by a key of the keys document";
}

async function keyId(name: string, x: string, crypto: VerifierCrypto): Promise<string> {
  const key = fromBase64Url(x) ?? new Uint8Array(0);
  const label = new TextEncoder().encode(`${name}\n`);
  const bytes = Uint8Array.of(...label, ED25519, ...key);
  return hex((await crypto.sha256(bytes)).subarray(0, KEY_ID_BYTES));
}
