// What the upstream room takes and gives: the doors for the session. Types and constants only.

import type { ProtocolVersion, TransactionStatus } from "#core/wire";

/** `connect` of cloudflare:sockets, passed in. */
export type Connect = (address: string, options: SocketOptions) => Socket;

export interface UpstreamDeps {
  readonly connect: Connect;
  /** Cryptographically random bytes, for the SCRAM nonce. */
  readonly random: (bytes: number) => Uint8Array;
  readonly limits: UpstreamLimits;
}

export interface UpstreamLimits {
  /** Time to reach the database and log in to it. */
  readonly UPSTREAM_CONNECT_MS: number;
}

export const UPSTREAM_LIMITS = {
  /** Long enough for a database that wakes up (serverless ones take seconds), short enough for a caller who waits. */
  UPSTREAM_CONNECT_MS: 10_000,
  /** How long a cancel waits for the server to close, which says that the signal was sent (protocol §54.2.9). */
  CANCEL_MS: 5_000,
  /** One message of the server before ReadyForQuery: a ParameterStatus or an error, never a row. */
  HANDSHAKE_MESSAGE_BYTES: 64 * 1024,
  /** All of them together: PostgreSQL sends about 500 bytes. */
  HANDSHAKE_BYTES: 1024 * 1024,
  /** One read: workerd's default reader gives 4 KiB a turn, and each turn costs (api/streams/internal.c++). */
  READ_BYTES: 128 * 1024,
  /** Reads below this are copied out of the buffer, which is used again; above it the buffer itself is given away. */
  COPY_BELOW_BYTES: 16 * 1024,
  /** How long close() waits for what was written before it. */
  CLOSE_MS: 1_000,
} as const satisfies Record<string, number>;

export interface UpstreamStartup {
  /** Settings for the start-up packet (AdmittedStartup.settings). client_encoding is UTF8 in any case. */
  readonly settings: ReadonlyMap<string, string>;
  /** 3.0 unless told. */
  readonly protocol?: ProtocolVersion;
}

export interface CancelKey {
  readonly processId: number;
  readonly secretKey: Uint8Array;
}

export interface UpstreamConnection {
  /** The next bytes; null at the end of the stream. Rejects where the connection broke. One read at a time. */
  read(): Promise<Uint8Array | null>;
  /** Ordered. The write is started before this returns, so that an INSERT before it is held against it by the output gate. */
  write(bytes: Uint8Array): Promise<void>;
  /** Terminate, then close. Never rejects; safe to call twice. */
  close(): Promise<void>;
  /** ParameterStatus frames as they came, to be forwarded. */
  readonly parameterStatuses: readonly Uint8Array[];
  /** NoticeResponse frames as they came. */
  readonly startupNotices: readonly Uint8Array[];
  /** null where the server gave none (some poolers): its statements cannot be cancelled. */
  readonly cancelKey: CancelKey | null;
  readonly transactionStatus: TransactionStatus;
  /** What the server agreed to. */
  readonly protocol: ProtocolVersion;
}

/**
 * Why there is no connection, as the agent may see it: no host, user, database or credential in it.
 * unreachable: TCP; timeout: at any stage; tls: refused, broken or not trusted; protocol: no PostgreSQL, or a hostile one;
 * credential: the database refused the gateway's own; authentication: the gateway refused what the server asked for;
 * refused: by the database, for a reason that may pass on its own.
 */
export interface UpstreamError {
  readonly kind: "unreachable" | "timeout" | "tls" | "protocol" | "credential" | "authentication" | "refused";
  readonly sqlstate: string;
  readonly message: string;
  readonly hint: string;
}
