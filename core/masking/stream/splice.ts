// A frame again, with some of its values replaced. Of ordinary size it is written into the arena; of a large one what is not
// replaced is handed on as views, not copied. Pure.

import type { Arena } from "./arena.ts";

/** Takes views in order; whoever joins adjacent ones sends many small rows as one. */
export interface ByteSink {
  add(bytes: Uint8Array): void;
}

/** From `start` to `end` of the bytes; with `sized`, the length word before the value is replaced with it. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  /** null only where values have their sizes. */
  readonly value: Uint8Array | null;
}

/** Copying less than this is cheaper than one more view to send. */
const LARGE_BYTES = 16_384;
const NULL_LENGTH = -1;

/** The frame `code` around bytes from `from` to `to`. `sized`: each value stands behind its length word. */
export function spliceFrame(
  code: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  replacements: readonly Replacement[],
  sized: boolean,
  arena: Arena,
  sink: ByteSink,
): void {
  const word = sized ? 4 : 0;
  let length = to - from;
  for (const { start, end, value } of replacements) length += word + (value?.length ?? 0) - (end - start);
  const large = length > LARGE_BYTES;
  arena.begin(large ? 5 : length + 5);
  arena.u8(code);
  arena.i32(length + 4);
  let copied = from;
  for (const { start, end, value } of replacements) {
    if (large) {
      sink.add(arena.end());
      if (start > copied) sink.add(bytes.subarray(copied, start));
      arena.begin(word + (value?.length ?? 0));
    } else arena.copy(bytes, copied, start);
    if (sized) arena.i32(value === null ? NULL_LENGTH : value.length);
    if (value !== null) arena.copy(value, 0, value.length);
    copied = end;
  }
  if (!large) arena.copy(bytes, copied, to);
  sink.add(arena.end());
  if (large && copied < to) sink.add(bytes.subarray(copied, to));
}
