// The two ends of flow control, as contract.ts words it: how much may be sent, and when to acknowledge. Counters only,
// no I/O. Counts are cumulative; they stay exact up to 2^53 bytes, 8 PiB, a session.

import { ACKNOWLEDGE_EVERY_BYTES, WINDOW_BYTES } from "../contract.ts";
import type { Acknowledgement } from "../contract.ts";

/** `{"ack":9007199254740991}`, with some room for spaces. */
const ACKNOWLEDGEMENT_CHARS = 64;

/** Of who sends. */
export class SendWindow {
  #sent = 0;
  #acknowledged = 0;

  get room(): number {
    return WINDOW_BYTES - (this.#sent - this.#acknowledged);
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** False if that cannot be: it goes back, or covers bytes that were never sent. */
  acknowledged(total: number): boolean {
    if (total < this.#acknowledged || total > this.#sent) return false;
    this.#acknowledged = total;
    return true;
  }
}

/**
 * Of who receives. Once all is consumed, less than ACKNOWLEDGE_EVERY_BYTES is unacknowledged, so the sender always has
 * most of its window again: it cannot wait for an acknowledgement that is never sent.
 */
export class ReceiveWindow {
  #received = 0;
  #consumed = 0;
  #acknowledged = 0;

  /** False if the sender passed the window. */
  received(bytes: number): boolean {
    this.#received += bytes;
    return this.#received - this.#acknowledged <= WINDOW_BYTES;
  }

  /** What to acknowledge now, or null if that can wait. */
  consumed(bytes: number): Acknowledgement | null {
    this.#consumed += bytes;
    if (this.#consumed - this.#acknowledged < ACKNOWLEDGE_EVERY_BYTES) return null;
    this.#acknowledged = this.#consumed;
    return { ack: this.#consumed };
  }
}

/** Null for anything but an {@link Acknowledgement}. */
export function readAcknowledgement(text: string): number | null {
  if (text.length > ACKNOWLEDGEMENT_CHARS) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("ack" in value)) return null;
  const { ack } = value;
  return typeof ack === "number" && Number.isSafeInteger(ack) && ack >= 0 ? ack : null;
}
