// From an open byte stream to ReadyForQuery: start-up packet, authentication, what the server reports (protocol §54.2.1).
// Bounded in bytes; in time by its caller. Keeps reports as frames, to be forwarded as they came.

import {
  decodeBackend,
  encodeFrontend,
  encodeStartup,
  FrameReader,
  PROTOCOL_3_0,
  type BackendMessage,
  type Frame,
  type ProtocolVersion,
  type TransactionStatus,
} from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import type { Upstream } from "../targets/index.ts";
import { Authentication } from "./authentication.ts";
import { protocolBroken, serverRefused } from "./errors.ts";
import type { SocketStream } from "./socket-stream.ts";
import {
  UPSTREAM_LIMITS,
  type CancelKey,
  type UpstreamConnection,
  type UpstreamError,
  type UpstreamStartup,
} from "./types.ts";

/** A step either says more is to come (null), or ends the handshake. */
type Step = Result<null | "ready", UpstreamError>;

export class Handshake {
  readonly #stream: SocketStream;
  readonly #upstream: Upstream;
  readonly #startup: UpstreamStartup;
  readonly #authentication: Authentication;
  readonly #parameterStatuses: Uint8Array[] = [];
  readonly #notices: Uint8Array[] = [];
  #protocol: ProtocolVersion;
  #cancelKey: CancelKey | null = null;
  #transactionStatus: TransactionStatus = "I";

  constructor(
    stream: SocketStream,
    upstream: Upstream,
    startup: UpstreamStartup,
    random: (bytes: number) => Uint8Array,
  ) {
    this.#stream = stream;
    this.#upstream = upstream;
    this.#startup = startup;
    this.#protocol = startup.protocol ?? PROTOCOL_3_0;
    this.#authentication = new Authentication(upstream, random);
  }

  async run(): Promise<Result<UpstreamConnection, UpstreamError>> {
    await this.#stream.write(this.#startupPacket());
    const reader = new FrameReader("backend", { maxFrameBytes: UPSTREAM_LIMITS.HANDSHAKE_MESSAGE_BYTES });
    for (let total = 0; total <= UPSTREAM_LIMITS.HANDSHAKE_BYTES;) {
      const chunk = await this.#stream.read();
      if (chunk === null) return err(protocolBroken("it closed the connection"));
      total += chunk.length;
      reader.push(chunk);
      const step = await this.#takeFrames(reader);
      if (!step.ok) return step;
      // ReadyForQuery ended in this chunk, so what is left over is this chunk's end.
      if (step.value === "ready")
        return ok(this.#connection(chunk.subarray(chunk.length - reader.bufferedBytes)));
    }
    return err(protocolBroken(`more than ${UPSTREAM_LIMITS.HANDSHAKE_BYTES} bytes before ReadyForQuery`));
  }

  #startupPacket(): Uint8Array {
    const { user, database, options } = this.#upstream;
    const parameters = new Map(this.#startup.settings);
    // Whatever the settings hold: who, where and the encoding are not theirs to say.
    parameters.set("user", user);
    parameters.set("database", database);
    parameters.set("client_encoding", "UTF8");
    if (options !== null) parameters.set("options", options);
    return encodeStartup({ kind: "startup_message", protocol: this.#protocol, parameters });
  }

  async #takeFrames(reader: FrameReader): Promise<Step> {
    for (;;) {
      const frame = reader.next();
      if (!frame.ok) return err(protocolBroken(frame.error.detail));
      if (frame.value === null) return ok(null);
      const message = decodeBackend(frame.value);
      if (!message.ok) return err(protocolBroken(message.error.detail));
      const step = await this.#take(message.value, frame.value);
      if (!step.ok || step.value === "ready") return step;
    }
  }

  async #take(message: BackendMessage, frame: Frame): Promise<Step> {
    switch (message.kind) {
      case "error_response":
        return err(
          serverRefused(
            { sqlstate: message.fields.get("C") ?? "", message: message.fields.get("M") ?? "" },
            this.#upstream,
          ),
        );
      case "notice_response":
        this.#notices.push(frame.bytes.slice());
        return ok(null);
      case "negotiate_protocol_version":
        return this.#negotiate(message.protocol);
      case "parameter_status":
      case "backend_key_data":
      case "ready_for_query":
        return this.#authentication.done ? this.#report(message, frame) : outOfOrder(message);
      default:
        return message.kind.startsWith("authentication_") ? this.#authenticate(message) : outOfOrder(message);
    }
  }

  async #authenticate(message: BackendMessage): Promise<Step> {
    if (!isAuthentication(message)) return outOfOrder(message);
    const answer = await this.#authentication.answer(message);
    if (!answer.ok) return answer;
    if (answer.value !== null) await this.#stream.write(answer.value);
    return ok(null);
  }

  #report(
    message: Extract<BackendMessage, { kind: "parameter_status" | "backend_key_data" | "ready_for_query" }>,
    frame: Frame,
  ): Step {
    switch (message.kind) {
      case "parameter_status":
        this.#parameterStatuses.push(frame.bytes.slice());
        return ok(null);
      case "backend_key_data":
        this.#cancelKey = { processId: message.processId, secretKey: message.secretKey.slice() };
        return ok(null);
      case "ready_for_query":
        this.#transactionStatus = message.status;
        return ok("ready");
    }
  }

  /** A server may only come down: an answer above what was asked for is no answer (protocol §54.2.1). */
  #negotiate(offered: ProtocolVersion): Step {
    const asked = this.#protocol;
    if ((offered.major !== 3 && offered.major !== 0) || offered.minor > asked.minor) {
      return err(
        protocolBroken(
          `it offers protocol ${offered.major}.${offered.minor} when asked for 3.${asked.minor}`,
        ),
      );
    }
    this.#protocol = { major: 3, minor: offered.minor };
    return ok(null);
  }

  #connection(leftover: Uint8Array): UpstreamConnection {
    const stream = this.#stream;
    let first = leftover.length > 0 ? leftover : null;
    return {
      read: async () => {
        const bytes = first;
        first = null;
        return bytes ?? stream.read();
      },
      write: (bytes) => stream.write(bytes),
      close: () => stream.close(encodeFrontend({ kind: "terminate" })),
      parameterStatuses: this.#parameterStatuses,
      startupNotices: this.#notices,
      cancelKey: this.#cancelKey,
      transactionStatus: this.#transactionStatus,
      protocol: this.#protocol,
    };
  }
}

type Authenticating = Parameters<Authentication["answer"]>[0];

function isAuthentication(message: BackendMessage): message is Authenticating {
  return message.kind.startsWith("authentication_");
}

function outOfOrder(message: BackendMessage): Result<never, UpstreamError> {
  return err(protocolBroken(`${message.kind} out of order`));
}
