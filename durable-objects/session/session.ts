// A session: the agent's WebSocket on one side, the database's socket on the other, between start-up and end.
// Owns both and their order; what happens to a statement stands in statement-path.ts, what is stored in the journal.

import { base64Encode, hexDecode } from "#core/bytes";
import { ALLOW_ALL_VERSION } from "#core/policy";
import {
  encodeBackend,
  errorResponse,
  type Frame,
  FrameReader,
  noticeResponse,
  type WireError,
} from "#core/wire";
import type { SessionEvent } from "#core/record";
import { CLOSE_CODES } from "../../client-shim/src/contract.ts";
import type { Result } from "../../core/result.ts";
import type { Authenticate, Connection, Refusal } from "../connection.ts";
import type { Journal, Progress } from "../journal/index.ts";
import type { Limits } from "../limits.ts";
import { secretKey } from "../session-name.ts";
import type { Upstream } from "../targets/index.ts";
import type { UpstreamConnection } from "../upstream/index.ts";
import { AgentInbox, type InboxError } from "./agent-inbox.ts";
import { AgentTransport } from "./agent-transport.ts";
import type { Dialler } from "./dialler.ts";
import { type Fault, tell } from "./faults.ts";
import { type Greeted, handshake } from "./handshake.ts";
import { StatementPath } from "./statement-path.ts";

export interface SessionDeps {
  readonly connection: Connection;
  readonly socket: WebSocket;
  readonly limits: Limits;
  readonly journal: Journal;
  readonly authenticate: Authenticate;
  readonly dialler: Dialler;
  /** The connection string behind a target's name, parsed; or what the agent is told. */
  readonly resolve: (target: string) => Result<Upstream, Refusal>;
  readonly sessionKey: string;
  /** Hands a CancelRequest to the session whose key it is. */
  readonly cancelOther: (processId: number, secretKey: Uint8Array) => Promise<void>;
  /** Something was journalled: D1 should hear of it soon. */
  readonly journalled: () => void;
  /** Nothing more will be journalled. */
  readonly ended: () => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Where the upstream connection is whole, the outcome of what runs can still be learned. */
const OUTCOME_CAN_COME: ReadonlySet<Fault["kind"]> = new Set([
  "agent_terminated",
  "agent_lost",
  "token_expired",
  "terminated_by_admin",
]);
const ANSWER_POLL_MS = 10;
/** setTimeout takes 31 bits; a token that lives longer is checked again by nobody, so 24 days are its end. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Session {
  readonly #deps: SessionDeps;
  readonly #inbox: AgentInbox;
  readonly #transport: AgentTransport;
  readonly #path: StatementPath;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #upstream: { readonly connection: UpstreamConnection; readonly address: Upstream } | null = null;
  #secretKey: Uint8Array | null = null;
  #phase: "greeting" | "open" | "ending" | "over" = "greeting";
  #recorded = false;
  #gone = false;
  #events = 0;
  #writing = 0;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#inbox = new AgentInbox(deps.limits.FRONTEND_MESSAGE_BYTES);
    this.#transport = new AgentTransport(deps.socket, deps.connection.transport);
    this.#path = new StatementPath(deps.journal, (frame) => {
      this.#event("asynchronous_message", base64Encode(frame));
    });
  }

  progress(seq: number): Progress {
    return this.#path.progress(seq);
  }

  /** Runs the session to its end. Never rejects. */
  async run(): Promise<void> {
    this.#listen();
    try {
      const greeted = await this.#greet();
      if (greeted !== null) await this.#serve(greeted);
    } catch {
      // A fault of ours: what it was must not reach the agent, that it was must.
      await this.#end({ kind: "gateway_failed" });
    } finally {
      this.#over();
    }
  }

