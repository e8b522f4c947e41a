// Before a live session is read, its object is asked to carry what it holds to D1, so that a reader sees what has happened.
// Best effort: an object that is busy or gone does not keep the reader waiting for long.

/** Resolves when D1 has it. May reject. */
export type Drain<E> = (sessionId: string, env: E) => Promise<void>;

const DRAIN_MS = 2_000;

export async function drainBounded<E>(drain: Drain<E>, sessionId: string, env: E): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, DRAIN_MS);
  const drained = Promise.resolve()
    .then(() => drain(sessionId, env))
    .catch(() => undefined);
  await Promise.race([drained, late]);
  clearTimeout(timer);
}
