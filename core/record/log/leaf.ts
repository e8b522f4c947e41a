// The leaves of the log, and the text of its head (docs/record.md). Pure.

import { base64Encode } from "#core/bytes";

export type Leaf =
  | {
      readonly type: "sluice.session/1";
      readonly session: string;
      readonly entries: number;
      readonly hash: string;
    }
  | {
      readonly type: "sluice.deletion/1";
      readonly session: string;
      readonly at: number;
      readonly by: string;
      readonly reason: string;
    };

/** What a checkpoint signs (C2SP tlog-checkpoint). */
export function checkpointBody(origin: string, size: number, root: Uint8Array): string {
  return `${origin}\n${String(size)}\n${base64Encode(root)}\n`;
}

/** The body with its signature (C2SP signed-note): `signature` is behind the key's id. */
export function signedNote(body: string, name: string, keyId: Uint8Array, signature: Uint8Array): string {
  return `${body}\n— ${name} ${base64Encode(Uint8Array.of(...keyId, ...signature))}\n`;
}
