// EmptyQueryResponse (B): stands for CommandComplete when the statement was empty. Pure.

import { encodeEmptyFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface EmptyQueryResponse {
  readonly kind: "empty_query_response";
}

export function readEmptyQueryResponse(): EmptyQueryResponse {
  return { kind: "empty_query_response" };
}

export function encodeEmptyQueryResponse(): Uint8Array {
  return encodeEmptyFrame(BACKEND_CODES.empty_query_response);
}
