// Pages of several shards as one: whatever is where, and wherever each shard's own page ends, the pages together hold everything
// once and in order.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Found, type Hit, mergePages, type SearchPosition } from "../../../worker/records/merge.ts";

const newestFirst = (a: Hit, b: Hit): number =>
  b.startedAt - a.startedAt ||
  (a.sessionId < b.sessionId ? 1 : a.sessionId > b.sessionId ? -1 : 0) ||
  b.seq - a.seq;

const behind = ({ startedAt, sessionId, seq }: Hit): SearchPosition => [startedAt, sessionId, seq];
const behindSession = ({ startedAt, sessionId }: Hit): SearchPosition => [startedAt, sessionId];

/** What a shard gives from a position on: at most `limit`, or fewer where it has looked at as much as it may. */
function page(all: readonly Hit[], from: SearchPosition | null, limit: number, looks: number): Found {
  const rest = all.filter(
    (hit) =>
      from === null ||
      newestFirst(hit, { startedAt: from[0], sessionId: from[1], seq: from[2] ?? Number.NEGATIVE_INFINITY }) >
        0,
  );
  const hits = rest.slice(0, Math.min(limit, looks));
  const last = hits.at(-1);
  return { hits, next: rest.length > hits.length && last !== undefined ? behind(last) : null };
}

/** Few times and ids, so that sessions of one time are common. */
const hit = fc.record({
  sessionId: fc.integer({ min: 0, max: 15 }).map((n) => n.toString(16)),
  startedAt: fc.integer({ min: 0, max: 3 }),
  seq: fc.integer({ min: 1, max: 4 }),
});

/** A session is in one shard and began at one time. */
function inShards(hits: readonly Hit[], count: number): Hit[][] {
  const unique = new Map<string, Hit>();
  for (const one of hits) {
    const n = Number.parseInt(one.sessionId, 16);
    unique.set(`${one.sessionId}:${String(one.seq)}`, { ...one, startedAt: n % 4 });
  }
  const shards: Hit[][] = Array.from({ length: count }, () => []);
  for (const one of unique.values()) shards[(Number.parseInt(one.sessionId, 16) * 7) % count]?.push(one);
  return shards.map((some) => some.toSorted(newestFirst));
}

test("page by page: everything once, in order, and no page longer than asked for", () => {
  fc.assert(
    fc.property(
      fc.array(hit, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 9 }),
      (hits, count, limit, looks) => {
        const shards = inShards(hits, count);
        const found: Hit[] = [];
        let from: SearchPosition | null = null;
        for (let turn = 0; ; turn++) {
          const pages = shards.map((all, i) => page(all, from, limit, looks[(turn + i) % looks.length] ?? 1));
          const merged = mergePages(pages, limit, behind);
          expect(merged.hits.length).toBeLessThanOrEqual(limit);
          for (const { page: shard, ...one } of merged.hits) {
            expect(shards[shard]).toContainEqual(one);
            found.push(one);
          }
          if (merged.next === null) break;
          expect(merged.next).not.toEqual(from);
          from = merged.next;
        }
        expect(found).toEqual(shards.flat().toSorted(newestFirst));
      },
    ),
    { numRuns: 300 },
  );
});

test("sessions that began at the same time follow each other by id, whichever shard they are in", () => {
  const at = (sessionId: string): Hit => ({ sessionId, startedAt: 5, seq: 0 });
  const pages = [
    { hits: [at("d"), at("b")], next: null },
    { hits: [at("c"), at("a")], next: null },
  ];
  const first = mergePages(pages, 3, behindSession);
  expect(first.hits.map(({ sessionId }) => sessionId)).toEqual(["d", "c", "b"]);
  expect(first.next).toEqual([5, "b"]);
});

test("where one shard has looked at no more than so far, the others' finds behind it wait for the next page", () => {
  const pages: Found[] = [
    { hits: [], next: [7, "x", 3] },
    {
      hits: [
        { sessionId: "y", startedAt: 8, seq: 1 },
        { sessionId: "a", startedAt: 7, seq: 1 },
      ],
      next: null,
    },
  ];
  const merged = mergePages(pages, 10, behind);
  expect(merged.hits.map(({ sessionId }) => sessionId)).toEqual(["y"]);
  expect(merged.next).toEqual([7, "x", 3]);
});
