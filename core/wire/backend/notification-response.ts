// NotificationResponse (B): a NOTIFY on a channel the session listens to; may come at any time. Pure.

import type { ByteReader } from "#core/bytes";
import { encodeFrame } from "../frame.ts";
import { BACKEND_CODES } from "./codes.ts";

export interface NotificationResponse {
  readonly kind: "notification_response";
  /** Of the session that notified. */
  readonly processId: number;
  readonly channel: string;
  readonly payload: string;
}

export function readNotificationResponse(reader: ByteReader): NotificationResponse {
  return {
    kind: "notification_response",
    processId: reader.u32(),
    channel: reader.text(),
    payload: reader.text(),
  };
}

export function encodeNotificationResponse(message: NotificationResponse): Uint8Array {
  const bodyBytes = message.channel.length + message.payload.length + 6;
  return encodeFrame(BACKEND_CODES.notification_response, bodyBytes, (writer) => {
    writer.u32(message.processId);
    writer.text(message.channel);
    writer.text(message.payload);
  });
}
