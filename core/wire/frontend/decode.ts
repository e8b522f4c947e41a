// A frame of the client's to the message it is. Pure; never throws on any bytes.

import type { ByteReader } from "#core/bytes";
import { err, type Result } from "../../result.ts";
import { readCopyData } from "../both/copy-data.ts";
import { readCopyDone } from "../both/copy-done.ts";
import { unknownMessage, type WireError } from "../error.ts";
import { readBody, type Frame } from "../frame.ts";
import { readBind } from "./bind.ts";
import { readClose } from "./close.ts";
import { FRONTEND_CODES } from "./codes.ts";
import { readCopyFail } from "./copy-fail.ts";
import { readDescribe } from "./describe.ts";
import { readExecute } from "./execute.ts";
import { readFlush } from "./flush.ts";
import { readFunctionCall } from "./function-call.ts";
import { readGssResponse, type GssResponse } from "./gss-response.ts";
import type { DecodedFrontendMessage } from "./message.ts";
import { readParse } from "./parse.ts";
import { readPasswordFamily } from "./password-family.ts";
import { readPasswordMessage, type PasswordMessage } from "./password-message.ts";
import { readQuery } from "./query.ts";
import { readSaslInitialResponse, type SaslInitialResponse } from "./sasl-initial-response.ts";
import { readSaslResponse, type SaslResponse } from "./sasl-response.ts";
import { readSync } from "./sync.ts";
import { readTerminate } from "./terminate.ts";

type Kind = DecodedFrontendMessage["kind"];
type Read = (reader: ByteReader) => DecodedFrontendMessage;

const READ = {
  bind: readBind,
  close: readClose,
  copy_data: readCopyData,
  copy_done: readCopyDone,
  copy_fail: readCopyFail,
  describe: readDescribe,
  execute: readExecute,
  flush: readFlush,
  function_call: readFunctionCall,
  parse: readParse,
  password_family: readPasswordFamily,
  query: readQuery,
  sync: readSync,
  terminate: readTerminate,
} as const satisfies { [K in Kind]: (reader: ByteReader) => Extract<DecodedFrontendMessage, { kind: K }> };

const BY_CODE = new Map<number, readonly [name: string, read: Read]>(
  (Object.keys(READ) as Kind[]).map((kind) => [FRONTEND_CODES[kind], [kind, READ[kind]]]),
);

/** A message of code 'p' comes as `password_family`: decode it by what the server asked, with the functions below. */
export function decodeFrontend(frame: Frame): Result<DecodedFrontendMessage, WireError> {
  const known = BY_CODE.get(frame.code);
  return known === undefined
    ? err(unknownMessage("frontend", frame.code))
    : readBody(frame, known[0], known[1]);
}

export function decodePassword(frame: Frame): Result<PasswordMessage, WireError> {
  return decodeFamily(frame, "password_message", readPasswordMessage);
}

export function decodeSaslInitialResponse(frame: Frame): Result<SaslInitialResponse, WireError> {
  return decodeFamily(frame, "sasl_initial_response", readSaslInitialResponse);
}

export function decodeSaslResponse(frame: Frame): Result<SaslResponse, WireError> {
  return decodeFamily(frame, "sasl_response", readSaslResponse);
}

export function decodeGssResponse(frame: Frame): Result<GssResponse, WireError> {
  return decodeFamily(frame, "gss_response", readGssResponse);
}

function decodeFamily<T>(frame: Frame, name: string, read: (reader: ByteReader) => T): Result<T, WireError> {
  return frame.code === FRONTEND_CODES.password_family
    ? readBody(frame, name, read)
    : err(unknownMessage("frontend", frame.code));
}
