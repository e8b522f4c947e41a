// Everything a client can say after start-up. Types only.

import type { CopyData } from "../both/copy-data.ts";
import type { CopyDone } from "../both/copy-done.ts";
import type { Bind } from "./bind.ts";
import type { Close } from "./close.ts";
import type { CopyFail } from "./copy-fail.ts";
import type { Describe } from "./describe.ts";
import type { Execute } from "./execute.ts";
import type { Flush } from "./flush.ts";
import type { FunctionCall } from "./function-call.ts";
import type { GssResponse } from "./gss-response.ts";
import type { Parse } from "./parse.ts";
import type { PasswordFamily } from "./password-family.ts";
import type { PasswordMessage } from "./password-message.ts";
import type { Query } from "./query.ts";
import type { SaslInitialResponse } from "./sasl-initial-response.ts";
import type { SaslResponse } from "./sasl-response.ts";
import type { Sync } from "./sync.ts";
import type { Terminate } from "./terminate.ts";

/** What `decodeFrontend` gives. */
export type DecodedFrontendMessage =
  | Bind
  | Close
  | CopyData
  | CopyDone
  | CopyFail
  | Describe
  | Execute
  | Flush
  | FunctionCall
  | Parse
  | PasswordFamily
  | Query
  | Sync
  | Terminate;

/** With the members of the password family by their own names, which only context can tell apart. */
export type FrontendMessage =
  | DecodedFrontendMessage
  | GssResponse
  | PasswordMessage
  | SaslInitialResponse
  | SaslResponse;
