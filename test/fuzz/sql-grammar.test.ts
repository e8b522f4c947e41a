// The parser and the analysis against texts made of pieces of SQL: they answer, whatever it is, and never throw.

import { analyse } from "#core/sql";
import fc from "fast-check";
import { expect, it } from "vitest";
import { testGrammar } from "../support/grammar.ts";
import { emptyCatalog, noNames } from "../unit/sql/utility-catalog.ts";

const grammar = testGrammar();
const PIECES = (
  "select from where insert into values update set delete merge using when matched then do begin end declare copy to stdin " +
  "create table view as alter drop cascade grant on truncate lock explain analyze prepare execute fetch with recursive returning " +
  "union all order by limit group having case else is not null in exists any array row default reset role show set_config t u a b f " +
  "x.y $1 'l' \"Q\" E'\\\\' $$b$$ U&'\\0061' 1 1e9 0x1F ( ) [ ] , ; . * + - = <> := :: % -- /* */ \n é 😀 \0 \ud800"
).split(" ");

it("texts made of pieces of SQL are parsed and analysed, or refused", () => {
  const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join(" "));
  let parsed = 0;
  fc.assert(
    fc.property(text, (sql) => {
      const result = grammar.parse(sql);
      if (!result.ok) {
        expect(result.error.sqlstate).toMatch(/^[0-9A-Z]{5}$/);
        return;
      }
      for (const statement of result.value) {
        parsed++;
        expect(sql).toContain(statement.text);
        analyse(statement, { grammar, catalog: emptyCatalog, session: noNames });
      }
    }),
    { numRuns: 3000 },
  );
  expect(parsed).toBeGreaterThan(0);
});

it("bodies made of pieces of SQL are read or refused", () => {
  const body = fc.array(fc.constantFrom(...PIECES.filter((piece) => piece !== "$$b$$")), { maxLength: 12 });
  fc.assert(
    fc.property(body, (pieces) => {
      const result = grammar.plpgsql(`do $body$ declare r record; begin ${pieces.join(" ")}; end $body$`);
      if (result.ok) for (const text of result.value.statements) grammar.parse(text);
    }),
    { numRuns: 1500 },
  );
});
