// Who there is at the local issuer: its clients that have no secret, and the accounts that a person picks from. Apart from
// provider.ts, which brings a library along.

import { ROLES, type Role } from "../state.ts";

/** Public client of the `sluice` command (device flow) and of the console (code flow). */
export const PUBLIC_CLIENTS = { device: "sluice-cli", code: "sluice-console" } as const;

/** Account -> its roles: one for each role, and one that may do everything in the console. */
export const ACCOUNTS: ReadonlyMap<string, readonly Role[]> = new Map<string, readonly Role[]>([
  ...ROLES.map((role): [string, readonly Role[]] => [role, [role]]),
  ["operator", ["approver", "auditor", "admin"]],
]);
