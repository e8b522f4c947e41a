// Merges what comes numbered from several places into one order. Holds one of each.

export interface Numbered<T> {
  readonly n: number;
  readonly value: T;
}

/** By `n`; of the same, the earlier source first. Each source is in order by itself, or its disorder shows in the result. */
export async function* inOrder<T>(
  sources: readonly AsyncGenerator<Numbered<T>>[],
): AsyncGenerator<Numbered<T>> {
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let least = -1;
    for (const [i, { done, value }] of heads.entries()) {
      const best = heads[least]?.value as Numbered<T> | undefined;
      if (done !== true && (best === undefined || (value as Numbered<T>).n < best.n)) least = i;
    }
    const head = heads[least];
    const source = sources[least];
    if (head === undefined || source === undefined || head.done === true) return;
    yield head.value;
    heads[least] = await source.next();
  }
}
