// What the gateway itself has to say to an agent that goes on: warnings, as PostgreSQL would word them. Pure.

import { noticeResponse } from "#core/wire";

export function tokenExpires(inMs: number): Uint8Array {
  return noticeResponse({
    severity: "WARNING",
    sqlstate: "01000",
    message: `the access token expires in ${Math.round(inMs / 1000)} seconds, and this session ends with it`,
    hint: "Finish the transaction and connect again with a fresh token.",
  });
}

/** The policy grants privileges on `count` relations or functions that the session's role has not. */
export function privilegesLeftOut(count: number): Uint8Array {
  return noticeResponse({
    severity: "WARNING",
    // warning_privilege_not_granted, as PostgreSQL says of a GRANT.
    sqlstate: "01007",
    message: `the policy grants privileges on ${count} relations or functions that this session's database role has not`,
    hint: "Tell the gateway's admin: the provisioning role needs them WITH GRANT OPTION.",
  });
}
