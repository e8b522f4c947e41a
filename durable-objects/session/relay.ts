// The open phase of a session: bytes of the agent through the statement path to PostgreSQL, and back. Takes from both
// sides only as fast as the other takes; says by a Fault when that is over. Does not end anything itself.

import { errorResponse, type Frame, FrameReader, type WireError } from "#core/wire";
import type { Limits } from "../limits.ts";
import type { UpstreamConnection } from "../upstream/index.ts";
import type { AgentInbox } from "./agent-inbox.ts";
import type { AgentTransport } from "./agent-transport.ts";
import { exceeded, type Fault } from "./faults.ts";
import type { StatementPath, Turn } from "./statement-path.ts";

export interface RelayDeps {
  readonly inbox: AgentInbox;
  readonly transport: AgentTransport;
  readonly path: StatementPath;
  readonly upstream: UpstreamConnection;
  readonly limits: Limits;
  readonly now: () => number;
  /** Something was journalled. */
  readonly journalled: () => void;
  /** The journal holds so much that the session ends. */
  readonly journalFull: () => boolean;
  /** Asks PostgreSQL to cancel what runs; resolves when the request was delivered. */
  readonly cancel: () => Promise<void>;
  /** The session ends with this fault. */
  readonly fail: (fault: Fault) => void;
}

export class Relay {
  readonly #deps: RelayDeps;
  /** Handed to the socket and not taken by it yet. */
  #writing = 0;
  /** Whole messages that were not taken out of the inbox, because too many are on their way. */
  #untaken = 0;
  #explained = false;
  /** No message of the agent is taken any more. */
  #deaf = false;

  constructor(deps: RelayDeps) {
    this.#deps = deps;
  }

  /** PostgreSQL's answers still pass, the agent's messages do not. */
  deafen(): void {
    this.#deaf = true;
  }

  /** Takes what the agent sent, as far as PostgreSQL's answers keep up. */
  fromAgent(): Fault | null {
    for (;;) {
      const taken = this.#take();
      if (taken !== "more") return taken;
    }
  }

