// The var RETENTION: how long sessions of a target stay in D1, and what happens then. Pure.

import * as v from "valibot";
import { err, ok, type Result } from "../../core/result.ts";

const Rule = v.strictObject({
  days: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** `archive`: as an export into the bucket bound as RECORDS, before it is deleted. */
  afterwards: v.picklist(["archive", "delete"]),
});
export type Rule = v.InferOutput<typeof Rule>;

const Rules = v.record(v.string(), Rule);

/** By target; `*` is for those that are not named. A target without a rule is kept for good. */
export type Rules = Readonly<Record<string, Rule>>;

export const EVERY_OTHER = "*";

/** The error says what is wrong with it. */
export function readRules(text: string | undefined): Result<Rules, string> {
  if (text === undefined) return ok({});
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err("RETENTION is not JSON");
  }
  const parsed = v.safeParse(Rules, Array.isArray(value) ? null : value);
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const path = issue === undefined ? null : v.getDotPath(issue);
  return err(`RETENTION: ${path ?? "it"} has to be like {"shop": {"days": 90, "afterwards": "archive"}}`);
}
