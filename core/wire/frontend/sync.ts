// Sync (F): ends a batch of the extended protocol; answered with ReadyForQuery. Pure.

import { encodeEmptyFrame } from "../frame.ts";
import { FRONTEND_CODES } from "./codes.ts";

export interface Sync {
  readonly kind: "sync";
}

export function readSync(): Sync {
  return { kind: "sync" };
}

export function encodeSync(): Uint8Array {
  return encodeEmptyFrame(FRONTEND_CODES.sync);
}
