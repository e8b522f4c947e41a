// The part "postgres": the embedded PostgreSQL 18, from an empty directory to a database that the gateway can connect to.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { servePart } from "../part.ts";
import { pickAccount } from "./account.ts";
import { makeCluster } from "./cluster.ts";
import { prepareDatabase } from "./database.ts";
import { endOrphan } from "./orphan.ts";
import { preparePlace } from "./place.ts";
import { runServer } from "./server.ts";
import type { PostgresSettings } from "./settings.ts";

export interface PostgresFacts {
  readonly version: string;
  /** Where the files are when they cannot be in the state directory. */
  readonly outside: string | null;
}

servePart<PostgresSettings, PostgresFacts>(async (settings, context) => {
  const account = pickAccount();
  const place = preparePlace(settings.state, settings.fresh, account);
  const cluster = join(place.data, "18");
  if (!existsSync(cluster)) await makeCluster(cluster, place, settings, account);
  await endOrphan(cluster);
  const stop = await runServer(cluster, place, settings, account, context);
  const version = await prepareDatabase(settings);
  return { facts: { version, outside: place.outside }, stop };
});
