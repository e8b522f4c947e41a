// What is left of errors, notices, notifications and tags where a statement touches masked columns.

import { maskNotification, maskReport, maskTag } from "#core/masking";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const NAMES = new Set(["people", "public", "email", "ssn", "people_email_key", "lower(email)", "f(integer)"]);
const knows = (name: string): boolean => NAMES.has(name);

function shown(fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(maskReport(new Map(Object.entries(fields)), knows));
}

describe("a text that PostgreSQL is known to say keeps its words", () => {
  test.each([
    ["M", 'duplicate key value violates unique constraint "people_email_key"', null],
    [
      "M",
      'duplicate key value violates unique constraint "123-45-6789"',
      'duplicate key value violates unique constraint "…"',
    ],
    ["M", 'null value in column "email" of relation "people" violates not-null constraint', null],
    [
      "M",
      'invalid input syntax for type integer: "123-45-6789"',
      'invalid input syntax for type integer: "…"',
    ],
    ["M", 'invalid input syntax for type integer: "a" and "b"', 'invalid input syntax for type integer: "…"'],
    ["M", "value too long for type character varying(10)", null],
    [
      "M",
      'value "99999999999" is out of range for type integer',
      'value "…" is out of range for type integer',
    ],
    ["M", "division by zero", null],
    ["D", "Key (email)=(alice@example.com) already exists.", "Key (email)=(…) already exists."],
    ["D", "Key (email, ssn)=(a)=(b, c) already exists.", "Key (email, ssn)=(…) already exists."],
    ["D", "Key (lower(email))=(x) already exists.", "Key (lower(email))=(…) already exists."],
    ["D", "Key (alice)=(x) already exists.", "Key (…)=(…) already exists."],
    [
      "D",
      'Key (email)=(x) is not present in table "people".',
      'Key (email)=(…) is not present in table "people".',
    ],
    ["D", "Failing row contains (1, alice, 123-45-6789).", "Failing row contains (…)."],
    ["W", "PL/pgSQL function f(integer) line 3 at RAISE", null],
    ["W", 'COPY people, line 3, column ssn: "123-45-6789"', 'COPY people, line 3, column ssn: "…"'],
    [
      "W",
      'SQL statement "SELECT 123"\nPL/pgSQL function f(integer) line 3 at SQL statement',
      "PL/pgSQL function f(integer) line 3 at SQL statement",
    ],
    ["P", "17", null],
    ["s", "public", null],
    ["n", "people_email_key", null],
    ["F", "nbtinsert.c", null],
    ["R", "_bt_check_unique", null],
  ])("%s %s", (letter, text, expected) => {
    expect(shown({ [letter]: text })[letter]).toBe(expected ?? text);
  });
});

describe("any other text goes", () => {
  test.each([
    ["D", "The secret is 123-45-6789."],
    ["H", "Try 123-45-6789."],
    ["W", 'SQL statement "SELECT 123"'],
    ["q", "SELECT * FROM people WHERE ssn = '123-45-6789'"],
    ["p", "31"],
    ["s", "123-45-6789"],
    ["c", "alice"],
    ["P", "alice"],
    ["F", "alice bob"],
    ["X", "something of a later version"],
  ])("%s %s", (letter, text) => {
    expect(shown({ [letter]: text })).toEqual({});
  });
  test("a message becomes what its class says, and a code that is not PostgreSQL's goes too", () => {
    expect(shown({ S: "ERROR", V: "ERROR", C: "22023", M: "123-45-6789 is not a fruit" })).toEqual({
      S: "ERROR",
      V: "ERROR",
      C: "22023",
      M: "data exception; its text may hold masked values and is not shown",
    });
    expect(shown({ C: "12345", M: "x" })).toEqual({
      C: "P0001",
      M: "PL/pgSQL error; its text may hold masked values and is not shown",
    });
  });
});

test("whatever a value in a report is, it is not in what is shown", () => {
  const secret = fc.string({ minLength: 6, maxLength: 30 }).map((text) => `§${text}§`);
  const around = fc.constantFrom(
    ["M", "", ""],
    ["M", 'duplicate key value violates unique constraint "', '"'],
    ["M", 'invalid input syntax for type integer: "', '"'],
    ["M", "permission denied for table ", ""],
    ["D", "Key (email)=(", ") already exists."],
    ["D", "Key (", ")=(x) already exists."],
    ["D", "Failing row contains (", ")."],
    ["H", 'Perhaps you meant to reference the column "', '".'],
    ["W", "PL/pgSQL function ", " line 3 at RAISE"],
    ["W", 'line one\nCOPY people, line 1, column ssn: "', '"\nmore'],
    ["C", "", ""],
    ["P", "", ""],
    ["t", "", ""],
    ["L", "", ""],
    ["F", "", ""],
    ["q", "", ""],
  );
  fc.assert(
    fc.property(around, secret, ([letter = "", before = "", after = ""], value) => {
      expect(JSON.stringify(shown({ [letter]: before + value + after }))).not.toContain(value);
    }),
    { numRuns: 5000 },
  );
});

test("a notification keeps its channel and loses what was sent", () => {
  const message = {
    kind: "notification_response",
    processId: 7,
    channel: "orders",
    payload: "123-45-6789",
  } as const;
  expect(maskNotification(message)).toEqual({ ...message, payload: "…" });
  expect(maskNotification({ ...message, payload: "" }).payload).toBe("");
});

test.each([
  ["SELECT 3", "SELECT 3"],
  ["INSERT 0 5", "INSERT 0 5"],
  ["CREATE TABLE AS", "CREATE TABLE AS"],
  ["REFRESH MATERIALIZED VIEW", "REFRESH MATERIALIZED VIEW"],
  ["SELECT 123-45-6789", "SELECT"],
  ["alice", "OK"],
])("tag %s is shown as %s", (tag, expected) => {
  expect(maskTag(tag)).toBe(expected);
});

test("a position is shown, but not that of a syntax error: a statement has been parsed, so it is in a value", () => {
  expect(shown({ C: "42703", P: "8" })).toMatchObject({ P: "8" });
  expect(shown({ C: "42601", P: "13" })).not.toHaveProperty("P");
});
