// CopyDone (F & B): the COPY stream ended well. Pure.

import { encodeEmptyFrame } from "../frame.ts";

export interface CopyDone {
  readonly kind: "copy_done";
}

export const COPY_DONE_CODE = 0x63; // 'c'

export function readCopyDone(): CopyDone {
  return { kind: "copy_done" };
}

export function encodeCopyDone(): Uint8Array {
  return encodeEmptyFrame(COPY_DONE_CODE);
}
