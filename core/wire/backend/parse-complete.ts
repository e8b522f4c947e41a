// ParseComplete (B). Pure.

import { encodeEmptyFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface ParseComplete {
  readonly kind: "parse_complete";
}

export function readParseComplete(): ParseComplete {
  return { kind: "parse_complete" };
}

export function encodeParseComplete(): Uint8Array {
  return encodeEmptyFrame(BACKEND_CODES.parse_complete);
}
