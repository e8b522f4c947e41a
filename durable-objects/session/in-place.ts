// The error that an agent gets in the place of PostgreSQL's: a refusal, or the same one with its position counted in the
// agent's own message. Pure.

import { BACKEND_CODES, encodeBackend, type Frame } from "#core/wire";
import { errorFields } from "./answer-frames.ts";
import type { Mark, RefusalError } from "./gate/mark.ts";

/** The refusal where PostgreSQL's own error stands, and positions counted in the agent's whole message. */
export function inPlace(frame: Frame, mark: Mark | null): Frame {
  if (frame.code !== BACKEND_CODES.error_response || mark === null) return frame;
  if (mark.refusal !== undefined) return { code: frame.code, bytes: refusalInPlace(frame, mark.refusal) };
  if (mark.offset === undefined || mark.offset === 0) return frame;
  const fields = errorFields(frame);
  const position = Number(fields?.get("P"));
  if (fields === null || !(position > 0)) return frame;
  const moved = new Map(fields).set("P", String(position + mark.offset));
  return { code: frame.code, bytes: encodeBackend({ kind: "error_response", fields: moved }) };
}

/** Where PostgreSQL refused what was sent in its place for the same reason, its own error with the words that fit. */
function refusalInPlace(frame: Frame, { bytes, native }: RefusalError): Uint8Array {
  const ours = errorFields({ code: frame.code, bytes });
  const theirs = errorFields(frame);
  if (native === null || theirs === null || theirs.get("C") !== ours?.get("C")) return bytes;
  if (native.message === null) return frame.bytes;
  const fields = new Map<string, string>();
  for (const [letter, text] of theirs) {
    if (letter === "P") continue;
    // F follows P in PostgreSQL's order (elog.c, send_message_to_frontend).
    if (letter === "F" && native.position !== null) fields.set("P", String(native.position));
    fields.set(letter, letter === "M" ? native.message : text);
  }
  return encodeBackend({ kind: "error_response", fields });
}
