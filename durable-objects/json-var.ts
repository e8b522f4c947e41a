// Reads a var that holds JSON, by its schema. Pure. What is wrong with it is said as how to write it: what stands in it may be a
// secret in the wrong place.

import * as v from "valibot";
import { err, ok, type Result } from "../core/result.ts";

/** null where it is not set; `shape` is the error. */
export function readJsonVar<const Schema extends v.GenericSchema>(
  json: string | undefined,
  schema: Schema,
  shape: string,
): Result<v.InferOutput<Schema> | null, string> {
  if (json === undefined || json.trim() === "") return ok(null);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return err(shape);
  }
  const parsed = v.safeParse(schema, value);
  return parsed.success ? ok(parsed.output) : err(shape);
}
