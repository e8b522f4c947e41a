// A message of the client's to the frame it is. Pure; throws RangeError for what does not fit its field.

import { encodeCopyData } from "../both/copy-data.ts";
import { encodeCopyDone } from "../both/copy-done.ts";
import { encodeBind } from "./bind.ts";
import { encodeClose } from "./close.ts";
import { encodeCopyFail } from "./copy-fail.ts";
import { encodeDescribe } from "./describe.ts";
import { encodeExecute } from "./execute.ts";
import { encodeFlush } from "./flush.ts";
import { encodeFunctionCall } from "./function-call.ts";
import { encodeGssResponse } from "./gss-response.ts";
import type { FrontendMessage } from "./message.ts";
import { encodeParse } from "./parse.ts";
import { encodePasswordFamily } from "./password-family.ts";
import { encodePasswordMessage } from "./password-message.ts";
import { encodeQuery } from "./query.ts";
import { encodeSaslInitialResponse } from "./sasl-initial-response.ts";
import { encodeSaslResponse } from "./sasl-response.ts";
import { encodeSync } from "./sync.ts";
import { encodeTerminate } from "./terminate.ts";

export function encodeFrontend(message: FrontendMessage): Uint8Array {
  switch (message.kind) {
    case "bind":
      return encodeBind(message);
    case "close":
      return encodeClose(message);
    case "copy_data":
      return encodeCopyData(message);
    case "copy_done":
      return encodeCopyDone();
    case "copy_fail":
      return encodeCopyFail(message);
    case "describe":
      return encodeDescribe(message);
    case "execute":
      return encodeExecute(message);
    case "flush":
      return encodeFlush();
    case "function_call":
      return encodeFunctionCall(message);
    case "gss_response":
      return encodeGssResponse(message);
    case "parse":
      return encodeParse(message);
    case "password_family":
      return encodePasswordFamily(message);
    case "password_message":
      return encodePasswordMessage(message);
    case "query":
      return encodeQuery(message);
    case "sasl_initial_response":
      return encodeSaslInitialResponse(message);
    case "sasl_response":
      return encodeSaslResponse(message);
    case "sync":
      return encodeSync();
    case "terminate":
      return encodeTerminate();
  }
}
