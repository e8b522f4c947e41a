// Flush (F): asks for what is ready to be sent, without ending the batch. Pure.

import { encodeEmptyFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface Flush {
  readonly kind: "flush";
}

export function readFlush(): Flush {
  return { kind: "flush" };
}

export function encodeFlush(): Uint8Array {
  return encodeEmptyFrame(FRONTEND_CODES.flush);
}
