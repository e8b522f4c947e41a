// The contract between the gateway and whoever dials it: paths, sub-protocols, flow control, close codes.
// The one file of the shim that the gateway imports. Constants and types only, no behaviour.

/** `CONNECT_PATH + TARGET` is the WebSocket that the shim dials. */
export const CONNECT_PATH = "/v1/connect/";

/** The WebSocket path that the Neon driver dials with no configuration. Its `address` parameter is never used. */
export const NEON_PATH = "/v2";

/**
 * Sub-protocol with flow control. Binary messages carry PostgreSQL bytes, cut anywhere. Text messages carry an
 * {@link Acknowledgement} as JSON. Neither side may have more than {@link WINDOW_BYTES} of payload unacknowledged.
 */
export const SUBPROTOCOL_FLOW = "sluice.flow.v1";

/** Sub-protocol without flow control: binary messages carry PostgreSQL bytes, cut anywhere. */
export const SUBPROTOCOL_RAW = "sluice.raw.v1";

/**
 * A sub-protocol that starts with this carries the caller's token: `sluice.bearer.<JWT>`. It has to be offered beside
 * SUBPROTOCOL_FLOW or SUBPROTOCOL_RAW, because the gateway never echoes it (RFC 6455 §4.2.2: the answer names one).
 */
export const SUBPROTOCOL_TOKEN_PREFIX = "sluice.bearer.";

/** How many bytes of payload of the other side this side has taken in and passed on since the start: cumulative. */
export interface Acknowledgement {
  readonly ack: number;
}

/** Bytes in flight that nobody acknowledged yet; two of them bound what a connection holds in memory. */
export const WINDOW_BYTES = 1024 * 1024;

/** Acknowledge at the latest after this many bytes, so that the sender never waits for a window that is all consumed. */
export const ACKNOWLEDGE_EVERY_BYTES = 256 * 1024;

/** WebSocket close codes of the gateway (RFC 6455 §7.4.2: 4000-4999 are private). The PostgreSQL error went before. */
export const CLOSE_CODES = {
  /** The session ended as the PostgreSQL bytes before it say. */
  sessionEnded: 1000,
  /** The other side broke the PostgreSQL or flow control protocol. */
  protocolViolation: 4400,
  /** Not authenticated, in time or at all. */
  unauthenticated: 4401,
  /** The database was lost. */
  upstreamLost: 4502,
} as const;