  /** A CancelRequest that names this session. Does nothing unless the key is this session's. */
  async cancel(processId: number, key: Uint8Array): Promise<void> {
    const upstream = this.#upstream;
    const ours = hexDecode(this.#deps.connection.cancelKey);
    if (upstream === null || this.#secretKey === null || ours === null) return;
    if (
      new DataView(ours.buffer, ours.byteOffset).getUint32(0) !== processId ||
      !sameBytes(this.#secretKey, key)
    )
      return;
    this.#event("cancel_requested", "");
    await this.#deps.dialler.cancel(upstream.address, upstream.connection.cancelKey);
  }

  async terminate(): Promise<void> {
    await this.#end({ kind: "terminated_by_admin" });
  }

  #listen(): void {
    const { socket } = this.#deps;
    socket.addEventListener("message", ({ data }) => {
      this.#transport.spoke();
      if (typeof data === "string") {
        if (!this.#transport.acknowledge(data)) this.#violated("a text message that is no acknowledgement");
        return;
      }
      if (!(data instanceof ArrayBuffer)) return this.#violated("a message that is neither text nor bytes");
      this.#inbox.push(new Uint8Array(data));
      if (this.#phase === "greeting") this.#boundGreeting();
      else this.#pump();
    });
    const gone = (): void => {
      this.#gone = true;
      this.#inbox.fail({ kind: "gone" });
      this.#transport.abandon();
      if (this.#phase === "open") void this.#end({ kind: "agent_lost" });
    };
    socket.addEventListener("close", gone);
    socket.addEventListener("error", gone);
  }

  #violated(detail: string): void {
    void this.#end({ kind: "protocol_violation", detail });
  }

  #boundGreeting(): void {
    if (this.#recorded || this.#inbox.receivedBytes <= this.#deps.limits.UNAUTHENTICATED_BYTES) return;
    this.#inbox.fail({ kind: "too_much" });
  }

  async #greet(): Promise<Greeted | null> {
    const { connection, authenticate, limits } = this.#deps;
    const deadline = this.#after(limits.UNAUTHENTICATED_MS, () => this.#inbox.fail({ kind: "too_late" }));
    const send = (bytes: Uint8Array): void => this.#transport.send(bytes);
    const result = await handshake(connection, this.#inbox, send, authenticate);
    clearTimeout(deadline);
    switch (result.kind) {
      case "greeted":
        return result;
      case "cancel":
        await this.#deps.cancelOther(result.processId, result.secretKey);
        this.#transport.close(CLOSE_CODES.sessionEnded, "");
        return null;
      case "refused":
        this.#refuse(result.refusal, CLOSE_CODES.unauthenticated);
        return null;
      case "broken":
        if (result.error.kind !== "gone") {
          this.#refuse(
            { sqlstate: "08P01", message: brokenGreeting(result.error), hint: "" },
            CLOSE_CODES.protocolViolation,
          );
        }
        return null;
    }
  }

  async #serve(greeted: Greeted): Promise<void> {
    const address = this.#deps.resolve(greeted.target);
    if (!address.ok) return this.#refuse(address.error, CLOSE_CODES.unauthenticated);
    this.#record(greeted);
    const settings = new Map([...greeted.startup.settings, ["client_encoding", "UTF8"]]);
    const connected = await this.#deps.dialler.connect(address.value, settings);
    if (!connected.ok) return this.#end({ kind: "upstream_refused", refusal: connected.error });
    this.#upstream = { connection: connected.value, address: address.value };
    if (this.#phase !== "greeting") return this.#closeUpstream();
    await this.#welcome(greeted, connected.value);
    this.#phase = "open";
    if (this.#gone) return this.#end({ kind: "agent_lost" });
    this.#expireAt(greeted.authenticated.expiresAt);
    this.#pump();
    await this.#readUpstream(connected.value);
  }

  #record({ authenticated, target, startup, protocol }: Greeted): void {
    const { connection, journal, now } = this.#deps;
    journal.start({
      id: connection.sessionId,
      target,
      principal: authenticated.principal,
      tokenExpiresAt: authenticated.expiresAt,
      startedAt: now(),
      applicationName: startup.settings.get("application_name") ?? "",
      clientUser: startup.user,
      clientAddress: connection.clientAddress,
      userAgent: connection.userAgent,
      protocolVersion: protocol,
      policyVersion: ALLOW_ALL_VERSION,
    });
    this.#recorded = true;
    this.#deps.journalled();
  }

  async #welcome({ protocol }: Greeted, upstream: UpstreamConnection): Promise<void> {
    const cancelKey = hexDecode(this.#deps.connection.cancelKey) ?? new Uint8Array(8);
    this.#secretKey = await secretKey(this.#deps.sessionKey, cancelKey, protocol);
    this.#transport.send(encodeBackend({ kind: "authentication_ok" }));
    for (const frame of upstream.startupNotices) this.#transport.send(frame);
    for (const frame of upstream.parameterStatuses) this.#transport.send(frame);
    const processId = new DataView(cancelKey.buffer, cancelKey.byteOffset).getUint32(0);
    this.#transport.send(encodeBackend({ kind: "backend_key_data", processId, secretKey: this.#secretKey }));
    this.#transport.send(encodeBackend({ kind: "ready_for_query", status: upstream.transactionStatus }));
  }

  /** Takes what the agent sent, as far as PostgreSQL's answers keep up. */
  #pump(): void {
    const upstream = this.#upstream;
    if (this.#phase !== "open" || upstream === null) return;
    const { limits, now } = this.#deps;
    const frames: Frame[] = [];
    while (this.#path.depth + frames.length < limits.PIPELINE_MESSAGES) {
      const next = this.#inbox.next();
      if (!next.ok) return this.#violated(next.error.detail);
      if (next.value === null) break;
      frames.push(next.value);
    }
    if (this.#inbox.backlogBytes + this.#writing > limits.INBOUND_BACKLOG_BYTES) {
      return void this.#end({
        kind: "limit_exceeded",
        limit: "INBOUND_BACKLOG_BYTES",
        bytes: limits.INBOUND_BACKLOG_BYTES,
        hint: "Send in smaller parts and wait for the answers, or connect through the client shim.",
      });
    }
    if (frames.length === 0) return;
    const taken = this.#path.fromAgent(frames, now());
    if (!taken.ok) return this.#violated(taken.error);
    this.#deps.journalled();
    for (const view of taken.value.send) this.#write(upstream.connection, view);
    if (taken.value.terminated) return void this.#end({ kind: "agent_terminated" });
    if (this.#path.preparedBytes > limits.PREPARED_BYTES) {
      void this.#end({
        kind: "limit_exceeded",
        limit: "PREPARED_BYTES",
        bytes: limits.PREPARED_BYTES,
        hint: "Close prepared statements and portals that are no longer needed (DEALLOCATE, Close).",
      });
    }
  }

  #write(upstream: UpstreamConnection, view: Uint8Array): void {
    this.#writing += view.length;
    upstream.write(view).then(
      () => {
        this.#writing -= view.length;
        this.#transport.consumed(view.length);
      },
      // A socket that takes no more ends its reader as well, and that ends the session.
      () => undefined,
    );
  }

  async #readUpstream(upstream: UpstreamConnection): Promise<void> {
    const { limits, now } = this.#deps;
    const reader = new FrameReader("backend", { maxFrameBytes: limits.BACKEND_MESSAGE_BYTES });
    let explained = false;
    for (;;) {
      await this.#transport.writable();
      const chunk = await upstream.read().catch(() => null);
      if (this.#phase === "over") return;
      if (chunk === null) return this.#end({ kind: "upstream_lost", explained });
      reader.push(chunk);
      const frames: Frame[] = [];
      for (;;) {
        const next = reader.next();
        if (!next.ok) return this.#end(unreadable(next.error, limits));
        if (next.value === null) break;
        frames.push(next.value);
      }
      if (frames.length === 0) continue;
      this.#bound(frames);
      const taken = this.#path.fromUpstream(frames, now());
      if (!taken.ok) return this.#end({ kind: "upstream_violation", detail: taken.error });
      this.#deps.journalled();
      for (const view of taken.value.send) this.#transport.send(view);
      explained ||= taken.value.fatal;
      this.#pump();
    }
  }

  /** A client without flow control cannot say that it is slow: past the ceiling its statement is ended. */
  #bound(frames: readonly Frame[]): void {
    const { limits, dialler } = this.#deps;
    if (this.#transport.flowControlled || this.#upstream === null) return;
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes.length, this.#transport.sentSinceSpoken);
    if (bytes <= limits.UNACKNOWLEDGED_BYTES) return;
    if (!this.#path.running) {
      return void this.#end({
        kind: "limit_exceeded",
        limit: "UNACKNOWLEDGED_BYTES",
        bytes: limits.UNACKNOWLEDGED_BYTES,
        hint: "Send something now and then, or connect through the client shim.",
      });
    }
    const error = errorResponse({
      severity: "ERROR",
      sqlstate: "54000",
      message: `the result is larger than ${limits.UNACKNOWLEDGED_BYTES} bytes, the most that is sent to a client without flow control (UNACKNOWLEDGED_BYTES)`,
      hint: "Fetch it in parts with a cursor (DECLARE, FETCH) or with LIMIT, or connect through the client shim (sluice connect), which has flow control.",
    });
    if (this.#path.cut(error))
      void dialler.cancel(this.#upstream.address, this.#upstream.connection.cancelKey);
  }

  #expireAt(expiresAt: number): void {
    const { limits, now } = this.#deps;
    const left = expiresAt - now();
    this.#after(Math.max(0, left), () => void this.#end({ kind: "token_expired" }));
    if (left <= limits.EXPIRY_WARNING_MS) return;
    this.#after(left - limits.EXPIRY_WARNING_MS, () => {
      const notice = noticeResponse({
        severity: "WARNING",
        sqlstate: "01000",
        message: `the access token expires in ${Math.round(limits.EXPIRY_WARNING_MS / 1000)} seconds, and this session ends with it`,
        hint: "Finish the transaction and connect again with a fresh token.",
      });
      this.#event("asynchronous_message", base64Encode(notice));
      this.#transport.send(notice);
    });
  }

  async #end(fault: Fault): Promise<void> {
    if (this.#phase === "ending" || this.#phase === "over") return;
    const { reason, error, closeCode } = tell(fault);
    this.#phase = "ending";
    this.#inbox.fail({ kind: "gone" });
    this.#clearTimers();
    await this.#learnOutcome(fault);
    const now = this.#deps.now();
    this.#path.abandon(now);
    if (this.#recorded) this.#deps.journal.end({ endedAt: now, reason, detail: error?.message ?? null });
    if (error !== null) this.#transport.send(errorResponse({ severity: "FATAL", ...error }));
    this.#transport.close(closeCode, "");
    await this.#closeUpstream();
    this.#over();
  }

  /**
   * The session ends while statements run: waits a little, so that the record says how they ended. They are cancelled
   * first, except after Terminate, before which PostgreSQL itself would finish what was sent.
   */
  async #learnOutcome(fault: Fault): Promise<void> {
    const upstream = this.#upstream;
    if (upstream === null || !this.#path.running || !OUTCOME_CAN_COME.has(fault.kind)) return;
    const { limits, dialler } = this.#deps;
    if (fault.kind === "agent_terminated") await this.#answered(limits.ABANDONED_MS / 2);
    if (!this.#path.running) return;
    await dialler.cancel(upstream.address, upstream.connection.cancelKey);
    await this.#answered(limits.ABANDONED_MS / 2);
  }

  /** Resolves when PostgreSQL has answered everything, or after `atMostMs`. */
  async #answered(atMostMs: number): Promise<void> {
    const until = this.#deps.now() + atMostMs;
    while (this.#path.running && this.#deps.now() < until)
      await new Promise((wake) => setTimeout(wake, ANSWER_POLL_MS));
  }

  async #closeUpstream(): Promise<void> {
    const upstream = this.#upstream;
    if (upstream === null) return;
    // PostgreSQL does not look at its socket while it computes: closing alone would let a statement run on.
    if (this.#path.interrupted) {
      await this.#deps.dialler.cancel(upstream.address, upstream.connection.cancelKey);
    }
    await upstream.connection.close();
  }

  #over(): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#clearTimers();
    this.#deps.ended();
  }

  #after(ms: number, act: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(act, Math.min(ms, LONGEST_TIMER_MS));
    this.#timers.add(timer);
    return timer;
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #refuse(refusal: Refusal, closeCode: number): void {
    const { hint, ...rest } = refusal;
    this.#transport.send(errorResponse({ severity: "FATAL", ...rest, ...(hint === "" ? {} : { hint }) }));
    this.#transport.close(closeCode, "");
  }

  #event(kind: SessionEvent["kind"], detail: string): void {
    if (!this.#recorded) return;
    this.#events++;
    this.#deps.journal.event({ n: this.#events, at: this.#deps.now(), kind, detail });
    this.#deps.journalled();
  }
}

function unreadable(error: WireError, limits: Limits): Fault {
  if (error.kind !== "frame_too_large") return { kind: "upstream_violation", detail: error.detail };
  return {
    kind: "limit_exceeded",
    limit: "BACKEND_MESSAGE_BYTES",
    bytes: limits.BACKEND_MESSAGE_BYTES,
    hint: "A single row or message of the result is larger: select fewer or shorter columns, for example with substring().",
  };
}

function brokenGreeting(error: InboxError): string {
  switch (error.kind) {
    case "too_late":
      return "no token came in time";
    case "too_much":
      return "too many bytes came before the token was verified";
    case "gone":
      return "the connection was closed";
    default:
      return error.detail;
  }
}

/** In time that depends on the length alone. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && crypto.subtle.timingSafeEqual(a, b);
}
