// Terminate (F): the client goes. Pure.

import { encodeEmptyFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface Terminate {
  readonly kind: "terminate";
}

export function readTerminate(): Terminate {
  return { kind: "terminate" };
}

export function encodeTerminate(): Uint8Array {
  return encodeEmptyFrame(FRONTEND_CODES.terminate);
}
