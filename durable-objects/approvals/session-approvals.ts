// A session's way to its target's approvals: asks for one, waits until it is decided, claims it. Owns the timers that look
// again where word of a decision was lost.

import type { Approval, Asked, Bound } from "#core/approvals";
import type { Approvals } from "../session/index.ts";
import type { ApprovalsObject } from "../approvals-object.ts";
import { digest } from "./digest.ts";

/** The object tells a session at once; a message that is lost is made up for by looking. */
const LOOK_EVERY_MS = 5_000;
/** A person who is to decide does not wait for a D1 that is down. */
const CARRIED_MS = 2_000;

export class SessionApprovals implements Approvals {
  readonly #object: () => DurableObjectStub<ApprovalsObject>;
  readonly #background: (work: Promise<unknown>) => void;
  readonly #carried: () => Promise<void>;
  readonly #waiting = new Map<string, () => void>();

  /**
   * `background`: goes on when the session has ended. `carried`: what the session did so far is told, which goes before what it
   * asks for now: receivers get a session's events in their order.
   */
  constructor(
    object: () => DurableObjectStub<ApprovalsObject>,
    background: (work: Promise<unknown>) => void,
    carried: () => Promise<void>,
  ) {
    this.#object = object;
    this.#background = background;
    this.#carried = carried;
  }

  async standing(bound: Bound): Promise<Approval | null> {
    return this.#object().standing(await digest(bound));
  }

  async request(asked: Omit<Asked, "binding">, bound: Bound): Promise<Approval | "too_many"> {
    await within(CARRIED_MS, this.#carried());
    const requested = await this.#object().request({ ...asked, binding: await digest(bound) });
    return requested.ok ? requested.value : "too_many";
  }

  async decided(id: string): Promise<Approval | null> {
    for (;;) {
      // Whoever looks first and waits then misses what comes in between.
      const word = this.#wordOf(id);
      const approval = await this.#object().read(id);
      if (approval?.state !== "pending") {
        word.forget();
        return approval;
      }
      await word.came;
    }
  }

  /** The object says that there is something new about it. */
  changed(id: string): void {
    this.#waiting.get(id)?.();
  }

  async claim(id: string, sessionId: string, bound: Bound): Promise<boolean> {
    const claimed = await this.#object().claim(id, { sessionId, binding: await digest(bound) });
    return claimed.ok;
  }

  withdraw(id: string): void {
    this.changed(id);
    this.#background(this.#object().withdraw(id).catch(nothing));
  }

  failed(id: string): void {
    this.#background(this.#object().fail(id).catch(nothing));
  }

  #wordOf(id: string): { readonly came: Promise<void>; readonly forget: () => void } {
    let forget = nothing;
    const came = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      forget = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve();
      };
      this.#waiting.set(id, forget);
    });
    return { came, forget: () => forget() };
  }
}

/** Done, failed or late: it goes on. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work.catch(nothing), late]);
  clearTimeout(timer);
}

/** What is not withdrawn expires; one that is not marked as failed is shown as executed, and the record says how it ended. */
function nothing(): void {
  return undefined;
}
