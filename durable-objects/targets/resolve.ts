// From a target's name to the database to dial and as whom, and what the agent is told where there is none. Secrets are read
// by a function that is passed in; nothing of one is ever in an answer.

import { err, ok, type Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import { parseConnectionString, type Upstream } from "./connection-string.ts";
import type { Heritage, MappedRole } from "./identity.ts";
import { parseTargets, type Target } from "./targets.ts";

type ReadSecret = (name: string) => string | null;

/** A database, and as whom a session is known to it. */
export interface Access {
  readonly address: Upstream;
  readonly identity:
    | { readonly kind: "shared" }
    | { readonly kind: "role"; readonly roles: readonly MappedRole[] }
    | { readonly kind: "ephemeral"; readonly provision: Upstream; readonly heir: Heritage };
}

/** `targetsJson` is the var TARGETS; `secret` reads a secret by its name, null where it is not set. */
export function resolveTarget(
  targetsJson: string,
  name: string,
  secret: ReadSecret,
): Result<Upstream, Refusal> {
  const target = find(targetsJson, name);
  return target.ok ? read(target.value.secret, secret) : target;
}

export function resolveAccess(
  targetsJson: string,
  name: string,
  secret: ReadSecret,
): Result<Access, Refusal> {
  const target = find(targetsJson, name);
  if (!target.ok) return target;
  const address = read(target.value.secret, secret);
  if (!address.ok) return address;
  const { identity } = target.value;
  if (identity.kind !== "ephemeral") return ok({ address: address.value, identity });
  const provision = read(identity.secret, secret);
  if (!provision.ok) return provision;
  // Privileges are granted in the one database that the session is about to use.
  if (provision.value.database !== address.value.database)
    return err(misconfigured(`${identity.secret} names another database than ${target.value.secret}`));
  return ok({
    address: address.value,
    identity: { kind: "ephemeral", provision: provision.value, heir: identity.heir },
  });
}

function find(targetsJson: string, name: string): Result<Target, Refusal> {
  const targets = parseTargets(targetsJson);
  if (!targets.ok) return err(misconfigured("the gateway's targets are misconfigured"));
  const target = targets.value.get(name);
  if (target !== undefined) return ok(target);
  return err({
    sqlstate: "3D000",
    message: "the database name is not a target of this gateway",
    hint: "The database name of the connection string is the target's name; ask the gateway's admin for it.",
  });
}

function read(name: string, secret: ReadSecret): Result<Upstream, Refusal> {
  const connectionString = secret(name);
  if (connectionString === null)
    return err(misconfigured(`the gateway has no secret ${name} for this target`));
  const upstream = parseConnectionString(connectionString);
  return upstream.ok ? upstream : err(misconfigured(upstream.error.message));
}

function misconfigured(message: string): Refusal {
  return {
    sqlstate: "F0000",
    message,
    hint: "Nothing is wrong with your request: tell the gateway's admin.",
  };
}
