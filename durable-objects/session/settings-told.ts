// PostgreSQL tells of notifications and settings once for a Query, before its ReadyForQuery: while one is run in parts they
// are kept here, and of each setting the last value is told, if the agent does not have it. Sends nothing itself.

import { BACKEND_CODES, type Frame } from "#core/wire";
import { parameterName } from "./answer-frames.ts";

export class SettingsTold {
  #statuses: Map<string, Uint8Array> | null = null;
  /** ParameterStatus messages as the agent got them last, by setting. */
  readonly #told = new Map<string, Uint8Array>();
  readonly #notifications: Frame[] = [];

  hold(): void {
    this.#statuses = new Map();
  }

  get holds(): boolean {
    return this.#statuses !== null;
  }

  /** The agent gets this ParameterStatus; the first ones come with the start-up. */
  tells(frame: Frame): void {
    this.#told.set(parameterName(frame), frame.bytes.slice());
  }

  /** True when the ParameterStatus is kept; else the agent gets it. */
  keepsStatus(frame: Frame): boolean {
    if (this.#statuses === null) {
      this.tells(frame);
      return false;
    }
    this.#statuses.set(parameterName(frame), frame.bytes.slice());
    return true;
  }

  keepNotification({ code, bytes }: Frame): void {
    this.#notifications.push({ code, bytes: bytes.slice() });
  }

  /** What was kept and is to be told now, in order. Nothing is kept any more. */
  *release(): Generator<Frame> {
    yield* this.#notifications.splice(0);
    const statuses = this.#statuses ?? new Map<string, Uint8Array>();
    this.#statuses = null;
    for (const [name, bytes] of statuses) {
      // Changed and changed back: PostgreSQL would not have told either.
      if (equal(this.#told.get(name), bytes)) continue;
      this.#told.set(name, bytes);
      yield { code: BACKEND_CODES.parameter_status, bytes };
    }
  }
}

function equal(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, i) => byte === b[i]);
}
