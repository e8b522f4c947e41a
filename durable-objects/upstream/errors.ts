// Upstream failures as the agent may see them. One place, so that what must not be in them can be checked in one place.
// PostgreSQL's own text passes only for a few codes, and not where it names the gateway's user, database, host or password.

import type { Upstream } from "../targets/index.ts";
import type { UpstreamError } from "./types.ts";

const ASK_ADMIN = "Ask the gateway's admin.";
const TRY_AGAIN = "Try again later.";

export const unreachable: UpstreamError = {
  kind: "unreachable",
  sqlstate: "08001",
  message: "the gateway cannot reach the database",
  hint: "Try again later; if it stays so, ask the gateway's admin whether the database is up and open to the gateway.",
};

export function timedOut(ms: number): UpstreamError {
  return {
    kind: "timeout",
    sqlstate: "08001",
    message: `the database did not complete the connection within ${ms} ms`,
    hint: TRY_AGAIN,
  };
}

export function tlsFailed(why: string): UpstreamError {
  return {
    kind: "tls",
    sqlstate: "08001",
    message: `the gateway cannot talk TLS to the database: ${why}`,
    hint: ASK_ADMIN,
  };
}

export function protocolBroken(why: string): UpstreamError {
  return {
    kind: "protocol",
    sqlstate: "08P01",
    message: `the database broke the protocol at start-up: ${why}`,
    hint: ASK_ADMIN,
  };
}

export function authenticationRefused(why: string): UpstreamError {
  return {
    kind: "authentication",
    sqlstate: "08004",
    message: `the gateway did not log in to the database: ${why}`,
    hint: ASK_ADMIN,
  };
}

/** Codes whose text helps the agent, with what is said in its place where the text holds too much. */
const PASS_THROUGH: ReadonlyMap<string, string> = new Map([
  ["53000", "the database has not enough resources"],
  ["53100", "the database's disk is full"],
  ["53200", "the database is out of memory"],
  ["53300", "the database has too many connections"],
  ["53400", "the database's configuration limit is exceeded"],
  ["57P01", "the database is shutting down"],
  ["57P02", "the database crashed"],
  ["57P03", "the database is not accepting connections now"],
  ["57P04", "the database was dropped"],
]);

/** About a setting of the agent's own start-up. The server's text quotes the value, which goes into no message. */
const OWN_SETTING: ReadonlySet<string> = new Set(["22023", "42704"]);

export interface ServerError {
  readonly sqlstate: string;
  readonly message: string;
}

/** An ErrorResponse before ReadyForQuery. Class 28, 3D and all that is not known: said without the server's words. */
export function serverRefused(error: ServerError, upstream: Upstream): UpstreamError {
  const sqlstate = /^[0-9A-Z]{5}$/.test(error.sqlstate) ? error.sqlstate : "XX000";
  const general = PASS_THROUGH.get(sqlstate);
  if (general !== undefined) {
    const message = namesUpstream(error.message, upstream) ? general : error.message;
    return { kind: "refused", sqlstate, message, hint: TRY_AGAIN };
  }
  // The one role that stands in a start-up is the one that the gateway chose (guc_tables.c, check_role).
  const aboutRole = sqlstate === "22023" && error.message.startsWith('role "');
  if (OWN_SETTING.has(sqlstate) && !aboutRole) {
    const [, name] = /parameter "([A-Za-z_.]{1,63})"/.exec(error.message) ?? [];
    const setting = name === undefined ? "a start-up parameter" : `start-up parameter "${name}"`;
    const message = `the database does not accept the value of ${setting}`;
    const hint = "Correct the settings of the connection, or leave them out.";
    return { kind: "refused", sqlstate, message, hint };
  }
  if (sqlstate.startsWith("28") || sqlstate.startsWith("3D") || sqlstate === "42501" || aboutRole) {
    return {
      kind: "credential",
      sqlstate: "08004",
      message: `the gateway's own credential was refused by the database (SQLSTATE ${sqlstate})`,
      hint: "Ask the gateway's admin; your own token is not the cause.",
    };
  }
  return {
    kind: "refused",
    sqlstate: "08004",
    message: `the database refused the gateway's connection (SQLSTATE ${sqlstate})`,
    hint: ASK_ADMIN,
  };
}

function namesUpstream(text: string, upstream: Upstream): boolean {
  const secrets = [
    upstream.user,
    upstream.database,
    upstream.host,
    upstream.password ?? "",
    upstream.options ?? "",
  ];
  return secrets.some((secret) => secret !== "" && text.includes(secret));
}
