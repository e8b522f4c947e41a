// Rows to answers: what is not of the known shape is an error, never an answer.

import { describe, expect, it } from "vitest";
import { type Question, answers } from "../../../core/sql/catalog/index.ts";

const TYPE: Question = { kind: "type_oid", oid: 25 };
const OPERATORS: Question = { kind: "operators", name: { schema: null, name: "=" } };
const RELATION: Question = { kind: "relation_oid", oid: 1 };
const text = {
  oid: 25,
  schema: "pg_catalog",
  name: "text",
  kind: "b",
  relationOid: 0,
  elementOid: 0,
  baseTypeOid: 0,
  functionOids: null,
};

describe("answers", () => {
  it("stand in the order of the questions, whatever the order of the rows", () => {
    const result = answers([TYPE, OPERATORS], ["[2,[]]", JSON.stringify([1, [text]])]);
    expect(result).toEqual({
      ok: true,
      value: [
        {
          kind: "type",
          value: {
            oid: 25,
            schema: "pg_catalog",
            name: "text",
            kind: "base",
            relationOid: null,
            elementOid: null,
            baseTypeOid: null,
            functionOids: [],
          },
        },
        { kind: "operators", value: [] },
      ],
    });
  });

  it("are errors where a row is missing, double, of no question or no JSON", () => {
    for (const rows of [
      [],
      ["[1,[]]"],
      ["[1,[]]", "[1,[]]"],
      ["[1,[]]", "[3,[]]"],
      ["[1,[]]", "[0,[]]"],
      ["[1,[]]", "[2"],
      ["[1,[]]", null],
      ["[1,[]]", "null"],
      ["[1,[]]", "[2,null]"],
      ["[1,[]]", "[2,[],3]"],
    ])
      expect(answers([TYPE, OPERATORS], rows).ok, JSON.stringify(rows)).toBe(false);
  });

  it("are errors where a field is missing, of another kind or of an unknown code", () => {
    for (const wrong of [
      { ...text, kind: "z" },
      { ...text, kind: "constructor" },
      { ...text, oid: "25" },
      { ...text, oid: -1 },
      { ...text, functionOids: {} },
      { ...text, name: null },
      [text],
      null,
      "too_small",
    ])
      expect(answers([TYPE], [JSON.stringify([1, [wrong]])]).ok, JSON.stringify(wrong)).toBe(false);
    const { name: _, ...nameless } = text;
    expect(answers([TYPE], [JSON.stringify([1, [nameless]])]).ok).toBe(false);
    expect(answers([TYPE], [JSON.stringify([1, [text, text]])]).ok).toBe(false);
  });

  it("say so when PostgreSQL knows and the inquiry cannot tell", () => {
    expect(answers([RELATION], ['[1,"too_large"]'])).toEqual({
      ok: true,
      value: [{ kind: "unanswerable", why: "too_large" }],
    });
    expect(answers([RELATION], ['[1,["shadowed_operator"]]'])).toEqual({
      ok: true,
      value: [{ kind: "unanswerable", why: "shadowed_operator" }],
    });
    expect(answers([TYPE], ['[1,["shadowed_operator"]]']).ok).toBe(false);
  });

  it("show nothing of a malformed row in the error", () => {
    expect(JSON.stringify(answers([TYPE], ['[1,[{"secret canary']))).not.toContain("canary");
    expect(JSON.stringify(answers([TYPE], ['[1,["canary"]]']))).not.toContain("canary");
  });
});
