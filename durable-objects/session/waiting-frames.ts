// The agent's messages that were taken in and not looked at yet, in order. First in, first out, in constant time: a pipeline of a
// hundred thousand messages may wait here while each of them takes its turn.

import type { Frame } from "#core/wire";

/** The places of taken ones are given up when there are as many as this. */
const TRIM_FRAMES = 1_024;

export class WaitingFrames {
  #frames: (Frame | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#frames.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get first(): Frame | undefined {
    return this.#frames[this.#head];
  }

  push(frames: readonly Frame[]): void {
    for (const frame of frames) {
      this.#frames.push(frame);
      this.#bytes += frame.bytes.length;
    }
  }

  shift(): void {
    this.#bytes -= this.first?.bytes.length ?? 0;
    // A frame may be large: it goes when it is taken.
    this.#frames[this.#head] = undefined;
    this.#head++;
    if (this.#head < this.#frames.length && this.#head < TRIM_FRAMES) return;
    this.#frames = this.#frames.slice(this.#head);
    this.#head = 0;
  }
}
