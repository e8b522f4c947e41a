// The key by which a CancelRequest names a session, and that its object is named by (session-name.ts): what of it the agent
// is given, and whether a request has it.

import { hexDecode } from "#core/bytes";
import { secretKey } from "../session-name.ts";

export class CancelKey {
  readonly #key: Uint8Array;
  /** What the agent was given; null before. */
  #secret: Uint8Array | null = null;

  /** `hex`: the key, from the connection. */
  constructor(hex: string) {
    this.#key = hexDecode(hex) ?? new Uint8Array(0);
  }

  get processId(): number {
    return new DataView(this.#key.buffer, this.#key.byteOffset).getUint32(0);
  }

  /** The secret for the agent, by the protocol's length; from then on it matches. */
  async issue(sessionKey: string, protocol: "3.0" | "3.2"): Promise<Uint8Array> {
    const secret = await secretKey(sessionKey, this.#key, protocol);
    this.#secret = secret;
    return secret;
  }

  matches(processId: number, secret: Uint8Array): boolean {
    return this.#secret !== null && this.processId === processId && sameBytes(this.#secret, secret);
  }
}

/** In time that depends on the length alone. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && crypto.subtle.timingSafeEqual(a, b);
}
