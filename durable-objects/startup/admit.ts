// Decides on a client's start-up parameters: what is passed on to the database, what is refused. Pure.
// `user` and `database` never reach the database: the credential and the target say who and where.

import { err, ok, type Result } from "../../core/result.ts";
import { readOptions } from "./options.ts";
import { type StartupRefusal, tokenMisplaced } from "./refusal.ts";
import { admitSetting } from "./settings.ts";

export { type StartupRefusal } from "./refusal.ts";

export interface AdmittedStartup {
  /** What the client calls itself; recorded, not used. */
  readonly user: string;
  /** As the client wrote it; the user's name where it wrote none, as in PostgreSQL. */
  readonly database: string;
  /** Settings for the database, spelled as PostgreSQL spells them; those of `options` among them. */
  readonly settings: ReadonlyMap<string, string>;
  /** Names that start with `_pq_.`: to be answered in NegotiateProtocolVersion, not refused (protocol §54.2.1). */
  readonly protocolExtensions: readonly string[];
}

const OWN = new Set(["user", "database", "options", "replication"]);

export function admitStartup(
  parameters: ReadonlyMap<string, string>,
): Result<AdmittedStartup, StartupRefusal> {
  for (const [name, value] of parameters) {
    const misplaced = tokenMisplaced(name, value);
    if (misplaced !== null) return err(misplaced);
  }
  const user = parameters.get("user") ?? "";
  if (user === "") {
    return err({
      sqlstate: "28000",
      message: "no PostgreSQL user name specified in startup packet",
      hint: "Give a user name; any will do, the gateway knows you by your token.",
    });
  }
  if (!isFalse(parameters.get("replication") ?? "off")) {
    return err({
      sqlstate: "0A000",
      message: "replication connections are not available through the gateway",
      hint: 'Leave out the start-up parameter "replication".',
    });
  }
  const options = readOptions(parameters.get("options") ?? "");
  if (!options.ok) return options;

  const settings = new Map<string, string>();
  // `options` first, as the server does: a parameter of its own overrides it (process_startup_options, postinit.c).
  for (const { name, value } of options.value) {
    const admitted = admitSetting(name, value);
    if (!admitted.ok) return admitted;
    settings.set(admitted.value.name, admitted.value.value);
  }
  const protocolExtensions: string[] = [];
  for (const [name, value] of parameters) {
    if (OWN.has(name)) continue;
    if (name.startsWith("_pq_.")) {
      protocolExtensions.push(name);
      continue;
    }
    const admitted = admitSetting(name, value);
    if (!admitted.ok) return admitted;
    settings.set(admitted.value.name, admitted.value.value);
  }
  const database = parameters.get("database") ?? "";
  return ok({ user, database: database === "" ? user : database, settings, protocolExtensions });
}

/** The spellings that parse_bool takes for false (utils/adt/bool.c). */
function isFalse(value: string): boolean {
  return /^(?:0|f|fa|fal|fals|false|n|no|of|off)$/i.test(value);
}
