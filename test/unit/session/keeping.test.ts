// What an outcome says of a response that is kept whole, in part, as a digest, or as counts.

import { expect, test } from "vitest";
import { concat, hexEncode, sha256 } from "#core/bytes";
import { ByteRun } from "../../../durable-objects/session/byte-run.ts";
import { Keeping } from "../../../durable-objects/session/keeping.ts";

const [A, B, C] = [1, 2, 3].map((n) => new Uint8Array(100 * n).fill(n)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const digestOf = (...parts: Uint8Array[]): string => hexEncode(sha256(concat(parts)));

function stored(keeping: Keeping, tail: ByteRun, frame: Uint8Array): void {
  keeping.keeps(frame.length);
  tail.add(frame);
}

test("what is stored whole needs no words", () => {
  const [keeping, tail] = [new Keeping(), new ByteRun()];
  stored(keeping, tail, A);
  expect(keeping.outcome()).toEqual({});
});

test("a digest is that of all frames, one of nothing too", () => {
  const [keeping, tail] = [new Keeping(), new ByteRun()];
  keeping.atMost("digest", tail);
  expect(keeping.outcome()).toEqual({ recorded: "digest", digest: digestOf() });
  keeping.passes(A);
  keeping.passes(B);
  expect(keeping.outcome()).toEqual({ recorded: "digest", digest: digestOf(A, B) });
});

test("what is cut off has the digest of what was written, of what waits, and of what came behind", () => {
  const [keeping, tail] = [new Keeping(), new ByteRun()];
  stored(keeping, tail, A);
  keeping.wrote(concat(tail.take()), true);
  stored(keeping, tail, B);
  keeping.atMost("digest", tail);
  keeping.passes(C);
  expect(keeping.outcome()).toEqual({
    recorded: "truncated",
    digest: digestOf(A, B, C),
    storedBytes: A.length + B.length,
  });
  expect(keeping.stores).toBe(false);
});

test("there is no digest over what is only to be counted, nor over what went by unhashed", () => {
  const [counted, tail] = [new Keeping(), new ByteRun()];
  stored(counted, tail, A);
  counted.atMost("counts", tail);
  counted.passes(B);
  expect(counted.outcome()).toEqual({ recorded: "truncated", storedBytes: A.length });

  const [late, waiting] = [new Keeping(), new ByteRun()];
  stored(late, waiting, A);
  late.wrote(concat(waiting.take()), false);
  late.atMost("digest", waiting);
  late.passes(B);
  expect(late.outcome()).toEqual({ recorded: "truncated", storedBytes: A.length });

  const strict = new Keeping();
  strict.atMost("digest", new ByteRun());
  strict.passes(A);
  strict.atMost("counts", new ByteRun());
  strict.passes(B);
  expect(strict.outcome()).toEqual({ recorded: "counts" });
});

test("a level never rises, and all is rows where nothing came behind it", () => {
  const [keeping, tail] = [new Keeping(), new ByteRun()];
  stored(keeping, tail, A);
  keeping.atMost("counts", tail);
  keeping.atMost("rows", tail);
  expect(keeping.stores).toBe(false);
  expect(keeping.outcome()).toEqual({ recorded: "rows" });
});
