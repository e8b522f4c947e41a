// When the outbox carries: soon after something was journalled, at the object's alarm whatever became of its process, and
// less and less often while D1 fails. What is carried, and in which order, is the outbox's.

import { backOffMs } from "./back-off.ts";

/** Statements that end close together go to D1 together; a reader asks the object to hurry (`now`). */
const SOON_MS = 250;
/** The alarm stands this far ahead while anything waits for D1: after a crash it finishes the record. */
const ALARM_BUSY_MS = 5_000;
/** … and this far while the session is idle, so that a session that was evicted is ended in the record. */
const ALARM_IDLE_MS = 60_000;
/** An alarm that has not come this long after its time is not waited for any more. */
const ALARM_LATE_MS = 30_000;

export interface CarriageDeps {
  /** The outbox's. */
  readonly drain: (hurries: boolean) => Promise<boolean>;
  /** The journal has a session. */
  readonly holds: () => boolean;
  readonly setAlarm: (at: number) => void;
  /** A session runs here. */
  readonly live: () => boolean;
  /** D1 holds the session to its end. */
  readonly whole: () => Promise<void>;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

export class Carriage {
  readonly #deps: CarriageDeps;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #alarmAt = 0;
  /** Something was journalled since the last alarm. */
  #busy = false;
  /** Calls that are carrying, or wait for one that is. */
  #carrying = 0;
  /** Something was journalled since those began: they may not take it. */
  #again = false;
  /** Tries in a row that failed, and how long D1 is left alone after the last. */
  #failures = 0;
  #restMs = 0;

  constructor(deps: CarriageDeps) {
    this.#deps = deps;
  }

  /** Something was journalled. */
  soon(): void {
    this.#busy = true;
    this.#arm(this.#alarmInMs);
    if (this.#carrying > 0) {
      this.#again = true;
      return;
    }
    this.#timer ??= setTimeout(
      () => {
        this.#timer = null;
        // The alarm tries again; until D1 has confirmed it, the journal keeps it.
        this.#carry(false).catch(() => undefined);
      },
      Math.max(SOON_MS, this.#restMs),
    );
  }

  /** Carries what is journalled now; resolves when D1 has it, and rejects where D1 fails. */
  async now(): Promise<void> {
    await this.#carry(true);
  }

  /** The object's alarm has come. Never rejects: it stands again. */
  async alarm(): Promise<void> {
    this.#alarmAt = 0;
    // A session that goes on keeps the near alarm: far and then near again would be two rows written in its place.
    const busy = this.#busy;
    this.#busy = false;
    const carried = await this.#carry(false).then(
      () => true,
      () => false,
    );
    this.#arm(carried && !busy && this.#deps.live() ? ALARM_IDLE_MS : this.#alarmInMs);
  }

  get #alarmInMs(): number {
    return Math.max(ALARM_BUSY_MS, this.#restMs);
  }

  /** `hurries`: what has just begun to run as well. */
  async #carry(hurries: boolean): Promise<void> {
    const complete = await this.#try(hurries);
    if (complete) await this.#deps.whole();
  }

  async #try(hurries: boolean): Promise<boolean> {
    this.#carrying++;
    try {
      const complete = await this.#deps.drain(hurries);
      this.#failures = 0;
      return complete;
    } catch (fault) {
      this.#failures++;
      throw fault;
    } finally {
      this.#carrying--;
      this.#restMs = backOffMs(this.#failures, this.#deps.random());
      if (this.#carrying === 0 && this.#again) {
        this.#again = false;
        this.soon();
      }
    }
  }

  /** Sets the alarm unless it stands for then or earlier. */
  #arm(inMs: number): void {
    const now = this.#deps.now();
    // One that is due and not yet delivered stands: setting it anew would put it off.
    const stands = this.#alarmAt > now - ALARM_LATE_MS;
    if ((stands && this.#alarmAt <= now + inMs) || !this.#deps.holds()) return;
    this.#alarmAt = now + inMs;
    this.#deps.setAlarm(this.#alarmAt);
  }
}
