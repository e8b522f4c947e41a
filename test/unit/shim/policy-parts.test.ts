// The parts of `sluice policy` that need no gateway: line diff, difference in meaning, cases, times.

import { describe, expect, test } from "vitest";
import { CasesError, readCases } from "../../../client-shim/src/policy/cases.ts";
import { diffLines, unified } from "../../../client-shim/src/policy/lines.ts";
import { diffMeaning } from "../../../client-shim/src/policy/meaning.ts";
import { readTime } from "../../../client-shim/src/policy/period.ts";

describe("the line diff", () => {
  const ALPHABET = ["a", "b", "c"];
  const texts = Array.from({ length: 80 }, (_, i) =>
    Array.from({ length: i % 9 }, (_, j) => ALPHABET[(i * 7 + j * j + ((i >> 2) % 5) * j) % 3] ?? "a"),
  );

  test("gives back both texts, whatever they are", () => {
    for (const before of texts) {
      for (const after of texts) {
        const edits = diffLines(before, after);
        const side = (kind: "+" | "-"): string[] =>
          edits.filter((edit) => edit.kind !== kind).map(({ line }) => line);
        expect(side("+")).toEqual(before);
        expect(side("-")).toEqual(after);
      }
    }
  });

  test("is the shortest: what both have in order is not rewritten", () => {
    const edits = diffLines("abcabba".split(""), "cbabac".split(""));
    expect(edits.filter(({ kind }) => kind !== " ")).toHaveLength(5);
  });

  test("shows three lines around a change, and where it is", () => {
    const before = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`);
    const after = before.with(9, "changed");
    expect(unified(diffLines(before, after))).toEqual([
      "@@ line 7 @@",
      " line 7",
      " line 8",
      " line 9",
      "-line 10",
      "+changed",
      " line 11",
      " line 12",
      " line 13",
    ]);
  });
});

test("comments, order of keys and layout are no difference in meaning", () => {
  expect(diffMeaning("a: 1\nb: [x, y] # why\n", '{"b": ["x", "y"], "a": 1}')).toEqual([]);
});

test("a difference in meaning is told by path, rules by their ids, and a new order of them", () => {
  const before = `
extends: agent
relations: { read: ["public.*"], write: [public.orders] }
limits: { rows_changed: 100 }
rules:
  - { id: a, then: deny }
  - { id: b, then: approve }
  - { id: gone, then: deny }
`;
  const after = `
extends: owner
relations: { read: ["public.*"], write: [public.orders, public.items] }
limits: { rows_changed: 1000 }
rules:
  - { id: b, then: deny }
  - { id: a, then: deny }
`;
  expect(diffMeaning(before, after)).toEqual([
    "~ extends: agent -> owner",
    "+ relations.write: public.items",
    "~ limits.rows_changed: 100 -> 1000",
    "~ rules[b].then: approve -> deny",
    '- rules[gone]: {"id":"gone","then":"deny"}',
    "~ rules: order a, b -> b, a",
  ]);
});

test("cases are read with their lines, from a list or from `cases:`", () => {
  const text = `cases:
  - statement: SELECT 1
    expect: allow
  - { statement: DELETE FROM t, as: { groups: [x], subject: bot }, expect: deny, rule: r }
`;
  expect(readCases("cases.yaml", text)).toEqual([
    { line: 2, column: 5, statement: "SELECT 1", as: {}, expect: "allow", rule: null },
    {
      line: 4,
      column: 5,
      statement: "DELETE FROM t",
      as: { groups: ["x"], subject: "bot" },
      expect: "deny",
      rule: "r",
    },
  ]);
  expect(readCases("c.json", '[{"statement": "SELECT 1", "expect": "deny"}]')).toHaveLength(1);
});

test.each([
  ["nothing", "", /^c:1:1: write a list/],
  ["a list of words", "- SELECT 1", /^c:1:3: a case is a map/],
  ["a case that expects nothing", "- {statement: SELECT 1}", /^c:1:3: `expect` has to be allow, observe/],
  ["an unknown effect", "- statement: SELECT 1\n  expect: maybe", /^c:2:11: `expect`/],
  ["an unknown key", "- statement: SELECT 1\n  expects: deny", /^c:2:3: a case has statement/],
  ["a stray principal", "- {statement: a, expect: deny, as: {role: x}}", /^c:1:36: `as` has to be/],
  ["broken YAML", "- {statement: a", /^c:1:\d+: /],
  ["a key given twice", "- statement: a\n  expect: deny\n  expect: allow", /^c:3:3: /],
])("a table of cases with %s is told by its line", (_, text, message) => {
  expect(() => readCases("c", text)).toThrow(CasesError);
  expect(() => readCases("c", text)).toThrow(message);
});

test.each([
  ["7d", "2026-11-13T12:00:00.000Z"],
  ["90m", "2026-11-20T10:30:00.000Z"],
  ["2026-11-01", "2026-11-01T00:00:00.000Z"],
  ["2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00.000Z"],
  ["yesterday", null],
  ["2026-13-01", null],
])("%s is the time %s", (text, time) => {
  expect(readTime(text, Date.UTC(2026, 10, 20, 12))).toBe(time);
});
