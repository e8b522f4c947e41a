// What the agent sent and nobody has taken yet: bytes in, packets and frames out. During the start-up it is waited on;
// afterwards it is asked whenever something came. Bounded by its owner, which sees `backlogBytes`.

import { type Frame, FrameReader, type StartupPacket, type WireError } from "#core/wire";
import { err, type Result } from "../../core/result.ts";

/** Why a packet that was waited for did not come. */
export type InboxError =
  | WireError
  /** The agent left, or the session is ending. */
  | { readonly kind: "gone" };

export class AgentInbox {
  readonly #reader: FrameReader;
  #received = 0;
  #failure: InboxError | null = null;
  #wake: (() => void) | null = null;

  constructor(maxFrameBytes: number) {
    this.#reader = new FrameReader("frontend", { maxFrameBytes });
  }

  get receivedBytes(): number {
    return this.#received;
  }

  get backlogBytes(): number {
    return this.#reader.bufferedBytes;
  }

  push(chunk: Uint8Array): void {
    this.#received += chunk.length;
    this.#reader.push(chunk);
    this.#wake?.();
  }

  /** Nothing more will come: whoever waits gets this. */
  fail(failure: InboxError): void {
    this.#failure ??= failure;
    this.#wake?.();
  }

  /** The next frame that is here whole, or null. */
  next(): Result<Frame | null, WireError> {
    return this.#reader.next();
  }

  async startup(): Promise<Result<StartupPacket, InboxError>> {
    return this.#wait(() => this.#reader.nextStartup());
  }

  async frame(): Promise<Result<Frame, InboxError>> {
    return this.#wait(() => this.#reader.next());
  }

  async #wait<T>(take: () => Result<T | null, WireError>): Promise<Result<T, InboxError>> {
    for (;;) {
      if (this.#failure !== null) return err(this.#failure);
      const taken = take();
      if (!taken.ok) return taken;
      if (taken.value !== null) return { ok: true, value: taken.value };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}
