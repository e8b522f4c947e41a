// What an approval is good for, as one text to take a digest of: the statement and its parameters to the byte, for whom, on
// what, under which policy, and what it was found to do. Pure; the digest is taken by who can (SHA-256).

import { base64Encode } from "#core/bytes";
import type { ApprovalScope } from "#core/policy";
import type { Identity } from "./approval.ts";

export interface Bound {
  readonly target: string;
  readonly scope: ApprovalScope;
  readonly requester: Identity;
  readonly sessionId: string;
  readonly policyVersion: string;
  readonly rule: string;
  readonly statement: Uint8Array;
  /** As Bind gave them; their formats say how the bytes are read. */
  readonly parameters: readonly (Uint8Array | null)[];
  readonly parameterFormats: readonly number[];
  readonly parameterTypes: readonly number[];
  /** Kinds and relations, in order: a name that means something else by now is another statement. */
  readonly does: readonly string[];
}

/** Distinct things give distinct texts: JSON keeps the parts apart, whatever stands in them. */
export function bindingText(bound: Bound): string {
  const { requester, sessionId, scope } = bound;
  return JSON.stringify([
    "sluice.approval.1",
    bound.target,
    scope === "session" ? ["session", sessionId] : ["subject", requester.issuer, requester.subject],
    bound.policyVersion,
    bound.rule,
    base64Encode(bound.statement),
    bound.parameters.map((value) => (value === null ? null : base64Encode(value))),
    bound.parameterFormats,
    bound.parameterTypes,
    bound.does,
  ]);
}
