// Makes out as whom a session is known to its database, and prepares that: nothing for a shared user, a setting for a mapped
// role, a role of its own where the target asks for that.

import { base64Encode } from "#core/bytes";
import { isFor, type Policy, type Principal } from "#core/policy";
import { err, ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import type { Dialler } from "../session/index.ts";
import type { Access, MappedRole } from "../targets/index.ts";
import { scramVerifier } from "../upstream/index.ts";
import type { Identity, IdentityRequest, RoleKeeper } from "./identity.ts";
import { applicationName, roleComment, roleMark, roleName } from "./names.ts";
import { isWithin, planGrants } from "./plan.ts";
import { Provisioning } from "./provisioning.ts";

export interface IdentityDeps {
  readonly dialler: Dialler;
  readonly keeper: RoleKeeper;
  /** Tells this gateway's roles from another's. */
  readonly gateway: string;
  readonly random: (bytes: number) => Uint8Array;
}

/** 256 bits: no dictionary has it, so the verifier may be seen. */
const PASSWORD_BYTES = 32;
const SALT_BYTES = 16;
/** The gateway ends an idle session first, and says why in its own words; the database stands behind it. */
const IDLE_GRACE_MS = 5_000;

export async function identify(
  deps: IdentityDeps,
  request: IdentityRequest,
): Promise<Result<Identity, Refusal>> {
  const { access } = request;
  switch (access.identity.kind) {
    case "shared":
      return ok(asItIs(access, request.settings, null));
    case "role":
      return asMapped(access, access.identity.roles, request);
    case "ephemeral":
      return asOwn(deps, request, access.identity);
  }
}

function asItIs({ address }: Access, settings: ReadonlyMap<string, string>, role: string | null): Identity {
  return {
    address,
    settings,
    role,
    leftOut: 0,
    keeps: null,
    widen: null,
    release: () => undefined,
  };
}

/** As a setting of the start-up, `role` is what RESET ROLE goes back to. */
function asMapped(
  access: Access,
  roles: readonly MappedRole[],
  { settings, sessionId, principal }: IdentityRequest,
): Result<Identity, Refusal> {
  const role = mappedRole(roles, principal);
  if (role === null)
    return err({
      sqlstate: "28000",
      message: "no role of this database is meant for you",
      hint: "Ask the gateway's admin: database_roles of the target maps roles, groups and subjects of tokens to roles.",
    });
  const own = settings.get("application_name") ?? "";
  const named = new Map(settings)
    .set("role", role)
    .set("application_name", applicationName(own, sessionId, principal));
  return ok(asItIs(access, named, role));
}

const NOT_NOTED: Refusal = {
  sqlstate: "58000",
  message: "the gateway could not note the database role that it was about to make",
  hint: "Try again; if it stays so, tell the gateway's admin.",
};

/** The first that fits, in the order of the configuration. */
export function mappedRole(roles: readonly MappedRole[], principal: Principal): string | null {
  return roles.find(({ audience }) => isFor(audience, principal))?.role ?? null;
}

async function asOwn(
  { dialler, keeper, gateway, random }: IdentityDeps,
  { access, sessionId, target, principal, expiresAt, policy, settings }: IdentityRequest,
  { provision, heir }: Extract<Access["identity"], { kind: "ephemeral" }>,
): Promise<Result<Identity, Refusal>> {
  const role = roleName(sessionId);
  const mark = roleMark(gateway, sessionId);
  const password = base64Encode(random(PASSWORD_BYTES));
  const spec = {
    role,
    verifier: await scramVerifier(password, random(SALT_BYTES)),
    validUntil: expiresAt,
    settings: roleSettings(policy),
    comment: roleComment(mark, target, principal),
    heir,
  };
  // Before it is made: whatever happens from here on, somebody knows that it has to go.
  const expected = await keeper.expect({ role, sessionId, target, mark, until: expiresAt }).then(
    () => true,
    () => false,
  );
  if (!expected) return err(NOT_NOTED);
  const release = (): void => {
    // Where it fails, the keeper's alarm tries again.
    void keeper.over(role).catch(() => undefined);
  };
  const made = await Provisioning.on(dialler, provision, (provisioning) => provisioning.make(spec, policy));
  if (!made.ok) {
    release();
    return made;
  }
  const { catalog, leftOut } = made.value;
  const own = settings.get("application_name") ?? "";
  /** What the role was given. */
  const held = [policy];
  return ok({
    address: { ...access.address, user: role, password },
    // The name of the user leads to the session already.
    settings:
      own === ""
        ? new Map(settings).set("application_name", applicationName("", sessionId, principal))
        : settings,
    role,
    leftOut,
    // What a later policy grants beyond, the role gets with the next session. Planned anew: a plan is large, and seldom asked for.
    keeps: (next) => {
      const granted = planGrants(catalog, next);
      return held.every((policy) => isWithin(planGrants(catalog, policy), granted));
    },
    widen: async (next) => {
      // Before it is done: where it fails, or its answer is lost, the role counts as having it.
      held.push(next);
      await Provisioning.on(dialler, provision, (provisioning) => provisioning.widen(role, next));
    },
    release,
  });
}

/** What the database holds the role to, where the gateway does not come first. */
function roleSettings({ readOnly, limits }: Policy): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  if (readOnly) settings.set("default_transaction_read_only", "on");
  const { statementTimeMs, idleTimeMs } = limits;
  if (statementTimeMs !== null) settings.set("statement_timeout", String(statementTimeMs));
  if (idleTimeMs !== null)
    for (const name of ["idle_session_timeout", "idle_in_transaction_session_timeout"])
      settings.set(name, String(idleTimeMs + IDLE_GRACE_MS));
  return settings;
}
