// Whose the time of a statement is.

import { expect, test } from "vitest";
import { Stopwatch, type WaitsFor } from "../../../durable-objects/session/stopwatch.ts";

/** Turns, each with the time that it comes at and who is waited for after it. */
function timed(...turns: readonly (readonly [at: number, waitsFor: WaitsFor])[]): {
  addedMs: number;
  heldMs: number;
} {
  const watch = new Stopwatch();
  const statement = { addedMs: 0, heldMs: 0 };
  for (const [at, waitsFor] of turns) {
    watch.elapse(at);
    watch.give(statement);
    watch.waitFor(waitsFor);
  }
  return statement;
}

test("what PostgreSQL and people took is not the gateway's", () => {
  expect(
    timed(
      [100, "gateway"],
      [103, "postgresql"],
      [150, "gateway"],
      [155, "approval"],
      [1155, "gateway"],
      [1157, "nobody"],
    ),
  ).toEqual({ addedMs: 3 + 5 + 2, heldMs: 1000 });
});

test("while nobody waits, nothing passes", () => {
  expect(timed([100, "nobody"], [5000, "postgresql"], [5007, "nobody"])).toEqual({ addedMs: 0, heldMs: 0 });
});

test("a clock that was set back adds nothing, and what follows counts from there", () => {
  expect(timed([5000, "gateway"], [1000, "gateway"], [1004, "nobody"])).toEqual({ addedMs: 4, heldMs: 0 });
});

test("time of nobody's statement is dropped when all is done", () => {
  const watch = new Stopwatch();
  const statement = { addedMs: 0, heldMs: 0 };
  watch.waitFor("gateway");
  watch.elapse(10);
  watch.waitFor("nobody");
  watch.give(statement);
  expect(statement).toEqual({ addedMs: 0, heldMs: 0 });
});

test("what cannot be told apart is nobody's", () => {
  const watch = new Stopwatch();
  const statement = { addedMs: 0, heldMs: 0 };
  watch.waitFor("gateway");
  watch.skip(10);
  watch.elapse(12);
  watch.give(statement);
  expect(statement).toEqual({ addedMs: 2, heldMs: 0 });
});
