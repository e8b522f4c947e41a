// A connection string of libpq's (postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…) to whom to ask for what. Pure. A
// password is in no message.

export const SSL_MODES = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;
export type SslMode = (typeof SSL_MODES)[number];

export interface Address {
  /** A name, an address, or the directory of a Unix socket, which begins with a slash. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslMode: SslMode;
  /** A file of certificates to trust in place of those that Node trusts. */
  readonly rootCertificates: string | null;
  /** Further parameters of the start-up, such as `options` or `TimeZone`. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Of libpq's, those that are no parameters of the start-up. */
const OURS: ReadonlySet<string> = new Set(["host", "sslmode", "sslrootcert"]);

/** @throws {Error} that says what to do. */
export function readAddress(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Address {
  const example = "Write it like postgres://user@127.0.0.1:5432/database";
  if (!URL.canParse(text)) throw new Error(`The connection string is not a URL. ${example}`);
  const url = new URL(text);
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:")
    throw new Error(`The connection string begins with ${url.protocol}//. ${example}`);
  const user = decodeURIComponent(url.username);
  if (user === "") throw new Error(`The connection string names no user. ${example}`);
  const given = url.searchParams;
  const sslMode = given.get("sslmode") ?? "prefer";
  const known = SSL_MODES.find((mode) => mode === sslMode);
  if (known === undefined) throw new Error(`sslmode has to be one of ${SSL_MODES.join(", ")}`);
  const database = decodeURIComponent(url.pathname.slice(1));
  return {
    host: given.get("host") ?? url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 5432 : Number(url.port),
    user,
    password: url.password === "" ? (environment["PGPASSWORD"] ?? "") : decodeURIComponent(url.password),
    database: database === "" ? user : database,
    sslMode: known,
    rootCertificates: given.get("sslrootcert"),
    parameters: new Map([...given].filter(([name]) => !OURS.has(name))),
  };
}
