// The objects that the corpus speaks of, for a test file. One file at a time has them: two that insert and truncate beside
// each other would see each other's rows.

import pg from "pg";
import { afterAll, beforeAll, inject } from "vitest";
import { SCHEMA, SETUP } from "./compat-corpus.ts";

/** Any number will do, if nobody else takes it. */
const LOCK = 20_261_123;
/** As long as the other file may need. */
const WAIT_MS = 180_000;

export function withCorpus(): void {
  let client: pg.Client;
  beforeAll(async () => {
    client = new pg.Client({ connectionString: inject("stack").upstream });
    await client.connect();
    await client.query("SELECT pg_advisory_lock($1)", [LOCK]);
    for (const statement of SETUP) await client.query(statement);
  }, WAIT_MS);
  afterAll(async () => {
    await client.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
    await client.end();
  });
}
