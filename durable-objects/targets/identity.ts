// As whom sessions are known to a target's database: the part of a target's entry in TARGETS that says so. Pure.

import * as v from "valibot";
import { type Audience, isFor, readAudience, ROLES } from "#core/policy";
import { err, ok, type Result } from "../../core/result.ts";

/**
 * shared: all as the user of the connection string. role: by that user, who takes on a role at once and keeps it.
 * ephemeral: each as a role of its own, which a provisioning credential makes and drops.
 */
export type IdentityChoice =
  | { readonly kind: "shared" }
  | { readonly kind: "role"; readonly roles: readonly MappedRole[] }
  | { readonly kind: "ephemeral"; readonly secret: string; readonly heir: Heritage };

export interface MappedRole {
  readonly audience: Audience;
  /** Of the database. */
  readonly role: string;
}

/** Who owns what a session's role leaves behind; null: it is dropped with the role. */
export type Heritage = string | null;

export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** NAMEDATALEN - 1: PostgreSQL would cut a longer name, and maybe make it another's. */
const MAX_ROLE_BYTES = 63;

const DatabaseRole = v.pipe(
  v.string(),
  v.check((name) => name !== "" && !name.includes("\0")),
  v.check((name) => new TextEncoder().encode(name).length <= MAX_ROLE_BYTES),
  // As a value of the setting `role` it is no role at all (variable.c, check_role).
  v.check((name) => name !== "none"),
);

export const IDENTITY_FIELDS = {
  identity: v.optional(v.picklist(["shared", "role", "ephemeral"])),
  database_roles: v.optional(v.record(v.string(), DatabaseRole)),
  provision: v.optional(v.pipe(v.string(), v.regex(SECRET_NAME))),
  heir: v.optional(DatabaseRole),
};

interface IdentityFields {
  readonly identity?: IdentityChoice["kind"] | undefined;
  readonly database_roles?: Readonly<Record<string, string>> | undefined;
  readonly provision?: string | undefined;
  readonly heir?: string | undefined;
}

const MAP = '"database_roles": {"group:support": "crm_support", "agent": "crm_agent"}';

/** The error says what to write. A field that another identity would need is a mistake, not ignored. */
export function readIdentity(
  { identity = "shared", database_roles, provision, heir }: IdentityFields,
  defaultSecret: string,
): Result<IdentityChoice, string> {
  if (identity !== "role" && database_roles !== undefined)
    return err('"database_roles" goes with "identity": "role"');
  if (identity !== "ephemeral" && (provision !== undefined || heir !== undefined))
    return err('"provision" and "heir" go with "identity": "ephemeral"');
  if (identity === "shared") return ok({ kind: "shared" });
  if (identity === "ephemeral")
    return ok({ kind: "ephemeral", secret: provision ?? defaultSecret, heir: heir ?? null });
  const roles: MappedRole[] = [];
  for (const [name, role] of Object.entries(database_roles ?? {})) {
    const audience = readAudience(name);
    if (audience === null || !canFit(audience))
      return err(
        `"database_roles" maps ${ROLES.join(", ")} (roles of tokens), group:NAME and subject:NAME to roles of the database: ${MAP}`,
      );
    roles.push({ audience, role });
  }
  return roles.length === 0 ? err(`"identity": "role" needs ${MAP}`) : ok({ kind: "role", roles });
}

function canFit(audience: Audience): boolean {
  if (audience.kind !== "role") return true;
  return ROLES.some((role) => isFor(audience, { issuer: "", subject: "", roles: [role], groups: [] }));
}
