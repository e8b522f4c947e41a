// What an approver gets of the statements before a request: no value that the policy masks, wherever the record keeps it.

import { expect, test } from "vitest";
import { request, type Shown } from "#core/approvals";
import { termsWith } from "#core/policy";
import { type Earlier, presentEarlier } from "../../../worker/approvals/earlier.ts";

const SHOWN: Shown = {
  statement: "DELETE FROM orders",
  elided: false,
  parameters: [],
  kinds: ["delete"],
  relations: ["write public.orders"],
  rule: "ask",
  matched: [],
  estimatedRows: null,
  inTransaction: false,
  reason: null,
  recordMasked: true,
};

function asked(shown: Partial<Shown> = {}): ReturnType<typeof request> {
  const requester = { issuer: "https://issuer.test", subject: "agent" };
  const at = { target: "demo", requester, sessionId: "s1", seq: 3, policyVersion: "7", binding: "b" };
  return request("demo-1", { ...at, terms: termsWith({}), shown: { ...SHOWN, ...shown } }, 0);
}

function recorded(intent: Readonly<Record<string, unknown>>): Earlier {
  const said = {
    statement: "SELECT 'canary'",
    statementEncoding: "utf8",
    startedAt: 0,
    kinds: ["select"],
    relations: [{ name: "public.orders", access: "read" }],
    decision: { effect: "allow", rule: "r", policyVersion: "7", matched: [], recorded: true },
    ...intent,
  };
  return {
    sessionId: "s1",
    seq: 2,
    state: "completed",
    rows: 1,
    outcome: null,
    intent: said,
  } as unknown as Earlier;
}

test("a text is shown as it is recorded, from its beginning", () => {
  expect(presentEarlier(asked(), recorded({}))).toMatchObject({
    id: "s1:2",
    statement: "SELECT 'canary'",
    whole: true,
    relations: ["read public.orders"],
  });
  const long = presentEarlier(asked(), recorded({ statement: "x".repeat(5_000) }));
  expect([long.statement?.length, long.whole]).toEqual([1_000, false]);
  const redactions = { literals: 1, parameters: [], request: false };
  expect(presentEarlier(asked(), recorded({ redactions })).whole).toBe(false);
});

test.each([
  ["the policy keeps what it masks in the record", asked({ recordMasked: false }), {}],
  ["it was asked for before that was known", request("demo-1", { ...asked(), shown: without() }, 0), {}],
  [
    "another version of the policy was in force",
    asked(),
    { decision: { effect: "allow", rule: "r", policyVersion: "6", matched: [], recorded: true } },
  ],
  ["it is no text", asked(), { statementEncoding: "base64" }],
])("no text is shown where %s", (_, approval, intent) => {
  const shown = presentEarlier(approval, recorded(intent));
  expect(shown).toMatchObject({ statement: null, whole: false, kinds: ["select"], rows: 1 });
  expect(JSON.stringify(shown)).not.toContain("canary");
});

function without(): Shown {
  const { recordMasked: _, ...rest } = SHOWN;
  return rest;
}
