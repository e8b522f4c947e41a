// CloseComplete (B). Pure.

import { encodeEmptyFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface CloseComplete {
  readonly kind: "close_complete";
}

export function readCloseComplete(): CloseComplete {
  return { kind: "close_complete" };
}

export function encodeCloseComplete(): Uint8Array {
  return encodeEmptyFrame(BACKEND_CODES.close_complete);
}
