// What policy says of a statement. Pure.

export interface Decision {
  readonly effect: "allow";
  /** Id of the rule that decided. */
  readonly rule: string;
  /** Version of the policy document that holds the rule. */
  readonly policyVersion: string;
}

/** Version of the policy while there is none: everything is allowed, and the record says so. */
export const ALLOW_ALL_VERSION = "allow-all";

/** Not yet a policy: allows every statement. */
export function decide(): Decision {
  return { effect: "allow", rule: "allow-all", policyVersion: ALLOW_ALL_VERSION };
}
