// `--upstream URL`: whether the database that the user brings can be reached, before anything is built on it.

import pg from "pg";
import { UserError } from "../user-error.ts";

const CONNECT_TIMEOUT_MS = 10_000;

/** Its version; a UserError, without the URL's password, where it cannot be reached. */
export async function checkUpstream(url: URL): Promise<string> {
  const client = new pg.Client({
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    // Whether the certificate is the right one is the gateway's to check, by its own trust store.
    ssl: url.searchParams.get("sslmode") === "disable" ? false : { rejectUnauthorized: false },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return `PostgreSQL ${rows[0]?.server_version ?? "?"}`;
  } catch (error) {
    const reason = error instanceof Error && error.message !== "" ? error.message : "no answer";
    throw new UserError(
      `--upstream: cannot connect to ${url.host} as ${decodeURIComponent(url.username)}: ${reason}`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
