// A session, from start-up to end: the agent's WebSocket on one side, the database's socket on the other. Owns both, and
// the order in which things begin and end; what passes between them is the relay's, what is stored the journal's.

import { base64Encode } from "#core/bytes";
import type { Policy } from "#core/policy";
import { encodeBackend, errorResponse } from "#core/wire";
import { CLOSE_CODES } from "../../client-shim/src/contract.ts";
import type { Progress } from "../journal/index.ts";
import type { Upstream } from "../targets/index.ts";
import type { UpstreamConnection } from "../upstream/index.ts";
import { AgentSide } from "./agent-side.ts";
import { CancelKey } from "./cancel-key.ts";
import type { SessionDeps } from "./deps.ts";
import { type Fault, ours, tell } from "./faults.ts";
import { Government } from "./government.ts";
import { type Greeted, handshake } from "./handshake.ts";
import { KeptJournal } from "./kept-journal.ts";
import { KnownAs } from "./known-as.ts";
import { learnOutcome } from "./last-words.ts";
import { privilegesLeftOut, tokenExpires } from "./notices.ts";
import { Relay } from "./relay.ts";
import { Schedule } from "./schedule.ts";
import { SessionRecord } from "./session-record.ts";
import { StatementPath } from "./statement-path.ts";
import { watchTime } from "./watchdog.ts";

interface Open {
  readonly address: Upstream;
  readonly connection: UpstreamConnection;
}

