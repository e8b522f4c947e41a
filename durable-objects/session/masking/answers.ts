// What is given out of one frame of PostgreSQL's in a session with masks: to the agent, and to the record. Fails closed: values
// of a message that nobody has a mask for are a fault, and texts that nobody can place say no values. Pure.

import { maskNotification } from "#core/masking";
import type { Masks } from "#core/policy";
import { BACKEND_CODES, decodeBackend, encodeBackend, type Frame } from "#core/wire";
import type { Mark } from "../gate/mark.ts";
import { maskedReport } from "./response-mask.ts";

/** Views of one frame, in order. */
export interface Shown {
  readonly code: number;
  readonly agent: readonly Uint8Array[];
  readonly record: readonly Uint8Array[];
}

export function asItCame({ code, bytes }: Frame): Shown {
  const views = [bytes];
  return { code, agent: views, record: views };
}

const VALUES: ReadonlySet<number> = new Set([
  BACKEND_CODES.data_row,
  BACKEND_CODES.copy_data,
  BACKEND_CODES.copy_out_response,
  BACKEND_CODES.function_call_response,
]);

/** `mark`: of the message that it answers. */
export function maskAnswer(frame: Frame, mark: Mark | null, masks: Masks): Shown | "fault" {
  if (frame.code === BACKEND_CODES.notification_response)
    return given(frame, [maskedNotification(frame).bytes], masks);
  const isReport =
    frame.code === BACKEND_CODES.error_response || frame.code === BACKEND_CODES.notice_response;
  if (mark?.refusal !== undefined && frame.code === BACKEND_CODES.error_response) {
    // It quotes the agent's own text, which the agent may see again.
    const kept = mark.refusal.native === null ? frame.bytes : maskedReport(frame, NOBODY);
    return { code: frame.code, agent: [frame.bytes], record: [masks.record ? kept : frame.bytes] };
  }
  const mask = mark?.mask;
  if (mask === undefined) {
    if (VALUES.has(frame.code)) return "fault";
    return isReport ? given(frame, [maskedReport(frame, NOBODY)], masks) : asItCame(frame);
  }
  const views: Uint8Array[] = [];
  if (!mask.mask(frame, { add: (bytes) => views.push(bytes) })) return "fault";
  const shown = given(frame, views, mask.masks);
  if (frame.code !== BACKEND_CODES.data_row || !mask.quotesHidden) return shown;
  return { ...shown, record: [ROW_OF_NULL] };
}

function given(frame: Frame, masked: readonly Uint8Array[], { agent, record }: Masks): Shown {
  const raw = [frame.bytes];
  return { code: frame.code, agent: agent ? masked : raw, record: agent || record ? masked : raw };
}

export function maskedNotification(frame: Frame): Frame {
  const message = decodeBackend(frame);
  if (!message.ok || message.value.kind !== "notification_response") return frame;
  return { code: frame.code, bytes: encodeBackend(maskNotification(message.value)) };
}

/** EXPLAIN gives one column. */
const ROW_OF_NULL = encodeBackend({ kind: "data_row", values: [null] });

/** PostgreSQL's error to a question of ours: it may have run into what the agent's statement would have. */
export function maskedOwnError(frame: Frame): Frame {
  return { code: frame.code, bytes: maskedReport(frame, NOBODY) };
}

const NOBODY = (): boolean => false;
