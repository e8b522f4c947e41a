import { expect, test } from "vitest";
import { intentHead, SEARCH_TEXT_CHARACTERS, type Intent } from "#core/record";

const INTENT: Intent = {
  seq: 1,
  operation: "query",
  protocol: "simple",
  statement: "",
  statementEncoding: "utf8",
  preparedStatement: null,
  portal: null,
  maxRows: 0,
  parameters: [{ type: 25, format: "text", value: "v".repeat(1_000_000), encoding: "utf8" }],
  resultFormats: [],
  decision: { effect: "allow", rule: "r", policyVersion: "1", matched: ["m"], recorded: false },
  kinds: ["select"],
  relations: [{ name: "public.a", access: "read" }],
  startedAt: 7,
};

test("a head holds what search needs and is small, however large its intent", () => {
  const statement = "x".repeat(30_000_000);
  const relations = Array.from(
    { length: 100_000 },
    () => ({ name: "r".repeat(127), access: "read" }) as const,
  );
  const json = JSON.stringify(intentHead({ ...INTENT, statement, relations }));
  expect(json.length).toBeLessThan(1_500_000);
  const { decision, kinds, startedAt } = intentHead(INTENT);
  expect({ decision, kinds, startedAt }).toEqual({
    decision: INTENT.decision,
    kinds: INTENT.kinds,
    startedAt: 7,
  });
});

test("base64 that is cut is still base64", () => {
  const statement = btoa("\xff".repeat(60_000));
  const cut = intentHead({ ...INTENT, statement, statementEncoding: "base64" }).statement;
  expect(cut.length).toBe(SEARCH_TEXT_CHARACTERS);
  expect(atob(cut)).toBe("\xff".repeat(49_152));
});
