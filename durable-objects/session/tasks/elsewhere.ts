// What a task waits for that PostgreSQL has no part in: one thing at a time. The task yields, and goes on when it has come,
// or when somebody does not want to wait any more. What comes after that is nobody's.

export type Interruption =
  /** A CancelRequest: the statement ends with an error, and the session goes on. */
  | "cancelled"
  /** The session ends. */
  | "ended";

export type Came<T> =
  | { readonly kind: "value"; readonly value: T }
  /** The promise was rejected. */
  | { readonly kind: "failed" }
  | { readonly kind: "interrupted"; readonly why: Interruption };

interface Slot<T> {
  came: Came<T> | null;
}

export class Elsewhere {
  readonly #wake: () => void;
  #waits: Slot<unknown> | null = null;

  /** `wake`: something has come, in a turn of its own. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  get waits(): boolean {
    return this.#waits !== null;
  }

  begin<T>(work: Promise<T>): Slot<T> {
    const slot: Slot<T> = { came: null };
    this.#waits = slot;
    const come = (came: Came<T>): void => {
      if (this.#waits !== slot) return;
      this.#waits = null;
      slot.came = came;
      this.#wake();
    };
    work.then(
      (value) => come({ kind: "value", value }),
      () => come({ kind: "failed" }),
    );
    return slot;
  }

  /** False where nothing is waited for. The caller sees to it that the task goes on. */
  interrupt(why: Interruption): boolean {
    const slot = this.#waits;
    if (slot === null) return false;
    this.#waits = null;
    slot.came = { kind: "interrupted", why };
    return true;
  }
}

/** As a step of a task. */
export function* elsewhere<T>(place: Elsewhere, work: Promise<T>): Generator<void, Came<T>, void> {
  const slot = place.begin(work);
  yield;
  if (slot.came === null) throw new Error("a task went on before what it waits for has come");
  return slot.came;
}
