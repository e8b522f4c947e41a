// COPY's options, and streams that are not what they say: refused, or a fault that gives nothing.

import { copyFormat, CopyMasker, type ColumnPlan, type CopyFormat } from "#core/masking";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { testGrammar } from "../../support/grammar.ts";
import { hidden, plain } from "./plans.ts";
import { keyed, spell, utf8 } from "./values.ts";

const grammar = testGrammar();

function formatOf(sql: string): CopyFormat | string {
  const parsed = grammar.parse(sql);
  const node = parsed.ok ? parsed.value[0]?.node : undefined;
  if (node === undefined) return "not parsed";
  const format = copyFormat(node);
  return format.ok ? format.value : format.error.option;
}

const TEXT = { kind: "text", delimiter: 9, nullText: "\\N", header: false, quote: 34, escape: 34 } as const;
const CSV = { ...TEXT, kind: "csv", delimiter: 44, nullText: "" } as const;

describe("options", () => {
  test.each([
    ["COPY t TO STDOUT", TEXT],
    ["COPY t TO STDOUT CSV", CSV],
    [
      "COPY t TO STDOUT WITH CSV HEADER DELIMITER ';' QUOTE '|' ESCAPE '^'",
      { ...CSV, header: true, delimiter: 59, quote: 124, escape: 94 },
    ],
    ["COPY t TO STDOUT (FORMAT csv, QUOTE '|')", { ...CSV, quote: 124, escape: 124 }],
    ["COPY t TO STDOUT (HEADER 1)", { ...TEXT, header: true }],
    ["COPY t TO STDOUT (HEADER off, ENCODING 'utf-8')", TEXT],
    ["COPY BINARY t TO STDOUT", { kind: "binary" }],
    ["COPY t TO STDOUT (FORMAT 'json')", "format"],
    ["COPY t TO STDOUT (FORMAT csv, FORCE_ARRAY true)", "force_array"],
    ["COPY t TO STDOUT (ENCODING 'latin1')", "encoding"],
    ["COPY t TO STDOUT (ENCODING 'sjis')", "encoding"],
    ["COPY t TO STDOUT (HEADER match)", "header"],
    ["COPY t TO STDOUT (DELIMITER 'ab')", "delimiter"],
    ["COPY t TO STDOUT (DELIMITER 'é')", "delimiter"],
    ["COPY t TO STDOUT (NULL 'a', NULL 'b')", "null"],
    ["SELECT 1", "statement"],
  ])("%s", (sql, expected) => {
    expect(formatOf(sql)).toEqual(expected);
  });
});

function run(
  format: CopyFormat,
  plans: readonly ColumnPlan[],
  chunks: readonly Uint8Array[],
  most = 1000,
): string | null {
  const masker = new CopyMasker(format, plans, keyed, most);
  let shown = "";
  for (const chunk of chunks) {
    const bytes = Uint8Array.from([0x64, 0, 0, 0, 0, ...chunk]);
    const parts: number[] = [];
    if (!masker.mask({ code: 0x64, bytes }, { add: (part) => parts.push(...part) })) return null;
    shown += spell(Uint8Array.from(parts.slice(5))) ?? "";
  }
  return masker.finish() ? shown : null;
}

describe("a stream that is not what it says is a fault", () => {
  const plans = [plain(), hidden({ kind: "redact" })];
  test.each([
    ["too few fields", TEXT, "a\n"],
    ["too many fields", TEXT, "a\tb\tc\n"],
    ["the end inside of a row", TEXT, "a\tb"],
    ["too few fields of CSV", CSV, "a\n"],
    ["text behind a closing quote", CSV, 'a,"b"c\n'],
    ["a quote inside of a bare field", CSV, 'a,b"c"\n'],
    ["a quote that does not end", CSV, 'a,"b\n'],
    ["no signature", { kind: "binary" } as const, "PGCOPY and so on, and on"],
  ])("%s", (_, format, data) => {
    expect(run(format, plans, [utf8(data)])).toBe(null);
  });
  test("a row that goes on and on", () => {
    expect(run(TEXT, plans, [utf8("x".repeat(600)), utf8("x".repeat(600))], 1000)).toBe(null);
  });
  test("and after one nothing is given any more", () => {
    const masker = new CopyMasker(TEXT, plans, keyed, 1000);
    const given: Uint8Array[] = [];
    const send = (text: string): boolean =>
      masker.mask(
        { code: 0x64, bytes: Uint8Array.from([0x64, 0, 0, 0, 0, ...utf8(text)]) },
        { add: (part) => given.push(part) },
      );
    expect([send("a\tb\tc\n"), send("a\tb\n")]).toEqual([false, false]);
    expect(given).toEqual([]);
    expect(masker.finish()).toBe(false);
  });
});

test("a NULL text of one's own does not tell which rows hold it", () => {
  const format = { ...TEXT, nullText: "alice" };
  expect(run(format, [hidden({ kind: "hash" })], [utf8("alice\nbob\n")])).toBe("alice\nalice\n");
  expect(
    run({ ...CSV, nullText: "alice" }, [hidden({ kind: "redact" })], [utf8('alice\n"alice"\nbob\n')]),
  ).toBe("alice\n***\n***\n");
});

test("any bytes end in a fault or in what the plan shows", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<CopyFormat>(TEXT, CSV, { kind: "binary" }, { ...CSV, quote: 126, escape: 92 }),
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 20 }),
          fc.string({ unit: fc.constantFrom(...Array.from('ab,"\\\n\t~N')), maxLength: 20 }).map(utf8),
        ),
        { maxLength: 8 },
      ),
      (format, chunks) => {
        const shown = run(format, [hidden({ kind: "null" }, "text", 0, true)], chunks);
        if (shown === null || format.kind === "binary") return;
        expect(shown.replaceAll(`${format.nullText}\n`, "")).toBe("");
      },
    ),
    { numRuns: 3000 },
  );
});
