// A response that is ended before its end: the rest of it is swallowed, and an error of ours stands in its place. Says what
// the agent gets of a frame while that is so; does not ask PostgreSQL to stop. Holds no bytes but the error's.

import { BACKEND_CODES, type Frame } from "#core/wire";
import { ENDS_RESPONSE, IS_DATA } from "./answer-frames.ts";

/** The rest is swallowed up to ReadyForQuery. */
interface Cut {
  readonly error: Uint8Array;
  /** The session ends with this error: nothing follows it, no ReadyForQuery either. */
  readonly last: boolean;
  told: boolean;
  /** PostgreSQL ended it with an error as well, so that its state is what the agent was told. */
  failed: boolean;
}

export class Cuts {
  #cut: Cut | null = null;
  #muted = false;

  /** False when one is being cut already. */
  begin(error: Uint8Array): boolean {
    if (this.#cut !== null) return false;
    this.#cut = { error, last: false, told: false, failed: false };
    return true;
  }

  /** The session ends with this error. */
  beginForGood(error: Uint8Array): void {
    this.#cut = { error, last: true, told: false, failed: false };
  }

  /** What comes from here on is another response. */
  end(): void {
    if (this.#cut?.last === false) this.#cut = null;
  }

  /** Nobody sees rows any more. */
  mute(): void {
    this.#muted = true;
  }

  /** PostgreSQL has said an error. */
  failed(): void {
    if (this.#cut !== null) this.#cut.failed = true;
  }

  get isCut(): boolean {
    return this.#cut !== null;
  }

  get isForGood(): boolean {
    return this.#cut?.last === true;
  }

  get toldForGood(): boolean {
    return this.#cut?.last === true && this.#cut.told;
  }

  /** The agent was told of a failure that PostgreSQL knows nothing of. */
  get standsAlone(): boolean {
    return this.#cut !== null && !this.#cut.last && !this.#cut.failed;
  }

  /** What the agent gets of a frame: itself, or while a response is cut the error once and nothing else. */
  shown(frame: Frame): Frame | null {
    if (this.#muted && IS_DATA.has(frame.code)) return null;
    if (this.#cut === null) return frame;
    if (this.#cut.told || !ENDS_RESPONSE.has(frame.code)) return null;
    this.#cut.told = true;
    return { code: BACKEND_CODES.error_response, bytes: this.#cut.error };
  }
}
