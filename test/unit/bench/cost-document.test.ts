// What docs/cost.md says is held against what is counted: figures with ranges and units, and rows that are missing.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { disagreements } from "../../../dev/bench/cost-document.ts";

const TABLE = `
| counted | rows: object | rows: D1 | bytes in D1 |
|---|---:|---:|---:|
| a statement | 2.01 | 1.04–1.18 | 1.0–1.1 KB |
| a large one | 39 | 43 | 2.95 MB (30 %) |
| a session | 5 | 6 | |
`;
const counted = (what: string, object: number, d1: number, storedBytes: number) => ({
  what,
  object,
  d1,
  storedBytes,
});

test("figures within the ranges that the document names, or a little beside them, agree", () => {
  const rows = [
    counted("a statement", 2.05, 1.1, 1_040),
    counted("a large one", 40, 42, 2_900_000),
    counted("a session", 5, 6, 40_960),
  ];
  expect(disagreements(TABLE, rows)).toEqual([]);
});

test.for([
  [counted("a statement", 3.01, 1.1, 1_040), /rows of the object are 3.01, and docs\/cost.md says 2.01/],
  [counted("a statement", 2.01, 2.1, 1_040), /rows of D1/],
  [counted("a statement", 2.01, 1.1, 4_700), /bytes in D1/],
  [counted("a large one", 39, 43, 9_000_000), /bytes in D1/],
  [counted("another", 1, 1, 1), /no row "another"/],
] as const)("what was counted otherwise is told: %#", ([row, said]) => {
  expect(disagreements(TABLE, [row])).toEqual([expect.stringMatching(said)]);
});

test("the document's own figures can all be read", () => {
  const document = readFileSync("docs/cost.md", "utf8");
  const rows = document.split("\n").filter((line) => /^\| (a |\d)/.test(line));
  const whats = rows.map((line) => line.split("|")[1]?.trim() ?? "").slice(0, 7);
  // Nothing is of no rows at all: each figure is read, and contradicts.
  const wrong = disagreements(
    document,
    whats.map((what) => counted(what, 0, 0, 0)),
  );
  expect(wrong.filter((one) => one.includes("rows of")).length).toBe(14);
});
