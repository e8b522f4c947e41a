// The parser behind its door: messages to statements, places in them, errors as PostgreSQL words them, and what texts that
// mean harm come to.

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

  it("gives each statement the tree that its own text alone has, places and all", () => {
    const message =
      "select a, b.c::int from t as b where x in (1, 2) and y = any (array[3]); insert into ü (a) values ('é', $1) " +
      "on conflict do nothing returning *; set x to 'a', 'b'; select (select 1 from u)";
    for (const { text, node } of parsed(message)) {
      const [alone] = parsed(text.trimStart());
      expect(JSON.stringify(node)).toBe(JSON.stringify(alone?.node));
    }
  });

  it("is parsed once", () => {
    expect(parsed("select 1 as once")).toBe(parsed("select 1 as once"));
  });
});

describe("an error", () => {
  it("has PostgreSQL's words, and its position in characters", () => {
    expect(fault("select 'é😀', selec 1 1")).toEqual({
      sqlstate: "42601",
      message: 'syntax error at or near "1"',
      position: 20,
    });
    expect(fault("select 1;\nselec 2")).toEqual({
      sqlstate: "42601",
      message: 'syntax error at or near "selec"',
      position: 11,
    });
    expect(fault("select (")).toEqual({
      sqlstate: "42601",
      message: "syntax error at end of input",
      position: 9,
    });
    expect(fault("select 'x").message).toBe('unterminated quoted string at or near "\'x"');
  });

  it("has the SQLSTATE that the words have there", () => {
    expect(fault("create assertion a check (true)").sqlstate).toBe("0A000");
    expect(fault("select E'\\u00zz'").sqlstate).toBe("22025");
  });
});

describe("a text that means harm", () => {
  const deep: readonly (readonly [string, string])[] = [
    ["operators", "select 1" + "+1".repeat(3000)],
    ["subqueries", "select " + "(select ".repeat(1000) + "1" + ")".repeat(1000)],
    ["negations", "select " + "not ".repeat(9000) + "true"],
    ["casts", "select 1" + "::int".repeat(3000)],
    ["arrays", "select " + "array[".repeat(3000) + "1" + "]".repeat(3000)],
    ["unions", "select 1" + " union select 1".repeat(3000)],
    ["joins", "select * from a" + " join a on true".repeat(3000)],
    ["FROM", "select * from " + "(select * from ".repeat(600) + "a" + ") b".repeat(600)],
  ];
  it.each(deep)("is refused when it stacks too many %s, and the next one is parsed", (_, text) => {
    expect(fault(text).sqlstate).toBe("54001");
    expect(parsed("select 1 as after")).toHaveLength(1);
  });

  it("may stack parentheses as PostgreSQL may: 10,000", () => {
    expect(parsed("select " + "(".repeat(3000) + "1" + ")".repeat(3000))).toHaveLength(1);
    expect(fault("select " + "(".repeat(100_000) + "1" + ")".repeat(100_000))).toEqual({
      sqlstate: "42601",
      message: 'memory exhausted at or near "("',
      position: 10_004,
    });
  });

  it("is refused when it is too long or makes too large a tree", () => {
    expect(fault(`select '${"x".repeat(10_000_000)}'`).sqlstate).toBe("54000");
    expect(fault(`select 1 ${"+1".repeat(500_000)}`).sqlstate).toMatch(/^5400[01]$/);
    const list = (length: number) => `select a in (${Array.from({ length }, (_, i) => i).join(",")})`;
    expect(parsed(list(20_000))).toHaveLength(1);
    expect(fault(list(400_000)).sqlstate).toBe("54000");
    expect(parsed("select 1 as after")).toHaveLength(1);
  });

  it("does not keep the scanner busy with comments that open comments", () => {
    expect(fault(`${"/*".repeat(100_000)}`).sqlstate).toBe("54000");
    expect(parsed(`/${"*".repeat(5000)}/ select 1 -- ${"=".repeat(5000)}\n`)).toHaveLength(1);
    expect(parsed(`${"/*".repeat(100)} drop table x; ${"*/".repeat(100)} select 1`)).toHaveLength(1);
  });

  it("is refused when it holds a zero byte or what is no UTF-8: the parser and the server could read it otherwise", () => {
    expect(fault("select 1\0; drop table x").sqlstate).toBe("22021");
    for (const lone of ["\ud800", "\udcff", "\udc80"])
      expect(fault(`select '${lone}'`).sqlstate).toBe("22021");
  });
});

describe("memory", () => {
  it("does not grow with the number of texts", () => {
    const small = testGrammar({ cacheBytes: 200_000 });
    for (let i = 0; i < 2000; i++) small.parse(`select a, b from t where c = ${i} and d in (1, 2, 3)`);
    expect(small.cachedBytes).toBeGreaterThan(100_000);
    expect(small.cachedBytes).toBeLessThanOrEqual(200_000);
  });

  it("keeps what is used and forgets what is not", () => {
    const small = testGrammar({ cacheBytes: 100_000 });
    const used = () => {
      const result = small.parse("select used");
      return result.ok ? result.value : null;
    };
    const first = used();
    for (let i = 0; i < 500; i++) {
      small.parse(`select ${i}`);
      expect(used()).toBe(first);
    }
    const forgotten = testGrammar({ cacheBytes: 100_000 });
    const before = forgotten.parse("select used");
    for (let i = 0; i < 500; i++) forgotten.parse(`select ${i}`);
    const after = forgotten.parse("select used");
    expect(before.ok && after.ok && before.value !== after.value).toBe(true);
  });
});
