// Every limit of the codec, with its reason. A frame's size is all of it: code byte, length word, body.
// Passing one is a WireError of kind "frame_too_large" as soon as the header is there, before the body is buffered.

export interface FrameLimits {
  /** The largest frame of any kind, in bytes. */
  readonly maxFrameBytes: number;
}

export const WIRE_LIMITS = {
  /** A start-up packet without its length word. PostgreSQL's MAX_STARTUP_PACKET_LENGTH (pqcomm.h). */
  startupPacketBytes: 10_000,
  /** A message that has nothing large to say, without its code byte. PostgreSQL's PQ_SMALL_MESSAGE_LIMIT (libpq.h). */
  smallMessageBytes: 10_000,
  /** A 'p' message without its code byte. PostgreSQL's PG_MAX_AUTH_TOKEN_LENGTH (auth.h), for large Kerberos tickets. */
  authenticationMessageBytes: 65_535,
  /** A secret key of BackendKeyData and CancelRequest: 4 bytes in 3.0, up to 256 in 3.2 ("Message Formats"). */
  cancelKeyMinBytes: 4,
  cancelKeyMaxBytes: 256,
} as const;

/** PostgreSQL takes 1 GB, but an isolate has 128 MB, and a frame may be in memory twice while it is put together. */
export const DEFAULT_FRAME_LIMITS: FrameLimits = { maxFrameBytes: 16 * 1024 * 1024 };
