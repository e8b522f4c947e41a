// BindComplete (B). Pure.

import { encodeEmptyFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface BindComplete {
  readonly kind: "bind_complete";
}

export function readBindComplete(): BindComplete {
  return { kind: "bind_complete" };
}

export function encodeBindComplete(): Uint8Array {
  return encodeEmptyFrame(BACKEND_CODES.bind_complete);
}
