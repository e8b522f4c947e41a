// The parser behind its door: messages to statements, places in them, errors as PostgreSQL words them.

import { describe, expect, it } from "vitest";
import { testGrammar } from "../../support/grammar.ts";

const grammar = testGrammar();

function parsed(text: string) {
  const result = grammar.parse(text);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function fault(text: string) {
  const result = grammar.parse(text);
  if (result.ok) throw new Error("it parsed");
  return result.error;
}

describe("a message", () => {
  it("is split into its statements, each with its own text and place", () => {
    const statements = parsed("select 'é😀'; -- ü\n  update t set a = 1 ;; select 2");
    expect(statements.map(({ text }) => text.trim())).toEqual([
      "select 'é😀'",
      "update t set a = 1",
      "select 2",
    ]);
    expect(statements.map(({ offsetBytes }) => offsetBytes)).toEqual([0, 25, 47]);
    expect(statements.map(({ offsetCharacters }) => offsetCharacters)).toEqual([0, 20, 42]);
  });

  it("has no statements when it is blank or a comment", () => {
    for (const text of ["", "  \n", ";", " ; ;; ", "-- x", "/* x */"]) expect(parsed(text)).toEqual([]);
  });
});
