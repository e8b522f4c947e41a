// Signs the log's head as a note (C2SP signed-note), with the key that signs heads.

import { base64Encode, hexEncode, utf8Encode } from "#core/bytes";
import { checkpointBody, signedNote } from "#core/record";
import { rawKey, type RecordKey } from "../record-key.ts";

export interface Tree {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Of the C2SP registry of signature types. */
const ED25519 = 1;
const KEY_ID_BYTES = 4;

export async function checkpointOf(origin: string, { size, root }: Tree, key: RecordKey): Promise<string> {
  const body = checkpointBody(origin, size, root);
  return signedNote(body, origin, await keyId(origin, rawKey(key.public)), await key.sign(utf8Encode(body)));
}

/** The key as verifiers of notes take it: name, id, key. */
export async function noteKey(origin: string, key: Uint8Array): Promise<string> {
  const id = hexEncode(await keyId(origin, key));
  return `${origin}+${id}+${base64Encode(Uint8Array.of(ED25519, ...key))}`;
}

async function keyId(name: string, key: Uint8Array): Promise<Uint8Array> {
  const bytes = Uint8Array.of(...utf8Encode(`${name}\n`), ED25519, ...key);
  const hash = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return new Uint8Array(hash).subarray(0, KEY_ID_BYTES);
}
