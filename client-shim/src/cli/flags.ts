// The flags, as one table that both parsing and help are made from. Environment variables stand in for flags not given.

import { parseArgs } from "node:util";
import { UsageError } from "./usage.ts";

interface Flag {
  readonly type: "string" | "boolean";
  /** The placeholder of its value in the help. */
  readonly value?: string;
  readonly help: string;
  readonly environment?: string;
}

const ROUTE_FLAGS = {
  gateway: {
    type: "string",
    value: "URL",
    environment: "SLUICE_GATEWAY",
    help: "The gateway, like https://gateway.example.com",
  },
  target: {
    type: "string",
    value: "NAME",
    environment: "SLUICE_TARGET",
    help: "The database, by its name at the gateway",
  },
} as const satisfies Record<string, Flag>;

const TOKEN_FLAGS = {
  "token-env": {
    type: "string",
    value: "VARIABLE",
    help: "The token is in this environment variable (default: SLUICE_TOKEN)",
  },
  "token-file": {
    type: "string",
    value: "FILE",
    help: "The token is in this file, read again when it is about to expire",
  },
  "token-command": { type: "string", value: "COMMAND", help: "The token is what this shell command prints" },
  "client-credentials": { type: "boolean", help: "Ask an OIDC issuer, as a machine (RFC 6749, section 4.4)" },
  "device-code": { type: "boolean", help: "Ask an OIDC issuer, signing in with a browser (RFC 8628)" },
  issuer: { type: "string", value: "URL", help: "  the issuer, for the two flags above" },
  "client-id": { type: "string", value: "ID", help: "  the client at the issuer" },
  "client-secret-env": {
    type: "string",
    value: "VARIABLE",
    help: "  the client's secret is in this variable (default: SLUICE_CLIENT_SECRET)",
  },
  audience: { type: "string", value: "NAME", help: "  the audience to ask for" },
  scope: { type: "string", value: "SCOPES", help: "  the scopes to ask for" },
} as const satisfies Record<string, Flag>;

const COMMON_FLAGS = {
  "allow-plaintext": {
    type: "boolean",
    help: "Allow http:// to a gateway beyond this machine: the token can be read on the way",
  },
  help: { type: "boolean", help: "Show this help" },
} as const satisfies Record<string, Flag>;

export const CONNECT_FLAGS = {
  ...ROUTE_FLAGS,
  listen: {
    type: "string",
    value: "HOST:PORT",
    help: "Where clients connect (default: 127.0.0.1:6432; port 0 takes a free one)",
  },
  ...TOKEN_FLAGS,
  "allow-remote": {
    type: "boolean",
    help: "Allow --listen beyond this machine: whoever reaches the port acts as you",
  },
  ...COMMON_FLAGS,
} as const satisfies Record<string, Flag>;

export const RUN_FLAGS = {
  ...ROUTE_FLAGS,
  user: { type: "string", value: "NAME", help: "PGUSER for the command (default: agent)" },
  ...TOKEN_FLAGS,
  ...COMMON_FLAGS,
} as const satisfies Record<string, Flag>;

export const POLICY_FLAGS = {
  ...ROUTE_FLAGS,
  strict: { type: "boolean", help: "check: warnings fail as well" },
  sample: {
    type: "boolean",
    help: "check: look at some values of columns that are not masked for personal data; they are not shown",
  },
  comment: { type: "string", value: "TEXT", help: "apply: why, kept with the version" },
  replaces: {
    type: "string",
    value: "VERSION",
    help: "apply: only if this version is in force; `none` for a first one (default: whatever is in force now)",
  },
  from: {
    type: "string",
    value: "TIME",
    help: "replay, suggest: traffic since 2026-11-20, 2026-11-20T09:00:00Z or 24h, 7d ago (default: 7d)",
  },
  to: { type: "string", value: "TIME", help: "replay, suggest: traffic until then (default: now)" },
  subject: { type: "string", value: "NAME", help: "replay, suggest: traffic of this subject only" },
  ...TOKEN_FLAGS,
  ...COMMON_FLAGS,
} as const satisfies Record<string, Flag>;

export const REQUEST_FLAGS = {
  ...ROUTE_FLAGS,
  kind: {
    type: "string",
    value: "KINDS",
    help: "What to do with them, with commas: select,update,delete (default: select)",
  },
  for: { type: "string", value: "TIME", help: "How long, from the grant on: 30min, 2h" },
  reason: { type: "string", value: "TEXT", help: "What for: whoever decides reads it" },
  limits: {
    type: "string",
    value: "LIMITS",
    help: "At most, with commas: rows_returned=100,rows_changed.grant=50,statement_time=5s,bytes_returned=4MiB,statements=20; with .grant over its life (default: what the policy says)",
  },
  wait: { type: "boolean", help: "Wait until it is decided" },
  ...TOKEN_FLAGS,
  ...COMMON_FLAGS,
} as const satisfies Record<string, Flag>;

