// Every document, decision and transcript of docs/policy.md, run.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DOCUMENT_SCHEMA, lint, PROFILE_TEXTS, refusalText } from "#core/policy";
import { examplesOf } from "./docs.ts";
import { decided, documentOf, factsOf, NOON, policyOf } from "./world.ts";

const markdown = readFileSync(new URL("../../../docs/policy.md", import.meta.url), "utf8");
const examples = examplesOf(markdown);

test("the page has examples, decisions and transcripts", () => {
  expect(examples.length).toBeGreaterThan(15);
  expect(examples.flatMap(({ decisions }) => decisions).length).toBeGreaterThan(70);
  expect(examples.flatMap(({ transcripts }) => transcripts).length).toBeGreaterThan(15);
});

for (const { line, document, decisions, transcripts, profile } of examples) {
  test(`the document at line ${line} is valid${profile === null ? " and has no lint" : `: the profile ${profile}`}`, () => {
    const parsed = documentOf(document);
    if (profile === null) expect(lint(parsed)).toEqual([]);
    else expect(document).toBe(PROFILE_TEXTS[profile as keyof typeof PROFILE_TEXTS]);
  });
  for (const { sql, decision, rule } of decisions)
    test(`line ${line}: ${sql}: ${decision} by ${rule}`, () => {
      expect(decided(policyOf(document), sql)).toBe(`${decision} ${rule}`);
    });
  for (const { sql, answer } of transcripts)
    test(`line ${line}: what is told of ${sql}`, () => {
      const facts = factsOf(sql);
      expect(transcript(policyOf(document).decide(facts, NOON).decision, facts)).toBe(answer);
    });
}

test("every field of the grammar is on the page", () => {
  const properties = (DOCUMENT_SCHEMA["properties"] ?? {}) as Readonly<
    Record<string, { readonly properties?: object }>
  >;
  const names = Object.keys(properties).concat(
    Object.values(properties).flatMap(({ properties: inner = {} }) => Object.keys(inner)),
  );
  for (const name of names) expect(markdown).toContain(name);
});

export function transcript(...[decision, facts]: Parameters<typeof refusalText>): string {
  const { sqlstate, message, detail, hint } = refusalText(decision, facts);
  const lines = [`ERROR:  ${sqlstate}: ${message}`];
  if (detail !== "") lines.push(`DETAIL:  ${detail}`);
  if (hint !== "") lines.push(`HINT:  ${hint}`);
  return lines.join("\n");
}
