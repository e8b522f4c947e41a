// What the stack does in the server as its superuser: ask whether it is up, make the role and database that the gateway
// connects to. The role is no superuser: who can run COPY … TO PROGRAM has the whole account.

import pg from "pg";
import { LOOPBACK } from "../ports.ts";
import type { PostgresSettings } from "./settings.ts";

export const SUPERUSER = "postgres";

/** True once the server takes the superuser in: it listens before it has recovered. */
export async function answers(settings: PostgresSettings): Promise<boolean> {
  const client = superuser(settings, "postgres");
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Resolves with the server's version. */
export async function prepareDatabase(settings: PostgresSettings): Promise<string> {
  const { user, password, database } = settings.upstream;
  const client = superuser(settings, "postgres");
  await client.connect();
  try {
    const name = client.escapeIdentifier(user);
    const known = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [user]);
    if (known.rowCount === 0) {
      await client.query(
        `CREATE ROLE ${name} LOGIN CREATEDB CREATEROLE PASSWORD ${client.escapeLiteral(password)};
         GRANT pg_monitor, pg_signal_backend TO ${name}`,
      );
    }
    const there = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (there.rowCount === 0) {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)} OWNER ${name}`);
    }
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return rows[0]?.server_version ?? "";
  } finally {
    await client.end();
  }
}

function superuser(settings: PostgresSettings, database: string): pg.Client {
  const { port, superuserPassword: password } = settings;
  const client = new pg.Client({ host: LOOPBACK, port, user: SUPERUSER, password, database });
  client.on("error", () => undefined);
  return client;
}
