// What --help prints. The flags come from the table in flags.ts.

import {
  CONNECT_FLAGS,
  GRANTS_FLAGS,
  POLICY_FLAGS,
  REPLAY_FLAGS,
  REQUEST_FLAGS,
  RUN_FLAGS,
  VERIFY_FLAGS,
  describeFlags,
} from "./flags.ts";

export const HELP = `Connect any PostgreSQL client through a Sluice gateway.

Usage:
  sluice connect --gateway URL --target NAME [flags]              listen on a local port for PostgreSQL clients
  sluice run --gateway URL --target NAME [flags] -- COMMAND ...   run one command with a connection of its own
  sluice policy check|test|diff|apply|replay|suggest ...          write, try and apply a target's policy
  sluice request RELATION ... --for TIME --reason TEXT [flags]    ask for access for a while
  sluice grants [flags]                                           what was asked for, and how it stands
  sluice replay SESSION --gateway URL [flags]                     show a recorded session, or run it again elsewhere
  sluice verify FILE|URL --keys KEYS.json                         check that an exported record is whole

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

export const POLICY_HELP = `Writes, tries and applies the policy of a target.

Usage:
  sluice policy check FILE [flags]        what is wrong with a document; with --target, names and masks are held against its database
  sluice policy test FILE CASES [flags]   decide a table of statements by a document, and compare with what is expected
  sluice policy diff FILE [flags]         what applying it would change, as text and in meaning
  sluice policy apply FILE [flags]        make it the policy in force, unless somebody else changed it meanwhile
  sluice policy replay FILE [flags]       decide recorded traffic anew by a document: newly refused, held, allowed
  sluice policy suggest [flags]           a least-privilege document from recorded traffic, on standard output

The token has to give the role admin. CASES is YAML or JSON, a list of
  - { statement: DELETE FROM orders, as: { roles: [agent], groups: [support], subject: bot-1 }, expect: deny, rule: no-unbounded-writes }
where expect is allow, observe, approve or deny; as and rule may be left out.

Flags:
${describeFlags(POLICY_FLAGS)}

Exit codes:
  0   fine: no errors, every case as expected, nothing to change, applied, nothing newly refused
  1   not so: errors in the document, a case that differs, a difference, a version in between, something newly refused or held
  2   it could not be told: wrong flags, an unreadable file, no gateway, no right

Example:
  SLUICE_TOKEN=... sluice policy check policy.yaml --gateway https://gateway.example.com --target shop
`;

export const REQUEST_HELP = `Asks for access to relations for a while, where the target's policy lets it be asked for.

Usage:
  sluice request RELATION ... --gateway URL --target NAME --for TIME --reason TEXT [flags]

The token has to give the role agent. The policy may give it at once; else somebody has to agree.

Flags:
${describeFlags(REQUEST_FLAGS)}

Exit codes:
  0   it is there: live sessions have it too
  1   it was asked for and is not there, or was denied
  2   it could not be asked for: wrong flags, no gateway, no right, not in the policy

Example:
  sluice request public.orders --kind select,update --for 30min --reason 'ticket 4711' --gateway https://gateway.example.com --target shop
`;

export const GRANTS_HELP = `Lists grants, newest first: an agent's own, or all to who may see them.

Usage:
  sluice grants --gateway URL [flags]

Flags:
${describeFlags(GRANTS_FLAGS)}
`;

export const REPLAY_HELP = `Shows a recorded session as it was, a live one as it goes on; or runs it again against another database and compares.

Usage:
  sluice replay SESSION [flags]             statements, rows, errors and notices, each at its time
  sluice replay SESSION --to URL [flags]    the statements as they were sent, with parameters, batches and copy data, run
                                            against a restored copy of the starting database; what comes is compared

The token has to give the role auditor. SESSION is the id of a session, 32 hexadecimal digits.

Flags:
${describeFlags(REPLAY_FLAGS)}

Exit codes:
  0   shown to its end; with --to: nothing differs. What was not run is listed
  1   with --to: something differs
  2   it could not be told: wrong flags, no such session, no gateway, no database, no right

Example:
  SLUICE_TOKEN=... sluice replay 0f1e2d3c4b5a69788796a5b4c3d2e1f0 --gateway https://gateway.example.com --speed max
`;

export const VERIFY_HELP = `Checks exported records: that every entry is as it was recorded, that none is missing, and who signed the end.

Usage:
  sluice verify FILE|URL ... --keys KEYS.json [flags]

FILE is an export (GET /v1/sessions/ID/export), - is standard input; URL is one at the gateway, fetched with a token that gives
the role auditor. Nothing but the keys is trusted.

Flags:
${describeFlags(VERIFY_FLAGS)}

Exit codes:
  0   every export is whole
  1   one is not: broken, not ended yet, not signed, or recorded before records were chained
  2   it could not be told: wrong flags, an unreadable file, no gateway, no right

Example:
  curl -s https://gateway.example.com/.well-known/sluice/keys > keys.json
  sluice verify session.ndjson --keys keys.json
`;
