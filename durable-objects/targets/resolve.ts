// From a target's name to the database to dial, and what the agent is told where there is none. Secrets are read by a
// function that is passed in; nothing of one is ever in an answer.

import { err, type Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import { parseConnectionString, type Upstream } from "./connection-string.ts";
import { parseTargets } from "./targets.ts";

/** `targetsJson` is the var TARGETS; `secret` reads a secret by its name, null where it is not set. */
export function resolveTarget(
  targetsJson: string,
  name: string,
  secret: (name: string) => string | null,
): Result<Upstream, Refusal> {
  const targets = parseTargets(targetsJson);
  if (!targets.ok) return err(misconfigured("the gateway's targets are misconfigured"));
  const target = targets.value.get(name);
  if (target === undefined) {
    return err({
      sqlstate: "3D000",
      message: "the database name is not a target of this gateway",
      hint: "The database name of the connection string is the target's name; ask the gateway's admin for it.",
    });
  }
  const connectionString = secret(target.secret);
  if (connectionString === null)
    return err(misconfigured(`the gateway has no secret ${target.secret} for this target`));
  const upstream = parseConnectionString(connectionString);
  if (!upstream.ok) return err(misconfigured(upstream.error.message));
  return upstream;
}

function misconfigured(message: string): Refusal {
  return {
    sqlstate: "F0000",
    message,
    hint: "Nothing is wrong with your request: tell the gateway's admin.",
  };
}
