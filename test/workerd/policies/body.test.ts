// What is said of a request's body that is not as its schema says: where, and what to do, never what came.

import * as v from "valibot";
import { expect, test } from "vitest";
import { readJson } from "../../../worker/policies/body.ts";

const REVIEW = v.strictObject({ verdict: v.picklist(["justified", "unjustified"]), note: v.string() });

for (const [what, body, detail] of [
  ["a field that is missing", '{"verdict": "justified"}', '"note": is missing'],
  [
    "a field that there is not",
    '{"verdict": "justified", "note": "n", "secret": 1}',
    '"secret": there is no such field',
  ],
  ["a value of another type", '{"verdict": "justified", "note": 4711}', '"note": has to be string'],
  [
    "a word that is none of those",
    '{"verdict": "secret", "note": "n"}',
    '"verdict": has to be ("justified" | "unjustified")',
  ],
  ["what is no object", '"secret"', "the body: has to be Object"],
  ["what is no JSON", "secret", "the body is not JSON"],
] as const)
  test(`${what} is told by its name`, async () => {
    const read = await readJson(new Request("http://localhost/", { method: "POST", body }), REVIEW);
    expect(read).toMatchObject({ ok: false, error: { status: 400, detail } });
    expect(JSON.stringify(read)).not.toMatch(/4711|: secret|"secret" is/);
  });
