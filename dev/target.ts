// The target's entry in TARGETS. `SLUICE_DEV_TARGET` holds more fields for it, as JSON, so that what a deployment can be told of
// a target can be tried on this machine: SLUICE_DEV_TARGET='{"identity": "ephemeral"}' npm start

import { parseTargets } from "../durable-objects/targets/index.ts";
import { UserError } from "./user-error.ts";

/** The var TARGETS. `secret`: name of the secret with the connection string. */
export function targetsVar(target: string, secret: string): string {
  const targets = JSON.stringify({ [target]: { ...defaults(secret), secret, ...moreFields() } });
  const parsed = parseTargets(targets);
  if (!parsed.ok) throw new UserError(`SLUICE_DEV_TARGET: ${parsed.error.message}`);
  return targets;
}

/** Here the role of the connection string owns the tables and may make roles, so it can provision too. */
function defaults(secret: string): object {
  return moreFields()["identity"] === "ephemeral" ? { provision: secret } : {};
}

function moreFields(): Readonly<Record<string, unknown>> {
  const text = process.env["SLUICE_DEV_TARGET"];
  if (text === undefined || text.trim() === "") return {};
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields === "object" && fields !== null && !Array.isArray(fields))
      return fields as Readonly<Record<string, unknown>>;
  } catch {
    // Said below, as for what is JSON and no object.
  }
  throw new UserError('SLUICE_DEV_TARGET: write a JSON object, such as {"identity": "ephemeral"}');
}
