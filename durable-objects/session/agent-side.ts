// The agent's end of a session: its WebSocket, what came in on it and is not taken yet, and what it is told when it is not
// served. Decides nothing about the session: says by a Fault what ends it.

import { errorResponse } from "#core/wire";
import type { Refusal } from "../connection.ts";
import { AgentInbox } from "./agent-inbox.ts";
import { AgentTransport } from "./agent-transport.ts";
import type { SessionDeps } from "./deps.ts";
import { type Fault, ours } from "./faults.ts";

export interface AgentEvents {
  /** False once the session ends: nothing that comes then is taken in. */
  readonly listening: () => boolean;
  /** Bytes were put into the inbox. */
  readonly received: () => Fault | null;
  readonly failed: (fault: Fault) => void;
  /** The connection is closed. */
  readonly gone: () => void;
}

export class AgentSide {
  readonly inbox: AgentInbox;
  readonly transport: AgentTransport;
  readonly #deps: Pick<SessionDeps, "socket" | "connection" | "limits">;
  #gone = false;

  constructor(deps: Pick<SessionDeps, "socket" | "connection" | "limits">) {
    this.#deps = deps;
    this.inbox = new AgentInbox(deps.limits.FRONTEND_MESSAGE_BYTES);
    this.transport = new AgentTransport(deps.socket, deps.connection.transport);
  }

  get gone(): boolean {
    return this.#gone;
  }

  listen(events: AgentEvents): void {
    const { socket } = this.#deps;
    socket.addEventListener("message", ({ data }) => {
      try {
        const fault = this.#hear(data, events);
        if (fault !== null) events.failed(fault);
      } catch (thrown) {
        events.failed(ours(thrown));
      }
    });
    const gone = (): void => {
      this.#gone = true;
      this.inbox.fail({ kind: "gone" });
      this.transport.abandon();
      events.gone();
    };
    socket.addEventListener("close", gone);
    socket.addEventListener("error", gone);
  }

  /** Tells why it is not served, and closes. */
  refuse({ hint, ...said }: Refusal, closeCode: number): void {
    this.transport.send(errorResponse({ severity: "FATAL", ...said, ...(hint === "" ? {} : { hint }) }));
    this.close(closeCode);
  }

  close(code: number): void {
    this.transport.close(code, "", this.#deps.limits.FAREWELL_MS);
  }

  #hear(data: unknown, events: AgentEvents): Fault | null {
    if (typeof data === "string") {
      if (this.transport.acknowledge(data)) return null;
      return { kind: "protocol_violation", detail: "a text message that is no acknowledgement" };
    }
    if (!events.listening()) return null;
    if (!(data instanceof ArrayBuffer)) {
      return { kind: "protocol_violation", detail: "a message that is neither text nor bytes" };
    }
    this.inbox.push(new Uint8Array(data));
    return events.received();
  }
}
