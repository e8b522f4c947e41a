// A session, from start-up to end: the agent's WebSocket on one side, the database's socket on the other. Owns both, and
// the order in which things begin and end; what passes between them is the relay's, what is stored the journal's.

import { base64Encode, hexDecode } from "#core/bytes";
import type { Policy } from "#core/policy";
import type { SessionEvent } from "#core/record";
import { encodeBackend, errorResponse, noticeResponse } from "#core/wire";
import { CLOSE_CODES } from "../../client-shim/src/contract.ts";
import type { Result } from "../../core/result.ts";
import type { Authenticate, Connection, Refusal } from "../connection.ts";
import { type Journal, JournalError, type Progress } from "../journal/index.ts";
import type { Limits } from "../limits.ts";
import { secretKey } from "../session-name.ts";
import type { Identity, IdentityRequest } from "../identity/index.ts";
import type { Access, Upstream } from "../targets/index.ts";
import type { UpstreamConnection } from "../upstream/index.ts";
import { AgentInbox } from "./agent-inbox.ts";
import { AgentTransport } from "./agent-transport.ts";
import type { Dialler } from "./dialler.ts";
import { schedule } from "./expiry.ts";
import { type Fault, tell } from "./faults.ts";
import { Government, type GovernmentDeps } from "./government.ts";
import { type Greeted, handshake } from "./handshake.ts";
import { learnOutcome } from "./last-words.ts";
import { backing, isHeldBy, sameBacking, startupSettings } from "./backing.ts";
import { Relay } from "./relay.ts";
import { StatementPath } from "./statement-path.ts";
import { watchTime } from "./watchdog.ts";