export class Session {
  readonly #deps: SessionDeps;
  readonly #agent: AgentSide;
  readonly #journal: KeptJournal;
  readonly #path: StatementPath;
  readonly #cancelKey: CancelKey;
  readonly #schedule: Schedule;
  #upstream: Open | null = null;
  #relay: Relay | null = null;
  readonly #government: Government;
  readonly #record: SessionRecord;
  readonly #knownAs: KnownAs;
  #phase: "greeting" | "open" | "ending" | "over" = "greeting";

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#schedule = new Schedule(deps.now);
    this.#agent = new AgentSide(deps);
    this.#cancelKey = new CancelKey(deps.connection.cancelKey);
    this.#journal = new KeptJournal({
      journal: deps.journal,
      unavailable: () => this.#government.policy?.recording.unavailable ?? "refuse",
      limits: deps.limits,
      now: deps.now,
    });
    this.#path = new StatementPath(
      this.#journal,
      (frame) => this.#record.event("asynchronous_message", base64Encode(frame)),
      () => this.#wake(),
    );
    this.#record = new SessionRecord(this.#journal, deps, () => this.#path.abandoned);
    this.#knownAs = new KnownAs(deps);
    this.#government = new Government(deps, this.#path, {
      changed: (version) => this.#record.event("policy_changed", version),
      approval: (detail) => this.#record.event("approval", detail),
      reason: (text) => this.#record.event("reason", text),
      cannotFollow: (version) => void this.#end({ kind: "policy_changed", version }),
      canFollow: (current, next) => this.#knownAs.canFollow(current, next),
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
    if (!this.#cancelKey.matches(processId, key)) return;
    this.#record.event("cancel_requested", "");
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

  #listen(): void {
    this.#agent.listen({
      listening: () => this.#phase === "greeting" || this.#phase === "open",
      received: () => this.#received(),
      failed: (fault) => void this.#end(fault),
      gone: () => {
        this.#path.mute();
        if (this.#phase === "open") void this.#end({ kind: "agent_lost" });
      },
    });
  }

  #received(): Fault | null {
    if (this.#relay !== null) return this.#relay.fromAgent();
    const limit = this.#record.begun ? "INBOUND_BACKLOG_BYTES" : "UNAUTHENTICATED_BYTES";
    const bytes = this.#deps.limits[limit];
    if (this.#agent.inbox.receivedBytes <= bytes) return null;
    return { kind: "limit_exceeded", limit, bytes, hint: "Send less before the session is open." };
  }

  async #greet(): Promise<Greeted | null> {
    const { connection, authenticate, limits, now } = this.#deps;
    const ms = limits.UNAUTHENTICATED_MS;
    this.#schedule.at(now() + ms, () => void this.#end({ kind: "startup_too_slow", ms }));
    const send = (bytes: Uint8Array): void => this.#agent.transport.send(bytes);
    const result = await handshake(connection, this.#agent.inbox, send, authenticate);
    this.#schedule.callOff();
    // While the token was checked it left, or passed a limit: nothing is stored, nothing is dialled.
    if (this.#agent.gone || this.#phase !== "greeting") return null;
    switch (result.kind) {
      case "greeted":
        return result;
      case "cancel":
        await this.#deps.cancelOther(result.processId, result.secretKey);
        this.#agent.close(CLOSE_CODES.sessionEnded);
        return null;
      case "refused":
        this.#agent.refuse(result.refusal, CLOSE_CODES.unauthenticated);
        return null;
      case "broken":
        if (result.error.kind !== "gone") {
          const refusal = { sqlstate: "08P01", message: result.error.detail, hint: "" };
          this.#agent.refuse(refusal, CLOSE_CODES.protocolViolation);
        }
        return null;
    }
  }

  async #serve(greeted: Greeted): Promise<void> {
    const { resolve, dialler, limits, now, journalled } = this.#deps;
    const access = resolve(greeted.target);
    if (!access.ok) return this.#agent.refuse(access.error, CLOSE_CODES.unauthenticated);
    const governed = await this.#government.begin(greeted);
    if (this.#agent.gone || this.#phase !== "greeting") return;
    if (!governed.ok) return this.#agent.refuse(governed.error, CLOSE_CODES.unauthenticated);
    const policy = governed.value;
    this.#record.begin(greeted, policy.version);
    this.#government.recorded();
    const identified = await this.#knownAs.identify(greeted, access.value, policy);
    if (!identified.ok) return this.#end({ kind: "upstream_refused", refusal: identified.error });
    const { address, settings, role } = identified.value;
    if (role !== null) this.#record.event("database_role", role);
    // It ended meanwhile, and could not give back what it had not got yet.
    if (this.#phase !== "greeting") return identified.value.release();
    const connected = await dialler.connect(address, settings);
    if (!connected.ok) return this.#end({ kind: "upstream_refused", refusal: connected.error });
    const upstream = connected.value;
    this.#upstream = { connection: upstream, address };
    if (this.#phase !== "greeting") return upstream.close();
    if (!(await this.#welcome(greeted, upstream))) return;
    this.#phase = "open";
    if (this.#agent.gone) return this.#end({ kind: "agent_lost" });
    this.#expire(greeted.authenticated.expiresAt);
    this.#relay = new Relay({
      inbox: this.#agent.inbox,
      transport: this.#agent.transport,
      path: this.#path,
      upstream,
      limits,
      now,
      journalled,
      journalFull: () => this.#journal.ends,
      cancel: () => this.#cancelRunning(),
      fail: (fault) => void this.#end(fault),
    });
    this.#schedule.add(
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

  /** A grant that was over before the database had it ends the session: its role has what it should not. */
  async #widen(next: Policy): Promise<void> {
    const held = await this.#knownAs.widen(next, () => this.#government.policy);
    const current = this.#government.policy;
    if (!held && this.#phase === "open" && current !== null)
      await this.#end({ kind: "policy_changed", version: current.version });
  }

  /** False when the session ended meanwhile. */
  async #welcome({ protocol }: Greeted, upstream: UpstreamConnection): Promise<boolean> {
    const key = await this.#cancelKey.issue(this.#deps.sessionKey, protocol);
    if (this.#phase !== "greeting") return false;
    const { processId } = this.#cancelKey;
    this.#agent.transport.send(encodeBackend({ kind: "authentication_ok" }));
    for (const frame of upstream.startupNotices) this.#agent.transport.send(frame);
    if (this.#knownAs.leftOut > 0) this.#say(privilegesLeftOut(this.#knownAs.leftOut));
    for (const frame of upstream.parameterStatuses) this.#agent.transport.send(frame);
    this.#path.reported(upstream.parameterStatuses);
    this.#agent.transport.send(encodeBackend({ kind: "backend_key_data", processId, secretKey: key }));
    this.#agent.transport.send(
      encodeBackend({ kind: "ready_for_query", status: upstream.transactionStatus }),
    );
    return true;
  }

  #expire(at: number): void {
    const { EXPIRY_WARNING_MS: warning } = this.#deps.limits;
    this.#schedule.at(at, () => void this.#end({ kind: "token_expired" }));
    this.#schedule.before(at, warning, () => this.#say(tokenExpires(warning)));
  }

  /** A message of ours that no statement asked for. */
  #say(notice: Uint8Array): void {
    this.#record.event("asynchronous_message", base64Encode(notice));
    this.#agent.transport.send(notice);
  }

  async #end(fault: Fault): Promise<void> {
    if (this.#phase === "ending" || this.#phase === "over") return;
    const { limits, now } = this.#deps;
    const { reason, error, closeCode } = tell(fault);
    this.#phase = "ending";
    this.#agent.inbox.fail({ kind: "gone" });
    this.#relay?.deafen();
    this.#schedule.callOff();
    this.#government.stop();
    const farewell = error === null ? null : errorResponse({ severity: "FATAL", ...error });
    // As PostgreSQL does: what runs ends with the reason, not with a cancel that nobody asked for.
    if (farewell !== null) this.#path.cutForGood(farewell);
    if (this.#path.interrupt("ended")) this.#wake();
    await learnOutcome(fault, this.#path, () => this.#cancelRunning(), limits, now);
    try {
      this.#path.abandon(now());
      this.#record.end(reason, error?.message ?? null);
    } catch {
      // The journal takes no more: what it holds is completed by recovery, and nobody is served meanwhile.
    }
    if (farewell !== null && !this.#path.toldForGood) this.#agent.transport.send(farewell);
    this.#agent.close(closeCode);
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
    this.#knownAs.release();
    this.#schedule.callOff();
    this.#government.stop();
    this.#deps.ended();
  }
}
