// The flags of `npm start`, as DESIGN.md's "local stack" fixes them: text in, checked values out. Starts nothing.

import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "./user-error.ts";

export interface StackFlags {
  /** null: the embedded PostgreSQL. */
  readonly upstream: URL | null;
  /** Absolute path. */
  readonly policy: string | null;
  readonly target: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly pgPort: number;
  /** Absolute path. */
  readonly state: string;
  readonly demo: boolean;
  readonly quiet: boolean;
}

export const DEFAULT_STATE = resolve(import.meta.dirname, "..", ".sluice");

const HELP = `npm start -- FLAGS

  --upstream URL   use this PostgreSQL in place of the embedded one
  --policy FILE    policy document for the target (the demo policy)
  --target NAME    the target's name (demo)
  --port N         gateway HTTP port (8787; 0: any free one)
  --pg-port N      local PostgreSQL port of the shim (6432; 0: any free one)
  --state DIR      where all state lives (.sluice/); removed state is a fresh start
  --no-demo        no demonstration data or session
  --quiet          only errors and the ready line
  --help           this text
`;

/** Also a part of the name of a secret (UPSTREAM_<TARGET>) and of a path, so nothing that either would have to quote. */
const TARGET_NAME = /^[a-z][a-z0-9_-]{0,62}$/;

export type ParsedFlags =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "start"; readonly flags: StackFlags };

export function parseFlags(argv: readonly string[]): ParsedFlags {
  const { values } = readArguments(argv);
  if (values.help === true) return { kind: "help", text: HELP };
  const target = values.target ?? "demo";
  if (!TARGET_NAME.test(target)) {
    throw wrong(
      "--target takes a name of lower-case letters, digits, - and _, starting with a letter, of at most 63",
    );
  }
  const port = readPort("--port", values.port, 8787);
  const pgPort = readPort("--pg-port", values["pg-port"], 6432);
  if (port === pgPort && port !== 0) throw wrong("--port and --pg-port need two different ports");
  return {
    kind: "start",
    flags: {
      upstream: values.upstream === undefined ? null : readUpstream(values.upstream),
      policy: values.policy === undefined ? null : readPolicyPath(values.policy),
      target,
      port,
      pgPort,
      state: values.state === undefined ? DEFAULT_STATE : readStatePath(values.state),
      demo: values["no-demo"] !== true,
      quiet: values.quiet === true,
    },
  };
}

const OPTIONS = {
  upstream: { type: "string" },
  policy: { type: "string" },
  target: { type: "string" },
  port: { type: "string" },
  "pg-port": { type: "string" },
  state: { type: "string" },
  "no-demo": { type: "boolean" },
  quiet: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message.replace(/\. To specify .*$/s, "") : "wrong flags");
  }
}

function readPort(flag: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw wrong(`${flag} takes a port from 0 to 65535`);
  return port;
}

/** The URL may hold a password: no message repeats it. */
function readUpstream(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["postgres:", "postgresql:"].includes(url.protocol) || url.hostname === "") {
    throw wrong("--upstream takes a URL like postgres://USER:PASSWORD@HOST:5432/DATABASE");
  }
  if (url.username === "" || url.pathname.length < 2) {
    throw wrong("--upstream has to name a user and a database: postgres://USER:PASSWORD@HOST:5432/DATABASE");
  }
  if (isLoopback(url.hostname) && !url.searchParams.has("sslmode"))
    url.searchParams.set("sslmode", "disable");
  return url;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function readPolicyPath(text: string): string {
  const path = resolve(text);
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw wrong(`--policy: ${path} does not exist or cannot be read`);
  }
  if (!statSync(path).isFile()) throw wrong(`--policy: ${path} is not a file`);
  return path;
}

function readStatePath(text: string): string {
  if (text === "") throw wrong("--state takes a directory");
  const path = resolve(text);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw wrong(`--state: ${path} is not a directory`);
  }
  return path;
}

function wrong(message: string): UserError {
  return new UserError(`${message}\n\n${HELP}`.trimEnd(), 2);
}
