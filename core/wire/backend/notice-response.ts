// NoticeResponse (B): a warning or remark; may come at any time. Pure.

import type { ByteReader } from "#core/bytes";
import { BACKEND_CODES } from "./codes.ts";
import { encodeFields, readFields, type Fields } from "./fields.ts";

export interface NoticeResponse {
  readonly kind: "notice_response";
  /** By field letter: S, V, C, M and the rest of "Error and Notice Message Fields". */
  readonly fields: Fields;
}

export function readNoticeResponse(reader: ByteReader): NoticeResponse {
  return { kind: "notice_response", fields: readFields(reader) };
}

export function encodeNoticeResponse(message: NoticeResponse): Uint8Array {
  return encodeFields(BACKEND_CODES.notice_response, message.fields);
}
