// Reads a database's connection string, as libpq's URI form (PostgreSQL docs §32.1.1.2), into the Upstream to dial.
// Stricter than libpq: one host, nothing ignored, nothing ambiguous. No error repeats any part of the string but the
// name of a parameter: the string is a secret, and a password with a stray `?` or `@` ends up in odd places.

import { err, ok, type Result } from "../../core/result.ts";
import { type ConfigError, configError } from "./config-error.ts";
import { isLoopback } from "./loopback.ts";
import { type AuthMethod, type ConnectionParameters, readParameters, type SslMode } from "./parameters.ts";

export { type AuthMethod, type SslMode } from "./parameters.ts";

/** A database to dial and the credential for it. Never logged, never put in an error. */
export interface Upstream {
  /** A name or a literal address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | null;
  readonly database: string;
  readonly sslmode: SslMode;
  /** The admin's own `options` start-up parameter. */
  readonly options: string | null;
  /** Authentication methods that the server may ask for; null: any. */
  readonly requireAuth: ReadonlySet<AuthMethod> | null;
}

const DEFAULT_PORT = 5432;
const SCHEME = /^postgres(?:ql)?:\/\//i;
/** What workerd's connect() takes as a host (api/sockets.c++, isValidHost), brackets and colons apart. */
const HOST_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?$/;
const ESCAPE = "percent-encode @ : / ? # % in user name and password (@ is %40)";

export function parseConnectionString(url: string): Result<Upstream, ConfigError> {
  const fail = (why: string): Result<never, ConfigError> => err(configError(`connection string: ${why}`));
  const text = url.trim();
  const scheme = SCHEME.exec(text);
  if (scheme === null) return fail("it has to start with postgres:// or postgresql://");
  const rest = text.slice(scheme[0].length);
  if (rest.includes("#")) return fail(`it has no place for a #: ${ESCAPE}`);

  const end = rest.search(/[/?]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const tail = end === -1 ? "" : rest.slice(end);
  const at = authority.lastIndexOf("@");
  // Otherwise a password with a stray / or ? would be taken for a host, a database and the name of a parameter.
  if (tail.includes("@") || authority.indexOf("@") !== at) return fail(`it has an @ too many: ${ESCAPE}`);
  if (at === -1) return fail(`it names no user: postgres://USER:PASSWORD@HOST:PORT/DATABASE; ${ESCAPE}`);

  const credential = readCredential(authority.slice(0, at));
  if (credential === null) return fail(`user name or password is wrongly escaped or empty: ${ESCAPE}`);
  const address = readAddress(authority.slice(at + 1));
  if (!address.ok) return fail(address.error);

  const question = tail.indexOf("?");
  const path = decode(question === -1 ? tail.slice(1) : tail.slice(1, Math.max(1, question)));
  if (path === null || path.includes("\0")) return fail("the database name is wrongly escaped");
  const parameters = readParameters(question === -1 ? "" : tail.slice(question + 1));
  if (!parameters.ok) return fail(parameters.error);
  return secured(credential, address.value, path, parameters.value);
}

function secured(
  credential: { readonly user: string; readonly password: string | null },
  address: { readonly host: string; readonly port: number },
  path: string,
  parameters: ConnectionParameters,
): Result<Upstream, ConfigError> {
  if (parameters.sslmode === "disable" && !isLoopback(address.host)) {
    return err(
      configError(
        "connection string: sslmode=disable is for a database on loopback only: use sslmode=verify-full",
      ),
    );
  }
  return ok({ ...address, ...credential, database: path === "" ? credential.user : path, ...parameters });
}

function readCredential(text: string): { readonly user: string; readonly password: string | null } | null {
  const colon = text.indexOf(":");
  if (colon !== -1 && text.indexOf(":", colon + 1) !== -1) return null;
  const user = decode(colon === -1 ? text : text.slice(0, colon));
  const password = colon === -1 ? "" : decode(text.slice(colon + 1));
  // A start-up packet and a password packet end at NUL (protocol §54.7).
  if (user === null || user === "" || password === null || `${user}${password}`.includes("\0")) return null;
  return { user, password: password === "" ? null : password };
}

function readAddress(text: string): Result<{ readonly host: string; readonly port: number }, string> {
  if (text.includes(",")) return err("it names several hosts: name one, the gateway does not fail over");
  const bracketed = /^\[([0-9A-Fa-f:.]{2,45})\](?::(.*))?$/.exec(text);
  const plain = /^([^:[\]]*)(?::([^:]*))?$/.exec(text);
  const parts = bracketed ?? plain;
  if (parts === null) return err("the host is not understood: an IPv6 address stands in brackets, [::1]");
  const host = bracketed === null ? decode(parts[1] ?? "") : (parts[1] ?? "");
  if (host === null || host === "") return err("it names no host");
  if (bracketed === null && !HOST_NAME.test(host)) {
    return err("the host is neither a DNS name nor an address (a socket directory cannot be reached)");
  }
  const digits = parts[2] ?? "";
  if (digits === "") return ok({ host, port: DEFAULT_PORT });
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) return err("the port is not a number from 1 to 65535");
  return ok({ host, port });
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
