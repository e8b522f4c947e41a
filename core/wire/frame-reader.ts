// Cuts a stream into frames: incremental, bounded, survives any cut. Reads headers, never bodies. Pure.
//
// ALIASING: a frame is a view of the pushed chunk where that chunk holds all of it (nothing is copied), so a pushed chunk
// must not be written again. See ChunkQueue for what copies and what it costs.
// BOUNDS: an error comes as soon as five bytes are there, so at most maxFrameBytes of an unfinished frame are waiting. Frames
// that nobody takes with next() are the caller's to bound, by bufferedBytes.
// An error is for good: the stream has lost its meaning, and each further call gives the error again.

import { ChunkQueue } from "#core/bytes";
import { err, ok, type Result } from "../result.ts";
import { BACKEND_CODES } from "./backend/codes.ts";
import { frameTooLarge, frameTooSmall, unknownMessage, type Direction, type WireError } from "./error.ts";
import { HEADER_BYTES, type Frame } from "./frame.ts";
import { FRONTEND_CODES, type FrontendKind } from "./frontend/codes.ts";
import { WIRE_LIMITS, type FrameLimits } from "./limits.ts";
import { decodeStartup } from "./startup/decode.ts";
import type { StartupPacket } from "./startup/packet.ts";

const UNKNOWN = 0;

/** For each code of a direction the largest length word that PostgreSQL itself would take; UNKNOWN for all others. */
const LENGTHS: Readonly<Record<Direction, Float64Array>> = {
  frontend: frontendLengths(),
  backend: lengths(Object.values(BACKEND_CODES)),
};

/** The length word of a start-up packet, and the version word that each has. */
const STARTUP_HEADER_BYTES = 8;

export class FrameReader {
  readonly #queue = new ChunkQueue();
  readonly #direction: Direction;
  #limits: FrameLimits;
  #error: WireError | null = null;

  /** `direction` is who sends: "frontend" reads what a client says. */
  constructor(direction: Direction, limits: FrameLimits) {
    this.#direction = direction;
    this.#limits = limits;
  }

  /** Bytes pushed and not yet given out. */
  get bufferedBytes(): number {
    return this.#queue.length;
  }

  /** From the next frame on: tight before authentication, wider after it. */
  setLimits(limits: FrameLimits): void {
    this.#limits = limits;
  }

  push(chunk: Uint8Array): void {
    if (this.#error === null) this.#queue.push(chunk);
  }

  /** The next frame, or null when more bytes are needed. */
  next(): Result<Frame | null, WireError> {
    if (this.#error !== null) return err(this.#error);
    if (this.#queue.length < HEADER_BYTES) return ok(null);
    const code = this.#queue.at(0);
    const length = this.#queue.i32(1) >>> 0;
    const most = LENGTHS[this.#direction][code] ?? UNKNOWN;
    if (most === UNKNOWN) return this.#fail(unknownMessage(this.#direction, code));
    if (length < 4) return this.#fail(frameTooSmall(code, length + 1));
    const limit = Math.min(most + 1, this.#limits.maxFrameBytes);
    if (length + 1 > limit) return this.#fail(frameTooLarge(code, length + 1, limit));
    if (this.#queue.length < length + 1) return ok(null);
    return ok({ code, bytes: this.#queue.take(length + 1) });
  }

  /** The next untyped packet of a client's start-up, or null when more bytes are needed. */
  nextStartup(): Result<StartupPacket | null, WireError> {
    if (this.#error !== null) return err(this.#error);
    if (this.#queue.length < 4) return ok(null);
    const length = this.#queue.i32(0) >>> 0;
    if (length < STARTUP_HEADER_BYTES) return this.#fail(frameTooSmall(0, length));
    const limit = 4 + WIRE_LIMITS.startupPacketBytes;
    if (length > limit) return this.#fail(frameTooLarge(0, length, limit));
    if (this.#queue.length < length) return ok(null);
    const packet = decodeStartup(this.#queue.take(length));
    return packet.ok ? packet : this.#fail(packet.error);
  }

  #fail(error: WireError): Result<never, WireError> {
    this.#error = error;
    return err(error);
  }
}

/** postgres.c SocketBackend() and auth.c: what each message may be at most. */
function frontendLengths(): Float64Array {
  const { smallMessageBytes, authenticationMessageBytes } = WIRE_LIMITS;
  const table = lengths(Object.values(FRONTEND_CODES));
  const small = [
    "execute",
    "describe",
    "close",
    "flush",
    "sync",
    "terminate",
    "copy_done",
    "copy_fail",
  ] as const satisfies readonly FrontendKind[];
  for (const kind of small) table[FRONTEND_CODES[kind]] = smallMessageBytes;
  table[FRONTEND_CODES.password_family] = authenticationMessageBytes;
  return table;
}

function lengths(codes: readonly number[]): Float64Array {
  const table = new Float64Array(256).fill(UNKNOWN);
  for (const code of codes) table[code] = Number.POSITIVE_INFINITY;
  return table;
}
