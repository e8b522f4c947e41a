// NoData (B): the answer to Describe for what returns no rows. Pure.

import { encodeEmptyFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface NoData {
  readonly kind: "no_data";
}

export function readNoData(): NoData {
  return { kind: "no_data" };
}

export function encodeNoData(): Uint8Array {
  return encodeEmptyFrame(BACKEND_CODES.no_data);
}
