// What the writers of this room have in common: bytes of a response in, text out, piece by piece. Pure.

import type { Format } from "#core/wire";

/** Holds one message at a time, however large the response. */
export interface ResponseTransform {
  /** Text that follows from the next bytes; may be "". */
  push(chunk: Uint8Array): string;
  /** The rest. */
  finish(): string;
}

export interface ResponseOptions {
  /** Bind's result formats, for rows that no RowDescription announces (Execute without Describe). */
  readonly resultFormats?: readonly number[];
  /** Why the response ends where it does, where it is known to lack its end; null: it does not. */
  readonly lacks?: string | null;
}

/** Anything but 0 and 1 never came through the codec. */
export function toFormats(codes: readonly number[] | undefined): readonly Format[] {
  return (codes ?? []).map((code) => (code === 1 ? 1 : 0));
}
