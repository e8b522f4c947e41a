// A constant that a WHERE gives to a column is the constant of a call with that column.

import { expect, test } from "vitest";
import { analyse } from "#core/sql";
import { catalogOf } from "../../support/catalog.ts";
import { testGrammar } from "../../support/grammar.ts";

const TABLES = { "pg_catalog.pg_settings": ["name", "setting"], "public.t": ["name"] };

function firstConstant(sql: string): string | null | undefined {
  const grammar = testGrammar();
  const parsed = grammar.parse(sql);
  if (!parsed.ok || parsed.value[0] === undefined) throw new Error("the test's own statement does not parse");
  const session = { prepared: () => null, cursor: () => null };
  const analysis = analyse(parsed.value[0], { grammar, catalog: catalogOf(TABLES), session });
  if (analysis.kind !== "facts") throw new Error("questions are left");
  return analysis.facts.calls.find(({ function: { name } }) => name === "set_config")?.constants[0];
}

test.each([
  ["SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'x'", "x"],
  ["SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'x' AND setting = 'y'", "x"],
  ["SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'x' OR true", null],
  ["SELECT set_config(name, 'v', false) FROM pg_settings WHERE name <> 'x'", null],
  ["SELECT set_config(name, 'v', false) FROM pg_settings", null],
  ["SELECT set_config(pg_settings.name, 'v', false) FROM pg_settings, t WHERE pg_settings.name = 'x'", null],
  ["SELECT (SELECT set_config(name, 'v', false) FROM t) FROM pg_settings WHERE name = 'x'", null],
  ["SELECT set_config(name || '', 'v', false) FROM pg_settings WHERE name = 'x'", null],
])("%s", (sql, expected) => {
  expect(firstConstant(sql)).toBe(expected);
});
