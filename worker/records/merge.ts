// Pages of several shards as one, in the order of search: newest session first, in it its newest statement first. Pure.
//
// Every shard was asked from the same position on. Each has told all that it has up to where its page ended, and what is behind
// that is not known: so the page as a whole ends where the first of them did. What others found behind it is found again by
// the next page, and the position of a page's end means the same in every shard.

/** Behind a session; or inside of it, below a statement. */
export type SearchPosition =
  | readonly [startedAt: number, id: string]
  | readonly [startedAt: number, id: string, beforeSeq: number];

export interface Hit {
  readonly sessionId: string;
  readonly startedAt: number;
  /** Of a session: a statement of it that matches; 0 where none was asked for. */
  readonly seq: number;
}

export interface Found<H = Hit> {
  /** In order. */
  readonly hits: readonly H[];
  /** Where the next page begins; null where there is nothing more to look at. */
  readonly next: SearchPosition | null;
}

/** `after`: the position behind a hit. The hits say from which of the pages they are. */
export function mergePages<H extends Hit>(
  pages: readonly Found<H>[],
  limit: number,
  after: (hit: Hit) => SearchPosition,
): Found<H & { readonly page: number }> {
  const [end = null] = ends(pages).toSorted(byPosition);
  const hits = pages
    .flatMap((found, page) => found.hits.map((hit) => ({ ...hit, page })))
    .filter((hit) => end === null || byPosition(positionOf(hit), end) <= 0)
    .toSorted((a, b) => byPosition(positionOf(a), positionOf(b)));
  const shown = hits.slice(0, limit);
  const last = shown.at(-1);
  return { hits: shown, next: hits.length > limit && last !== undefined ? after(last) : end };
}

function ends(pages: readonly Found<unknown>[]): SearchPosition[] {
  return pages.flatMap(({ next }) => (next === null ? [] : [next]));
}

function positionOf({ startedAt, sessionId, seq }: Hit): SearchPosition {
  return [startedAt, sessionId, seq];
}

/** Sessions are told apart by their ids where they began at the same time; behind a session is below all of its statements. */
function byPosition(a: SearchPosition, b: SearchPosition): number {
  if (a[0] !== b[0]) return b[0] - a[0];
  if (a[1] !== b[1]) return a[1] < b[1] ? 1 : -1;
  return (b[2] ?? 0) - (a[2] ?? 0);
}
