// What --help prints. The flags come from the table in flags.ts.

import { CONNECT_FLAGS, RUN_FLAGS, describeFlags } from "./flags.ts";

export const HELP = `Connect any PostgreSQL client through a Sluice gateway.

Usage:
  sluice connect --gateway URL --target NAME [flags]              listen on a local port for PostgreSQL clients
  sluice run --gateway URL --target NAME [flags] -- COMMAND ...   run one command with a connection of its own

  sluice COMMAND --help   the flags of a command
  sluice --version
`;

export const CONNECT_HELP = `Listens on a local port; every PostgreSQL connection to it becomes a session at the gateway.

Usage:
  sluice connect --gateway URL --target NAME [flags]

Flags:
${describeFlags(CONNECT_FLAGS)}

Example:
  SLUICE_TOKEN=... sluice connect --gateway https://gateway.example.com --target shop
  psql "host=127.0.0.1 port=6432 dbname=shop user=agent"
`;

export const RUN_HELP = `Runs a command with PGHOST, PGPORT, PGUSER, PGDATABASE and DATABASE_URL set to a bridge of its own, and ends with it.

Usage:
  sluice run --gateway URL --target NAME [flags] -- COMMAND [ARGUMENTS]

Flags:
${describeFlags(RUN_FLAGS)}

Example:
  sluice run --gateway https://gateway.example.com --target shop -- psql -c 'SELECT 1'
`;
