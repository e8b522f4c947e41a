// The parameters after the `?` of a connection string: an allow-list with what each may say. Names as in libpq.
// Unknown ones are refused, not ignored: an admin who wrote one meant it.

import { err, ok, type Result } from "../../core/result.ts";

export type SslMode = "disable" | "require" | "verify-full";
export type AuthMethod = "none" | "password" | "md5" | "scram-sha-256";

export interface ConnectionParameters {
  readonly sslmode: SslMode;
  readonly options: string | null;
  readonly requireAuth: ReadonlySet<AuthMethod> | null;
}

const SSL_MODES: ReadonlySet<string> = new Set(["disable", "require", "verify-full"] satisfies SslMode[]);
const AUTH_METHODS: ReadonlySet<string> = new Set([
  "none",
  "password",
  "md5",
  "scram-sha-256",
] satisfies AuthMethod[]);
const KNOWN = ["sslmode", "options", "require_auth", "channel_binding", "sslrootcert"] as const;
type Known = (typeof KNOWN)[number];

/** What a value that is allowed would be answered with null; otherwise what to write instead. */
const OBJECTIONS = {
  sslmode: (value) => {
    if (SSL_MODES.has(value)) return null;
    const weak = value === "prefer" || value === "allow" || value === "verify-ca";
    return weak
      ? `sslmode=${value} is not offered: use sslmode=verify-full (or disable, for a database on loopback)`
      : "sslmode has to be verify-full, require or disable";
  },
  options: (value) => (value.includes("\0") ? "options cannot hold a NUL byte" : null),
  require_auth: (value) =>
    value.split(",").every((method) => AUTH_METHODS.has(method))
      ? null
      : `require_auth has to be a list of ${[...AUTH_METHODS].join(", ")}`,
  // Workers sockets show no certificate, so there is nothing to bind to.
  channel_binding: (value) =>
    value === "prefer" || value === "disable"
      ? null
      : "channel_binding=require cannot be met: Workers sockets do not show the server's certificate; leave it out",
  sslrootcert: (value) =>
    value === "system"
      ? null
      : "sslrootcert can only be system: Workers trust the public certificate authorities alone",
} as const satisfies Record<Known, (value: string) => string | null>;

export function readParameters(query: string): Result<ConnectionParameters, string> {
  const values = new Map<Known, string>();
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const equals = pair.indexOf("=");
    const name = equals === -1 ? pair : pair.slice(0, equals);
    const known = KNOWN.find((candidate) => candidate === name);
    if (known === undefined)
      return err(`${nameForDisplay(name)} is not known: allowed are ${KNOWN.join(", ")}`);
    if (equals === -1 || values.has(known)) return err(`${known} has to be given once, as ${known}=VALUE`);
    const value = decode(pair.slice(equals + 1));
    if (value === null) return err(`the value of ${known} is wrongly escaped`);
    const objection = OBJECTIONS[known](value);
    if (objection !== null) return err(objection);
    values.set(known, value);
  }
  const methods = values.get("require_auth")?.split(",").filter(isAuthMethod);
  return ok({
    sslmode: sslMode(values.get("sslmode")),
    options: values.get("options") ?? null,
    requireAuth: methods === undefined ? null : new Set(methods),
  });
}

function sslMode(value: string | undefined): SslMode {
  return value === "disable" || value === "require" ? value : "verify-full";
}

function isAuthMethod(value: string): value is AuthMethod {
  return AUTH_METHODS.has(value);
}

/** Only what looks like a parameter's name is repeated. */
function nameForDisplay(name: string): string {
  return /^[a-z_]{1,40}$/i.test(name) ? `parameter ${name}` : "a parameter";
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