export const GRANTS_FLAGS = {
  ...ROUTE_FLAGS,
  state: {
    type: "string",
    value: "STATE",
    help: "pending, active, denied, expired, withdrawn, ended or revoked (default: all)",
  },
  ...TOKEN_FLAGS,
  ...COMMON_FLAGS,
} as const satisfies Record<string, Flag>;

export const REPLAY_FLAGS = {
  gateway: ROUTE_FLAGS.gateway,
  from: { type: "string", value: "SEQ", help: "Start at this statement (default: the first)" },
  speed: {
    type: "string",
    value: "N",
    help: "Show it so many times faster than it was, or `max` for no waiting (default: 1)",
  },
  format: {
    type: "string",
    value: "FORMAT",
    help: "text, or asciicast for a recording of it (default: text)",
  },
  rows: { type: "string", value: "N", help: "Show so many rows of each result (default: 100)" },
  to: {
    type: "string",
    value: "URL",
    help: "Run it again against this database, postgres://…, and compare; the password may be in PGPASSWORD",
  },
  except: {
    type: "string",
    value: "COLUMNS",
    help: "  columns that may differ, with commas: created_at,orders.id,public.orders.total",
  },
  ...TOKEN_FLAGS,
  ...COMMON_FLAGS,
} as const satisfies Record<string, Flag>;

export const VERIFY_FLAGS = {
  keys: {
    type: "string",
    value: "FILE",
    help: "The public keys: /.well-known/sluice/keys of the gateway, taken by a way that you trust",
  },
  log: {
    type: "string",
    value: "FILE",
    help: "The log (GET /v1/log/export): every session that it has must be among the exports, or deleted lawfully",
  },
  checkpoint: {
    type: "string",
    value: "FILE",
    help: "  an older checkpoint that you kept: the log must begin with what it had then",
  },
  json: { type: "boolean", help: "The verdict as JSON, a line for each export" },
  ...TOKEN_FLAGS,
  ...COMMON_FLAGS,
} as const satisfies Record<string, Flag>;

export type Flags = Readonly<Record<string, Flag>>;

/** What was given, by flag, environment included; empty values count as not given. */
export class Given {
  readonly #values: ReadonlyMap<string, string | true>;

  /** Arguments that are no flags. */
  readonly files: readonly string[];

  constructor(values: ReadonlyMap<string, string | true>, files: readonly string[] = []) {
    this.#values = values;
    this.files = files;
  }

  text(flag: string): string | null {
    const value = this.#values.get(flag);
    return typeof value === "string" ? value : null;
  }

  on(flag: string): boolean {
    return this.#values.get(flag) === true;
  }
}

export function parseFlags(
  flags: Flags,
  args: readonly string[],
  environment: Readonly<NodeJS.ProcessEnv>,
  mostFiles = 0,
): Given {
  const values = new Map<string, string | true>();
  for (const [name, { environment: variable }] of Object.entries(flags)) {
    const value = variable === undefined ? undefined : environment[variable];
    if (value !== undefined && value !== "") values.set(name, value);
  }
  const { given, files } = parseStrictly(flags, args, mostFiles);
  for (const [name, value] of Object.entries(given)) {
    if (value === "")
      throw new UsageError(`--${name} is empty. Give it a value: --${name} ${flags[name]?.value ?? ""}`);
    if (typeof value === "string" || value === true) values.set(name, value);
  }
  return new Given(values, files);
}

function parseStrictly(
  flags: Flags,
  args: readonly string[],
  mostFiles: number,
): { readonly given: Readonly<Record<string, unknown>>; readonly files: readonly string[] } {
  const options = Object.fromEntries(Object.entries(flags).map(([name, { type }]) => [name, { type }]));
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: true,
    });
    if (positionals.length <= mostFiles) return { given: values, files: positionals };
  } catch (fault) {
    // Of Node's message the first sentence; the rest explains `--` to programmers.
    const [sentence] = (fault instanceof Error ? fault.message : "").split(/\.\s|\n/);
    throw new UsageError(`${sentence ?? "The flags are wrong"}. See --help`);
  }
  throw new UsageError(
    mostFiles > 0
      ? "There is an argument too many. See --help"
      : "There is an argument that is no flag. Flags begin with --; a command to run comes after ` -- `. See --help",
  );
}

/** One line a flag, aligned. */
export function describeFlags(flags: Flags): string {
  const rows = Object.entries(flags).map(([name, { value, help, environment }]) => ({
    left: `  --${name}${value === undefined ? "" : ` ${value}`}`,
    right: environment === undefined ? help : `${help} (or ${environment})`,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return rows.map(({ left, right }) => `${left.padEnd(width)}${right}`).join("\n");
}
