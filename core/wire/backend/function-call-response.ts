// FunctionCallResponse (B): what the called function gave. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import type { Value } from "../values.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface FunctionCallResponse {
  readonly kind: "function_call_response";
  readonly value: Value;
}

export function readFunctionCallResponse(reader: ByteReader): FunctionCallResponse {
  return { kind: "function_call_response", value: reader.value() };
}

export function encodeFunctionCallResponse(message: FunctionCallResponse): Uint8Array {
  return encodeFrame(BACKEND_CODES.function_call_response, 4 + (message.value?.length ?? 0), (writer) =>
    writer.value(message.value),
  );
}
