// The first packet of a PostgreSQL client, as far as the shim must know it: requests for encryption are answered `N`
// here, and a CancelRequest is told from a start-up. Everything after that is bytes.
// https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-START-UP

import type { Socket } from "node:net";

/** Length and code, which every first packet starts with. */
const HEADER_BYTES = 8;
/** PostgreSQL's own limit on a first packet (MAX_STARTUP_PACKET_LENGTH in libpq/pqcomm.h). */
const FIRST_PACKET_BYTES = 10_000;
/** Process id, then a secret key of up to 256 bytes (protocol 3.2). */
const CANCEL_REQUEST_BYTES = HEADER_BYTES + 4 + 256;
/** PostgreSQL's default authentication_timeout: how long a silent client may hold a socket. */
const FIRST_PACKET_MS = 60_000;

const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;

const NOT_ENCRYPTED = "N";

export type FirstPacket =
  /** `bytes` begin with the StartupMessage, and may end inside or after it. */
  | { readonly kind: "start-up"; readonly bytes: Buffer }
  /** `bytes` are the whole CancelRequest. */
  | { readonly kind: "cancel"; readonly bytes: Buffer }
  | { readonly kind: "malformed" }
  /** The client went away, or said nothing for too long. */
  | { readonly kind: "gone" };

type Step =
  | FirstPacket
  | { readonly kind: "incomplete" }
  | { readonly kind: "encryption"; readonly code: number };

/** Pure: what the bytes so far amount to. */
export function examine(bytes: Buffer): Step {
  if (bytes.length < HEADER_BYTES) return { kind: "incomplete" };
  const length = bytes.readInt32BE(0);
  const code = bytes.readInt32BE(4);
  if (length < HEADER_BYTES || length > FIRST_PACKET_BYTES) return { kind: "malformed" };
  if (code === SSL_REQUEST || code === GSSENC_REQUEST) {
    return length === HEADER_BYTES ? { kind: "encryption", code } : { kind: "malformed" };
  }
  if (code !== CANCEL_REQUEST) return { kind: "start-up", bytes };
  if (length > CANCEL_REQUEST_BYTES) return { kind: "malformed" };
  if (bytes.length < length) return { kind: "incomplete" };
  return { kind: "cancel", bytes: bytes.subarray(0, length) };
}

/** Leaves the socket paused, with whatever came after the first packet still in it. */
export function readFirstPacket(client: Socket): Promise<FirstPacket> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    // Each may be asked for once, as in PostgreSQL: a client that keeps asking is broken.
    const refused = new Set<number>();

    const settle = (packet: FirstPacket): void => {
      client.pause();
      client.setTimeout(0);
      client.off("data", onData).off("end", onGone).off("close", onGone).off("timeout", onGone);
      resolve(packet);
    };
    const onGone = (): void => settle({ kind: "gone" });
    const onData = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      for (;;) {
        const step = examine(bytes);
        if (step.kind === "incomplete") return;
        if (step.kind !== "encryption") return settle(step);
        if (refused.has(step.code)) return settle({ kind: "malformed" });
        refused.add(step.code);
        bytes = bytes.subarray(HEADER_BYTES);
        client.write(NOT_ENCRYPTED);
      }
    };
    client.setTimeout(FIRST_PACKET_MS);
    client.on("data", onData).on("end", onGone).on("close", onGone).on("timeout", onGone);
  });
}
