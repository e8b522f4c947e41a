// Optimistic concurrency (RFC 9110 §13.1): who writes says which version was read. Pure.

import { err, ok, type Result } from "../../core/result.ts";
import type { Problem } from "../problem.ts";

/** What a policy's ETag is while the target has none of its own: of the default, and of nothing at all. */
export const UNSTORED = "default";

export function etag(version: number | null): string {
  return `"${version === null ? UNSTORED : String(version)}"`;
}

/**
 * The version that the writer read: null for none. `If-Match: "3"`; `If-None-Match: *`, or the ETag of the default, for the first.
 */
export function expectedVersion(headers: Headers): Result<number | null, Problem> {
  const match = headers.get("if-match")?.trim();
  const noneMatch = headers.get("if-none-match")?.trim();
  if (match === undefined && noneMatch === "*") return ok(null);
  if (noneMatch !== undefined) return err(malformed);
  if (match === undefined) return err(missing);
  if (match === etag(null)) return ok(null);
  const version = /^"([1-9]\d{0,14})"$/.exec(match)?.[1];
  return version === undefined ? err(malformed) : ok(Number(version));
}

export function conflict(current: number | null): Problem {
  const detail =
    current === null
      ? "the target has no policy yet: send If-None-Match: * for the first version"
      : `the policy has changed: version ${String(current)} is in force. Read it, and write again on top of it`;
  return { status: 412, title: "Precondition Failed", detail, more: { current_version: current } };
}

const HOW = 'If-Match: "N", with the version that was read, or If-None-Match: * for a first version';

const missing: Problem = {
  status: 428,
  title: "Precondition Required",
  detail: `say which version this one replaces: ${HOW}`,
};

const malformed: Problem = {
  status: 400,
  title: "Bad Request",
  detail: `the condition is not understood: send ${HOW}`,
};
