// The agent's side of a session as a WebSocket: flow control out, acknowledgements in. A Worker's WebSocket has no
// back-pressure (`send` queues without bound), so what is in flight is bounded here: by the peer's acknowledgements in
// SUBPROTOCOL_FLOW, by a ceiling since it last spoke otherwise. Knows nothing of PostgreSQL.

import {
  ACKNOWLEDGE_EVERY_BYTES,
  type Acknowledgement,
  WINDOW_BYTES,
} from "../../client-shim/src/contract.ts";

export class AgentTransport {
  readonly #socket: WebSocket;
  readonly #flow: boolean;
  /** Bytes that wait for the window to open, in order. */
  #waiting: Uint8Array[] = [];
  #sent = 0;
  #acknowledged = 0;
  #consumed = 0;
  #consumedAcknowledged = 0;
  #sentSinceSpoken = 0;
  #open = true;
  #resume: (() => void)[] = [];
  #closeWhenSent: { readonly code: number; readonly reason: string } | null = null;
  #patience: ReturnType<typeof setTimeout> | null = null;

  constructor(socket: WebSocket, transport: "flow" | "raw") {
    this.#socket = socket;
    this.#flow = transport === "flow";
  }

  get flowControlled(): boolean {
    return this.#flow;
  }

  /** Bytes sent to the peer since it last spoke; what a peer without flow control is measured by. */
  get sentSinceSpoken(): number {
    return this.#sentSinceSpoken;
  }

  /** The window is full: read no more from the database until {@link writable} resolves. */
  get blocked(): boolean {
    return (
      this.#open &&
      this.#flow &&
      (this.#waiting.length > 0 || this.#sent - this.#acknowledged >= WINDOW_BYTES)
    );
  }

  async writable(): Promise<void> {
    while (this.blocked) await new Promise<void>((resolve) => this.#resume.push(resolve));
  }

  /** Sends in order; whole frames only, so that anything sent next starts at a frame boundary. */
  send(bytes: Uint8Array): void {
    if (!this.#open || bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#pump();
  }

  spoke(): void {
    this.#sentSinceSpoken = 0;
  }

  /** A text message of the peer. False when it is no acknowledgement that makes sense. */
  acknowledge(text: string): boolean {
    if (!this.#flow) return false;
    const ack = parseAcknowledgement(text);
    if (ack === null || ack < this.#acknowledged || ack > this.#sent) return false;
    this.#acknowledged = ack;
    this.#pump();
    if (!this.blocked) this.#wake();
    return true;
  }

  /** Bytes of the peer that were passed on since the start. */
  consumed(total: number): void {
    this.#consumed = Math.max(this.#consumed, total);
    if (!this.#flow || !this.#open) return;
    if (this.#consumed - this.#consumedAcknowledged < ACKNOWLEDGE_EVERY_BYTES) return;
    this.#consumedAcknowledged = this.#consumed;
    this.#write(JSON.stringify({ ack: this.#consumed } satisfies Acknowledgement));
  }

  /** Closes once everything sent has left, and after `patienceMs` without it; at once when the peer is gone. */
  close(code: number, reason: string, patienceMs: number): void {
    this.#closeWhenSent = { code, reason };
    this.#pump();
    if (!this.#open) return;
    this.#patience ??= setTimeout(() => {
      this.#waiting = [];
      this.#pump();
    }, patienceMs);
  }

  /** The peer is gone, or is not waited for any longer: nothing is sent any more. */
  abandon(): void {
    this.#open = false;
    this.#waiting = [];
    if (this.#patience !== null) clearTimeout(this.#patience);
    this.#wake();
  }

  #pump(): void {
    while (this.#open) {
      const next = this.#waiting[0];
      if (next === undefined) break;
      const room = this.#flow ? WINDOW_BYTES - (this.#sent - this.#acknowledged) : next.length;
      if (room <= 0) return;
      const piece = next.length <= room ? next : next.subarray(0, room);
      if (piece.length === next.length) this.#waiting.shift();
      else this.#waiting[0] = next.subarray(room);
      this.#sent += piece.length;
      this.#sentSinceSpoken += piece.length;
      this.#write(piece);
    }
    if (this.#closeWhenSent !== null && this.#open) {
      const { code, reason } = this.#closeWhenSent;
      this.abandon();
      this.#socket.close(code, reason);
    }
  }

  // A socket that broke says so here before its close event comes: from then on there is nobody to send to.
  #write(message: Uint8Array | string): void {
    try {
      this.#socket.send(message);
    } catch {
      this.abandon();
    }
  }

  #wake(): void {
    const resume = this.#resume;
    this.#resume = [];
    for (const resolve of resume) resolve();
  }
}

function parseAcknowledgement(text: string): number | null {
  if (text.length > 64) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("ack" in value)) return null;
    return Number.isSafeInteger(value.ack) ? Number(value.ack) : null;
  } catch {
    return null;
  }
}