export interface SessionDeps extends GovernmentDeps {
  readonly connection: Connection;
  readonly socket: WebSocket;
  readonly limits: Limits;
  readonly journal: Journal;
  readonly authenticate: Authenticate;
  readonly dialler: Dialler;
  /** The database behind a target's name, and as whom sessions are known to it; or what the agent is told. */
  readonly resolve: (target: string) => Result<Access, Refusal>;
  /** Makes ready as whom this session is known to the database. Never rejects. */
  readonly identify: (request: IdentityRequest) => Promise<Result<Identity, Refusal>>;
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

interface Open {
  readonly address: Upstream;
  readonly connection: UpstreamConnection;
}

export class Session {
  readonly #deps: SessionDeps;
  readonly #inbox: AgentInbox;
  readonly #transport: AgentTransport;
  readonly #path: StatementPath;
  readonly #cancelKey: Uint8Array;
  #scheduled: (() => void)[] = [];
  #upstream: Open | null = null;
  #relay: Relay | null = null;
  readonly #government: Government;
  #identity: Identity | null = null;
  /** What PostgreSQL was told of. */
  #firstPolicy: Policy | null = null;
  #secretKey: Uint8Array | null = null;
  #phase: "greeting" | "open" | "ending" | "over" = "greeting";
  #recorded = false;
  #gone = false;
  #events = 0;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#inbox = new AgentInbox(deps.limits.FRONTEND_MESSAGE_BYTES);
    this.#transport = new AgentTransport(deps.socket, deps.connection.transport);
    this.#cancelKey = hexDecode(deps.connection.cancelKey) ?? new Uint8Array(0);
    this.#path = new StatementPath(
      deps.journal,
      (frame) => this.#event("asynchronous_message", base64Encode(frame)),
      () => this.#wake(),
    );
    this.#government = new Government(deps, this.#path, {
      changed: (version) => this.#event("policy_changed", version),
      approval: (detail) => this.#event("approval", detail),
      reason: (text) => this.#event("reason", text),
      cannotFollow: (version) => void this.#end({ kind: "policy_changed", version }),
      canFollow: (current, next) => this.#canFollow(current, next),
      granted: (next) => void this.#widen(next),
      cut: () => this.#relay?.cancel(),
      open: () => this.#phase === "open",
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
    } catch (thrown) {
      await this.#end(ours(thrown));
    }
    this.#over();
  }

  /** A CancelRequest that names this session. Does nothing unless the key is this session's. */
  async cancel(processId: number, key: Uint8Array): Promise<void> {
    if (this.#secretKey === null || this.#processId !== processId || !sameBytes(this.#secretKey, key)) return;
    this.#event("cancel_requested", "");
    if (this.#path.interrupt("cancelled")) this.#wake();
    else await this.#cancelRunning();
  }

  async terminate(): Promise<void> {
    await this.#end({ kind: "terminated_by_admin" });
  }

  /** The API says that the target's policy has a new version. */
  async policyChanged(): Promise<void> {
    await this.#government.told();
  }

  /** There is something new about an approval that this session waits for. */
  approvalChanged(id: string): void {
    this.#government.approvalChanged(id);
  }

  #wake(): void {
    try {
      this.#relay?.wake();
    } catch (thrown) {
      void this.#end(ours(thrown));
    }
  }

  get #processId(): number {
    return new DataView(this.#cancelKey.buffer, this.#cancelKey.byteOffset).getUint32(0);
  }

  #listen(): void {
    const { socket } = this.#deps;
    socket.addEventListener("message", ({ data }) => {
      try {
        const fault = this.#hear(data);
        if (fault !== null) void this.#end(fault);
      } catch (thrown) {
        void this.#end(ours(thrown));
      }
    });
    const gone = (): void => {
      this.#gone = true;
      this.#inbox.fail({ kind: "gone" });
      this.#transport.abandon();
      this.#path.mute();
      if (this.#phase === "open") void this.#end({ kind: "agent_lost" });
    };
    socket.addEventListener("close", gone);
    socket.addEventListener("error", gone);
  }

  #hear(data: unknown): Fault | null {
    if (typeof data === "string") {
      if (this.#transport.acknowledge(data)) return null;
      return { kind: "protocol_violation", detail: "a text message that is no acknowledgement" };
    }
    // Nothing that comes once the session ends is taken in.
    if (this.#phase === "ending" || this.#phase === "over") return null;
    if (!(data instanceof ArrayBuffer)) {
      return { kind: "protocol_violation", detail: "a message that is neither text nor bytes" };
    }
    this.#inbox.push(new Uint8Array(data));
    if (this.#relay !== null) return this.#relay.fromAgent();
    const limit = this.#recorded ? "INBOUND_BACKLOG_BYTES" : "UNAUTHENTICATED_BYTES";
    const bytes = this.#deps.limits[limit];
    if (this.#inbox.receivedBytes <= bytes) return null;
    return { kind: "limit_exceeded", limit, bytes, hint: "Send less before the session is open." };
  }

  async #greet(): Promise<Greeted | null> {
    const { connection, authenticate, limits, now } = this.#deps;
    const ms = limits.UNAUTHENTICATED_MS;
    this.#at(now() + ms, () => void this.#end({ kind: "startup_too_slow", ms }));
    const send = (bytes: Uint8Array): void => this.#transport.send(bytes);
    const result = await handshake(connection, this.#inbox, send, authenticate);
    this.#unschedule();
    // While the token was checked it left, or passed a limit: nothing is stored, nothing is dialled.
    if (this.#gone || this.#phase !== "greeting") return null;
    switch (result.kind) {
      case "greeted":
        return result;
      case "cancel":
        await this.#deps.cancelOther(result.processId, result.secretKey);
        this.#close(CLOSE_CODES.sessionEnded);
        return null;
      case "refused":
        this.#refuse(result.refusal, CLOSE_CODES.unauthenticated);
        return null;
      case "broken":
        if (result.error.kind !== "gone") {
          const refusal = { sqlstate: "08P01", message: result.error.detail, hint: "" };
          this.#refuse(refusal, CLOSE_CODES.protocolViolation);
        }
        return null;
    }
  }

  async #serve(greeted: Greeted): Promise<void> {
    const { resolve, dialler, limits, now, journalled } = this.#deps;
    const access = resolve(greeted.target);
    if (!access.ok) return this.#refuse(access.error, CLOSE_CODES.unauthenticated);
    const governed = await this.#government.begin(greeted);
    if (this.#gone || this.#phase !== "greeting") return;
    if (!governed.ok) return this.#refuse(governed.error, CLOSE_CODES.unauthenticated);
    const policy = governed.value;
    this.#record(greeted, policy.version);
    this.#government.recorded();
    const identified = await this.#identify(greeted, access.value, policy);
    if (!identified.ok) return this.#end({ kind: "upstream_refused", refusal: identified.error });
    // It ended meanwhile, and could not give back what it had not got yet.
    if (this.#phase !== "greeting") return identified.value.release();
    const { address, settings } = identified.value;
    const connected = await dialler.connect(address, settings);
    if (!connected.ok) return this.#end({ kind: "upstream_refused", refusal: connected.error });
    const upstream = connected.value;
    this.#upstream = { connection: upstream, address };
    if (this.#phase !== "greeting") return upstream.close();
    if (!(await this.#welcome(greeted, upstream))) return;
    this.#phase = "open";
    if (this.#gone) return this.#end({ kind: "agent_lost" });
    this.#expire(greeted.authenticated.expiresAt);
    this.#relay = new Relay({
      inbox: this.#inbox,
      transport: this.#transport,
      path: this.#path,
      upstream,
      limits,
      now,
      journalled,
      journalBytes: () => this.#deps.journal.bytes,
      cancel: () => this.#cancelRunning(),
      fail: (fault) => void this.#end(fault),
    });
    this.#scheduled.push(
      watchTime({
        path: this.#path,
        relay: this.#relay,
        policy: () => this.#government.policy ?? policy,
        now,
        end: (fault) => void this.#end(fault),
      }),
    );
    const fault = this.#relay.fromAgent();
    if (fault !== null) void this.#end(fault);
    await this.#end(await this.#relay.fromUpstream());
  }

  async #identify(greeted: Greeted, access: Access, policy: Policy): Promise<Result<Identity, Refusal>> {
    const { authenticated, startup, target } = greeted;
    const identified = await this.#deps.identify({
      access,
      sessionId: this.#deps.connection.sessionId,
      target,
      principal: authenticated.principal,
      expiresAt: authenticated.expiresAt,
      policy,
      settings: startupSettings(startup.settings, policy),
    });
    if (!identified.ok) return identified;
    this.#firstPolicy = policy;
    this.#identity = identified.value;
    const { role } = identified.value;
    if (role !== null) this.#event("database_role", role);
    return identified;
  }

  /** A grant that was over before the database had it ends the session: its role has what it should not. */
  async #widen(next: Policy): Promise<void> {
    const { widen = null, keeps = null } = this.#identity ?? {};
    // A document that came since the start does not widen the role, and neither does a grant beside it.
    if (widen === null || keeps === null || next.version !== this.#firstPolicy?.version) return;
    await widen(next);
    const current = this.#government.policy;
    if (this.#phase === "open" && current !== null && !keeps(current))
      await this.#end({ kind: "policy_changed", version: current.version });
  }

  #canFollow(current: Policy, next: Policy): boolean {
    const keeps = this.#identity?.keeps ?? null;
    if (keeps === null) return sameBacking(backing(current), backing(next));
    return isHeldBy(backing(next), backing(this.#firstPolicy ?? current)) && keeps(next);
  }

  #record({ authenticated, target, startup, protocol }: Greeted, policyVersion: string): void {
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
      policyVersion,
    });
    this.#recorded = true;
    this.#deps.journalled();
  }

  /** False when the session ended meanwhile. */
  async #welcome({ protocol }: Greeted, upstream: UpstreamConnection): Promise<boolean> {
    const key = await secretKey(this.#deps.sessionKey, this.#cancelKey, protocol);
    if (this.#phase !== "greeting") return false;
    this.#secretKey = key;
    this.#transport.send(encodeBackend({ kind: "authentication_ok" }));
    for (const frame of upstream.startupNotices) this.#transport.send(frame);
    this.#sayWhatIsLeftOut();
    for (const frame of upstream.parameterStatuses) this.#transport.send(frame);
    this.#path.reported(upstream.parameterStatuses);
    this.#transport.send(
      encodeBackend({ kind: "backend_key_data", processId: this.#processId, secretKey: key }),
    );
    this.#transport.send(encodeBackend({ kind: "ready_for_query", status: upstream.transactionStatus }));
    return true;
  }

  #sayWhatIsLeftOut(): void {
    const { leftOut = 0 } = this.#identity ?? {};
    if (leftOut === 0) return;
    const notice = noticeResponse({
      severity: "WARNING",
      // warning_privilege_not_granted, as PostgreSQL says of a GRANT.
      sqlstate: "01007",
      message: `the policy grants privileges on ${leftOut} relations or functions that this session's database role has not`,
      hint: "Tell the gateway's admin: the provisioning role needs them WITH GRANT OPTION.",
    });
    this.#event("asynchronous_message", base64Encode(notice));
    this.#transport.send(notice);
  }

  #expire(at: number): void {
    const { limits, now } = this.#deps;
    this.#at(at, () => void this.#end({ kind: "token_expired" }));
    if (at - now() <= limits.EXPIRY_WARNING_MS) return;
    this.#at(at - limits.EXPIRY_WARNING_MS, () => {
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
    const { limits, now, journal } = this.#deps;
    const { reason, error, closeCode } = tell(fault);
    this.#phase = "ending";
    this.#inbox.fail({ kind: "gone" });
    this.#relay?.deafen();
    this.#unschedule();
    this.#government.stop();
    const farewell = error === null ? null : errorResponse({ severity: "FATAL", ...error });
    // As PostgreSQL does: what runs ends with the reason, not with a cancel that nobody asked for.
    if (farewell !== null) this.#path.cutForGood(farewell);
    if (this.#path.interrupt("ended")) this.#wake();
    await learnOutcome(fault, this.#path, () => this.#cancelRunning(), limits, now);
    try {
      this.#path.abandon(now());
      if (this.#recorded) journal.end({ endedAt: now(), reason, detail: error?.message ?? null });
    } catch {
      // The journal takes no more: what it holds is completed by recovery, and nobody is served meanwhile.
    }
    if (farewell !== null && !this.#path.toldForGood) this.#transport.send(farewell);
    this.#close(closeCode);
    // PostgreSQL does not look at its socket while it computes: closing alone would let a statement run on.
    if (this.#path.interrupted) await this.#cancelRunning();
    await this.#upstream?.connection.close();
    this.#over();
  }

  async #cancelRunning(): Promise<void> {
    const upstream = this.#upstream;
    if (upstream !== null) await this.#deps.dialler.cancel(upstream.address, upstream.connection.cancelKey);
  }

  #over(): void {
    // The end is under way in another turn, and will come here itself.
    if (this.#phase === "ending" && !this.#path.abandoned) return;
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#identity?.release();
    this.#unschedule();
    this.#government.stop();
    this.#deps.ended();
  }

  #at(at: number, act: () => void): void {
    this.#scheduled.push(schedule(at, this.#deps.now, act));
  }

  #unschedule(): void {
    for (const callOff of this.#scheduled) callOff();
    this.#scheduled = [];
  }

  #refuse({ hint, ...said }: Refusal, closeCode: number): void {
    this.#transport.send(errorResponse({ severity: "FATAL", ...said, ...(hint === "" ? {} : { hint }) }));
    this.#close(closeCode);
  }

  #close(code: number): void {
    this.#transport.close(code, "", this.#deps.limits.FAREWELL_MS);
  }

  #event(kind: SessionEvent["kind"], detail: string): void {
    if (!this.#recorded || this.#path.abandoned) return;
    this.#events++;
    this.#deps.journal.event({ n: this.#events, at: this.#deps.now(), kind, detail });
    this.#deps.journalled();
  }
}

/** A fault of ours: what it was must not reach the agent, that it was must. */
function ours(thrown: unknown): Fault {
  return thrown instanceof JournalError ? { kind: "record_failed" } : { kind: "gateway_failed" };
}

/** In time that depends on the length alone. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && crypto.subtle.timingSafeEqual(a, b);
}
