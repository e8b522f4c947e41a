import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonPieces } from "#core/record";

describe("JSON in pieces", () => {
  test("joined, they are what JSON.stringify gives", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect([...jsonPieces(value)].join("")).toBe(JSON.stringify(value));
      }),
    );
  });

  test("a large string comes back as it was, wherever a surrogate pair is cut", () => {
    for (const shift of ["", "x"]) {
      const text = `${shift}${'😀\u0001"é'.repeat(40_000)}`;
      const pieces = [...jsonPieces({ text })];
      expect(JSON.parse(pieces.join(""))).toEqual({ text });
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(7 * 64 * 1024);
    }
  });
});
