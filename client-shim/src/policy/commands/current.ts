// The policy that a target has at the gateway now.

import type { PolicyContext } from "../context.ts";
import { member, targetPath, textMember } from "../gateway.ts";

export interface Current {
  /** As in the API; null where the default, or nothing, is in force. */
  readonly version: number | null;
  readonly document: string;
  /** What a write has to name as read; null where there is nothing to read. */
  readonly etag: string | null;
}

export async function currentPolicy(context: PolicyContext): Promise<Current> {
  const { status, etag, body } = await context.gateway.call(targetPath(context.target()), {
    expected: [404],
  });
  // An unknown target is a 404 too: the write that follows, or the next question, says so.
  if (status === 404) return { version: null, document: "", etag: null };
  const version = member(body, "version");
  return {
    version: typeof version === "number" ? version : null,
    document: textMember(body, "document"),
    etag,
  };
}

export function nameOf({ version, etag }: Current): string {
  if (version !== null) return `version ${version}`;
  return etag === null ? "no policy" : "the default policy";
}
