// The console's pure parts: what is made visible, how SQL is cut for colouring, what changed between two texts, played time.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { axisOf } from "../../../worker/console/client/axis.ts";
import { parseConsole } from "../../../worker/console/config.ts";
import { diff } from "../../../worker/console/text/diff.ts";
import { hex, typeName } from "../../../worker/console/text/format.ts";
import { tokens } from "../../../worker/console/text/sql.ts";
import { plainly, visible } from "../../../worker/console/text/visible.ts";

describe("hidden characters", () => {
  test.each([
    ["a\u202eb", "a⟨U+202E⟩b"],
    ["\u001b[31m", "⟨U+001B⟩[31m"],
    ["nul\0", "nul⟨U+0000⟩"],
    ["zero\u200bwidth", "zero⟨U+200B⟩width"],
    ["half \ud800", "half ⟨U+D800⟩"],
    ["tag \u{e0041}", "tag ⟨U+E0041⟩"],
    ["ad\u200dmin", "ad⟨U+200D⟩min"],
    ["👩\u200d🔬", "👩\u200d🔬"],
    ["tab\tand\nline", "tab\tand\nline"],
  ])("of %j are written out", (text, shown) => {
    expect(plainly(text)).toBe(shown);
  });

  test("are all that is changed: the pieces are the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(
          visible(text)
            .map((piece) => piece.text)
            .join(""),
        ).toBe(text);
      }),
    );
  });
});

describe("SQL in tokens", () => {
  const kinds = (sql: string): string[] =>
    tokens(sql).flatMap(({ kind, text }) => (kind === "plain" ? [] : [`${kind} ${text}`]));

  test.each<[string, string[]]>([
    ["select 'it''s' from t", ["keyword select", "string 'it''s'", "keyword from"]],
    ["SELECT E'a\\'b' -- and\nFROM", ["keyword SELECT", "string E'a\\'b'", "comment -- and", "keyword FROM"]],
    ['"select" = $1', ['name "select"', "parameter $1"]],
    ["$a$ select $b$ $a$ 1e5", ["string $a$ select $b$ $a$", "number 1e5"]],
    ["/* select */ 'not ended", ["comment /* select */", "string 'not ended"]],
  ])("%s", (sql, found) => {
    expect(kinds(sql)).toEqual(found);
  });

  test("are the text, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("'", '"', "$", "a", "-", "/", "*", "\n", "1", "\\", "e", " ", "💧"),
        }),
        (sql) => {
          expect(
            tokens(sql)
              .map(({ text }) => text)
              .join(""),
          ).toBe(sql);
        },
      ),
    );
  });
});

test("a diff keeps what is common, and gives both texts back", () => {
  expect(diff("a\nb\nc", "a\nx\nc").map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    "same a",
    "gone b",
    "new x",
    "same c",
  ]);
  const lines = fc.array(fc.constantFrom("a", "b", "c")).map((some) => some.join("\n"));
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const of = (left: string): string =>
        diff(before, after)
          .filter(({ kind }) => kind !== left)
          .map(({ text }) => text)
          .join("\n");
      expect([of("new"), of("gone")]).toEqual([before, after]);
    }),
  );
});

test("bytes and types are written as PostgreSQL does", () => {
  expect(hex("AP8=")).toBe("\\x00ff");
  expect(hex("AP8=", 1)).toBe("\\x00…");
  expect([typeName(23), typeName(0), typeName(16_385)]).toEqual(["integer", "", "type 16385"]);
});

describe("played time", () => {
  test("shortens pauses, begins with the first statement, and finds the statement of a moment", () => {
    const starts = [5_000, 5_100, 65_100, 65_200];
    const axis = axisOf(starts, 65_300, true);
    expect(starts.map((_, n) => axis.at(n))).toEqual([0, 100, 1_600, 1_700]);
    expect(axis.length).toBe(1_800);
    expect([0, 99, 100, 1_650, 9_999].map((at) => axis.indexAt(at))).toEqual([0, 0, 1, 2, 3]);
    expect(axisOf(starts, 65_300, false).at(2)).toBe(60_100);
  });

  test("has a length where there is nothing", () => {
    expect([axisOf([], 0, true).length, axisOf([], 0, true).indexAt(5)]).toEqual([1, 0]);
  });
});

describe("CONSOLE", () => {
  const problem = (text: string): string => {
    const parsed = parseConsole(text);
    return parsed.ok ? "" : parsed.error;
  };

  test("is off where it is not set, and takes what it knows", () => {
    expect(parseConsole(undefined)).toEqual({ ok: true, value: null });
    const parsed = parseConsole(
      '{"base_url": "https://gate.test/", "issuer": "https://login.test", "client_id": "c"}',
    );
    expect(parsed.ok && parsed.value?.base_url).toBe("https://gate.test");
  });

  test.each([
    ["nonsense", "CONSOLE is not JSON"],
    [
      '{"base_url": "http://gate.test", "access": "https://team.test"}',
      "CONSOLE.base_url: must be an https URL",
    ],
    ['{"base_url": "https://gate.test"}', "needs issuer and client_id, or the issuer of Access"],
    ['{"base_url": "https://gate.test", "issuer": "https://login.test"}', "needs issuer and client_id"],
    ['{"base_url": "https://gate.test", "access": "https://team.test", "acess": 1}', "CONSOLE.acess"],
    ['{"base_url": "https://gate.test/console", "access": "https://team.test"}', "must have no path"],
    ['{"base_url": "https://gate.test", "access": true}', "CONSOLE.access"],
  ])("%s is refused", (text, why) => {
    expect(problem(text)).toContain(why);
  });
});
