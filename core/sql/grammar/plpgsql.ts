// stub
import type { Result } from "../../result.ts";
import type { PlpgsqlBody, SyntaxError } from "./grammar.ts";

export function collectPlpgsql(_json: unknown): Result<PlpgsqlBody, SyntaxError> {
  return { ok: false, error: { sqlstate: "0A000", message: "not yet", position: null } };
}