  /** One turn's worth. `more`: the inbox holds more, and nothing else may come to say that it can be looked at again. */
  #take(): Fault | "more" | null {
    if (this.#deaf) return null;
    const { inbox, transport, path, limits, now, journalled } = this.#deps;
    const frames: Frame[] = [];
    let partial = false;
    while (!path.waits && path.depth + frames.length < limits.PIPELINE_MESSAGES) {
      const next = inbox.next();
      if (!next.ok) return unacceptable(next.error, limits);
      partial = next.value === null;
      if (next.value === null) break;
      frames.push(next.value);
    }
    if (inbox.backlogBytes + this.#writing > limits.INBOUND_BACKLOG_BYTES)
      return exceeded("INBOUND_BACKLOG_BYTES", limits);
    // The start of a message that is larger than the window counts as taken, or its end could never come.
    this.#untaken = partial ? 0 : inbox.backlogBytes;
    const waited = path.waits;
    if (frames.length === 0 && !waited) return this.#acknowledge();
    if (frames.length > 0) transport.spoke();
    if (this.#deps.journalFull()) return exceeded("JOURNAL_BYTES", limits);
    const taken = path.fromAgent(frames, now());
    if (!taken.ok) return { kind: "protocol_violation", detail: taken.error };
    journalled();
    this.#hand(taken.value);
    this.#acknowledge();
    if (taken.value.terminated) return { kind: "agent_terminated" };
    if (path.preparedBytes > limits.PREPARED_BYTES) return exceeded("PREPARED_BYTES", limits);
    // Not all was taken, and no reply is due that would ask for the rest: CopyData and Flush get none.
    return path.waits || (partial && !waited) ? null : "more";
  }

  /** Passes PostgreSQL's answers on until there are no more. Rejects on a fault of ours only. */
  async fromUpstream(): Promise<Fault> {
    const { transport, path, upstream, limits, now, journalled, fail } = this.#deps;
    const reader = new FrameReader("backend", { maxFrameBytes: limits.BACKEND_MESSAGE_BYTES });
    for (;;) {
      await transport.writable();
      const chunk = await upstream.read().catch(() => null);
      if (chunk === null) return { kind: "upstream_lost", explained: this.#explained };
      reader.push(chunk);
      const frames: Frame[] = [];
      for (;;) {
        const next = reader.next();
        if (!next.ok) return unreadable(next.error, limits);
        if (next.value === null) break;
        frames.push(next.value);
      }
      if (frames.length === 0) continue;
      const excess = this.#bound(frames);
      if (excess !== null) return excess;
      const taken = path.fromUpstream(frames, now());
      if (!taken.ok) return { kind: "upstream_violation", detail: taken.error };
      journalled();
      this.#hand(taken.value);
      this.#explained ||= taken.value.fatal;
      if (this.#deps.journalFull()) return exceeded("JOURNAL_BYTES", limits);
      const fault = this.fromAgent();
      // PostgreSQL's answers are taken in to the end: what runs may still be finished.
      if (fault !== null) fail(fault);
    }
  }

  #hand({ toAgent, toUpstream, cancel }: Turn): void {
    for (const view of toUpstream) this.#write(view);
    for (const view of toAgent) this.#deps.transport.send(view);
    if (cancel) this.cancel();
  }

  /** What a held statement waited for has come: it goes on, and the agent's messages behind it. */
  wake(): void {
    const { path, now, journalled, fail } = this.#deps;
    this.#hand(path.woken(now()));
    journalled();
    const fault = this.fromAgent();
    if (fault !== null) fail(fault);
  }

  /** Cancels what was cut short; the agent's next message waits until that cannot hit it. */
  cancel(): void {
    const { path, cancel, fail } = this.#deps;
    void cancel()
      .catch(() => undefined)
      .then(() => {
        path.cancelled();
        const fault = this.fromAgent();
        if (fault !== null) fail(fault);
      });
  }

  #write(view: Uint8Array): void {
    this.#writing += view.length;
    this.#deps.upstream.write(view).then(
      () => {
        this.#writing -= view.length;
        if (this.#writing === 0) this.#deps.path.written(this.#deps.now());
        this.#acknowledge();
      },
      // A socket that takes no more ends its reader as well, and that ends the session.
      () => undefined,
    );
  }

  /** What is held here for PostgreSQL is not acknowledged: that is what bounds it. */
  #acknowledge(): null {
    const { inbox, path, transport } = this.#deps;
    transport.consumed(inbox.receivedBytes - this.#untaken - path.waitingBytes - this.#writing);
    return null;
  }

  /** A client without flow control cannot say that it is slow: past the ceiling its statement is ended. */
  #bound(frames: readonly Frame[]): Fault | null {
    const { transport, path, limits } = this.#deps;
    if (transport.flowControlled) return null;
    const bytes = frames.reduce((sum, frame) => sum + frame.bytes.length, transport.sentSinceSpoken);
    if (bytes <= limits.UNACKNOWLEDGED_BYTES) return null;
    if (!path.running) return exceeded("UNACKNOWLEDGED_BYTES", limits);
    if (path.cut(tooLarge(limits))) this.cancel();
    return null;
  }
}

function tooLarge(limits: Limits): Uint8Array {
  return errorResponse({
    severity: "ERROR",
    sqlstate: "54000",
    message: `the result is larger than ${limits.UNACKNOWLEDGED_BYTES} bytes, the most that is sent to a client without flow control (UNACKNOWLEDGED_BYTES)`,
    hint: "Fetch it in parts with a cursor (DECLARE, FETCH) or with LIMIT, or connect through the client shim (sluice connect), which has flow control.",
  });
}

/** A header that announces more than the gateway takes passes a limit; more than PostgreSQL takes breaks the protocol. */
function unacceptable(error: WireError, limits: Limits): Fault {
  if (error.kind !== "frame_too_large" || error.limitBytes !== limits.FRONTEND_MESSAGE_BYTES)
    return { kind: "protocol_violation", detail: error.detail };
  return exceeded("FRONTEND_MESSAGE_BYTES", limits);
}

function unreadable(error: WireError, limits: Limits): Fault {
  if (error.kind !== "frame_too_large") return { kind: "upstream_violation", detail: error.detail };
  return exceeded("BACKEND_MESSAGE_BYTES", limits);
}
