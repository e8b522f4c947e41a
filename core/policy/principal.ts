// Who is asking, as their token says. Pure.

export const ROLES = ["agent", "approver", "auditor", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Principal {
  /** The `iss` claim. */
  readonly issuer: string;
  /** The `sub` claim: unique within the issuer. */
  readonly subject: string;
  readonly roles: readonly Role[];
  readonly groups: readonly string[];
}
