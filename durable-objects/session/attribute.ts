// What a frame of PostgreSQL's says of the statement that it answers: counted, completed, failed. Changes the statement
// alone; what of the frame is recorded and forwarded is the exchange's.

import { concat } from "#core/bytes";
import type { Masks } from "#core/policy";
import type { RecordedError } from "#core/record";
import { BACKEND_CODES, decodeBackend, type Frame } from "#core/wire";
import { errorFields } from "./answer-frames.ts";
import { maskedOwnError, type Shown } from "./masking/answers.ts";
import { type Statement, summary } from "./statement.ts";

/** What the agent saw is the response; how the statement ended is told by what came, seen (`shown`) or not. */
export function attribute(
  statement: Statement,
  came: Frame,
  shown: Shown | null,
  masks: Masks | null,
  now: number,
): void {
  const frame = came.code === BACKEND_CODES.error_response ? recordedError(came, shown, masks) : came;
  if (shown?.code === BACKEND_CODES.error_response && came.code !== BACKEND_CODES.error_response)
    statement.cutShort ??= toldIn({ code: shown.code, bytes: concat(shown.record) });
  switch (frame.code) {
    case BACKEND_CODES.data_row:
    case BACKEND_CODES.copy_data:
      if (shown !== null) statement.rows++;
      statement.answered = true;
      return;
    case BACKEND_CODES.command_complete: {
      const message = decodeBackend(frame);
      if (message.ok && message.value.kind === "command_complete") statement.complete(message.value.tag);
      break;
    }
    case BACKEND_CODES.portal_suspended:
      statement.suspended = true;
      break;
    case BACKEND_CODES.notice_response:
      statement.notices++;
      return;
    case BACKEND_CODES.notification_response:
    case BACKEND_CODES.parameter_status:
    case BACKEND_CODES.ready_for_query:
      return;
    case BACKEND_CODES.error_response:
      failed(statement, frame);
      break;
    default:
  }
  statement.answered = true;
  statement.endedAt = now;
}

/** One that was not shown is told in the outcome all the same. */
function recordedError(came: Frame, shown: Shown | null, masks: Masks | null): Frame {
  if (shown !== null) return { code: shown.code, bytes: concat(shown.record) };
  return masks === null ? came : maskedOwnError(came);
}

function failed(statement: Statement, frame: Frame): void {
  statement.error = toldIn(frame) ?? statement.error;
}

function toldIn(frame: Frame): RecordedError | null {
  const fields = errorFields(frame);
  if (fields === null) return null;
  return {
    severity: fields.get("V") ?? fields.get("S") ?? "ERROR",
    sqlstate: fields.get("C") ?? "XX000",
    message: summary(fields.get("M") ?? ""),
  };
}
