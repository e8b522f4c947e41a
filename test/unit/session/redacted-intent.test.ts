// What the record keeps of a statement's own text and parameters, where masked columns meet them.

import type { Parameter } from "#core/record";
import { describe, expect, test } from "vitest";
import { hidesRequest, redactIntent } from "../../../durable-objects/session/masking/redacted-intent.ts";
import { writtenMask } from "../../../durable-objects/session/masking/written-masks.ts";
import { spell, utf8 } from "../masking/values.ts";
import { factsOf, masksOf } from "./masks.ts";

const masks = masksOf({ kind: "redact" });

function parameter(value: string): Parameter {
  return { type: 25, format: "text", value, encoding: "utf8" };
}

function redacted(text: string, analysed: readonly number[], parameters: readonly Parameter[] = []) {
  const parts = analysed.map((at) => {
    const { parsed, facts } = factsOf(text, at);
    return { offsetBytes: parsed.offsetBytes, lengthBytes: utf8(parsed.text).length, facts };
  });
  const { text: shown, ...rest } = redactIntent(masks, utf8(text), parts, parameters, false);
  return { ...rest, text: spell(shown) };
}

describe("a statement's text", () => {
  test.each([
    [
      "SELECT name FROM people WHERE ssn = '123' AND id = 7",
      "SELECT name FROM people WHERE ssn = '[redacted]' AND id = 7",
    ],
    ["INSERT INTO people VALUES (1, '123', 'Ann')", "INSERT INTO people VALUES (1, '[redacted]', 'Ann')"],
    [
      "UPDATE people SET ssn = '123', name = 'Ann' WHERE id = 2",
      "UPDATE people SET ssn = '[redacted]', name = 'Ann' WHERE id = 2",
    ],
    ["INSERT INTO notes VALUES (1, '123') -- a note", "INSERT INTO notes VALUES (1, '123') -- a note"],
    [
      "DELETE FROM people WHERE ssn = '123' -- who has 123",
      "DELETE FROM people WHERE ssn = '[redacted]' /* [redacted] */",
    ],
  ])("%s", (sql, shown) => {
    expect(redacted(sql, [0]).text).toBe(shown);
  });

  test("a body is a text of its own: it hides all", () => {
    expect(redacted("DO 'BEGIN UPDATE people SET ssn = 123; END'", [0]).text).toBe("DO '[redacted]'");
  });

  test("a definition of what is masked hides all, one of other things nothing", () => {
    expect(redacted("ALTER TABLE people ALTER name SET DEFAULT '123'", [0]).text).toBe(
      "ALTER TABLE people ALTER name SET DEFAULT '[redacted]'",
    );
    expect(redacted("ALTER TABLE notes ADD CHECK (id > 1)", [0]).text).toBe(
      "ALTER TABLE notes ADD CHECK (id > 1)",
    );
    expect(redacted("COPY people FROM STDIN WHERE ssn <> '123'", [0]).text).toBe(
      "COPY people FROM STDIN WHERE ssn <> '[redacted]'",
    );
  });

  test("a name that is not there hides all", () => {
    expect(redacted("INSERT INTO poeple VALUES (1, '123', 'Ann')", [0]).text).toBe(
      "INSERT INTO poeple VALUES (1, '[redacted]', '[redacted]')",
    );
  });

  test("a prepared statement that is not there hides its arguments", () => {
    expect(redacted("EXECUTE gone ('123')", [0]).text).toBe("EXECUTE gone ('[redacted]')");
    expect(redacted("EXECUTE gone ($1)", [0], [parameter("123")]).parameters).toMatchObject([
      { value: null },
    ]);
  });

  test("what was not analysed hides all of its literals", () => {
    expect(redacted("SELECT 'a', 1 FROM notes", []).text).toBe("SELECT '[redacted]', 1 FROM notes");
  });

  test("each statement of a message by what is known of it, places counted from its own start", () => {
    const sql = "SELECT 'é' FROM notes; SELECT 'b' FROM people WHERE ssn = 'c'; SELECT 'd' FROM notes";
    expect(redacted(sql, [0, 1]).text).toBe(
      "SELECT 'é' FROM notes; SELECT 'b' FROM people WHERE ssn = '[redacted]'; SELECT '[redacted]' FROM notes",
    );
  });
});

describe("bind parameters", () => {
  test("those that meet a masked column are null, and numbered", () => {
    const sql = "INSERT INTO people VALUES ($1, $2, $3)";
    const { parameters, redactions } = redacted(sql, [0], ["1", "123", "Ann"].map(parameter));
    expect(parameters.map(({ value }) => value)).toEqual(["1", null, "Ann"]);
    expect(redactions.parameters).toEqual([2]);
  });

  test("all of them where nothing is known of the statement", () => {
    expect(redacted("SELECT $1", [], [parameter("123")]).parameters).toMatchObject([{ value: null }]);
  });
});

test("copy data for a masked column is not stored, and for others it is", () => {
  expect(hidesRequest(masks, factsOf("COPY people FROM STDIN").facts)).toBe(true);
  expect(hidesRequest(masks, factsOf("COPY people (id, ssn) FROM STDIN").facts)).toBe(true);
  expect(hidesRequest(masks, factsOf("COPY people (id, name) FROM STDIN").facts)).toBe(false);
  expect(hidesRequest(masks, factsOf("COPY notes FROM STDIN").facts)).toBe(false);
});

describe("a mask written back", () => {
  test.each([
    ["UPDATE people SET ssn = '***-1234' WHERE id = 1", "ssn"],
    ["INSERT INTO people VALUES (1, E'***', 'Ann')", "ssn"],
    ["UPDATE people SET name = '***' WHERE id = 1", null],
    ["INSERT INTO people VALUES (1, '123-45-6789', 'Ann')", null],
    ["SELECT 1 FROM people WHERE ssn = '***'", null],
  ])("%s", (sql, column) => {
    const { parsed, facts } = factsOf(sql);
    expect(writtenMask(masks, facts, parsed.text, [])?.column ?? null).toBe(column);
  });

  test("as a bind parameter", () => {
    const { parsed, facts } = factsOf("UPDATE people SET name = $1, ssn = $2 WHERE id = 1");
    expect(writtenMask(masks, facts, parsed.text, [utf8("***"), utf8("123")])).toBeNull();
    expect(writtenMask(masks, facts, parsed.text, [utf8("Ann"), utf8("***-1234")])?.column).toBe("ssn");
  });
});
