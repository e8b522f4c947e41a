// `sluice run`: a bridge on a free port for the time of one command, which finds it by PostgreSQL's own variables.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Given } from "./flags.ts";
import { openBridge } from "./open-bridge.ts";
import { EXIT, UsageError } from "./usage.ts";

const DEFAULT_USER = "agent";

/**
 * libpq's variables that would lead the command elsewhere, or demand what the stretch on this machine has not.
 * https://www.postgresql.org/docs/18/libpq-envars.html
 */
const MISLEADING = [
  "PGHOSTADDR",
  "PGSERVICE",
  "PGPASSWORD",
  "PGREQUIRESSL",
  "PGSSLNEGOTIATION",
  "PGSSLROOTCERT",
  "PGCHANNELBINDING",
  "PGREQUIREAUTH",
  "PGREQUIREPEER",
] as const;

/** Resolves with the command's exit code. */
export async function run(
  given: Given,
  command: readonly string[],
  tell: (line: string) => void,
): Promise<number> {
  const [program, ...args] = command;
  if (program === undefined) {
    throw new UsageError("Which command? Put it after ` -- `, like: sluice run --target NAME -- psql");
  }
  const { bridge, target, secretVariables } = await openBridge(given, "127.0.0.1:0", process.env, tell);
  const environment: NodeJS.ProcessEnv = { ...process.env };
  for (const variable of [...MISLEADING, ...secretVariables]) delete environment[variable];
  Object.assign(environment, variablesFor(bridge.port, given.text("user") ?? DEFAULT_USER, target));
  try {
    return await runToEnd(program, args, environment, tell);
  } finally {
    await bridge.close();
  }
}

function variablesFor(port: number, user: string, target: string): Readonly<Record<string, string>> {
  const host = "127.0.0.1";
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: target,
    PGSSLMODE: "disable",
    PGGSSENCMODE: "disable",
    DATABASE_URL: `postgres://${encodeURIComponent(user)}@${host}:${port}/${encodeURIComponent(target)}?sslmode=disable`,
  };
}

function runToEnd(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  tell: (line: string) => void,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: "inherit", env: environment });
    const forward = (signal: NodeJS.Signals): void => {
      // A terminal sends Ctrl-C to the command as well: passing it on would make it two.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of forwarded) process.on(signal, forward);
    const settle = (code: number): void => {
      for (const signal of forwarded) process.off(signal, forward);
      resolve(code);
    };
    child.once("error", (fault) => {
      const code = "code" in fault ? String(fault.code) : fault.message;
      tell(`Cannot run ${JSON.stringify(program)} (${code}). Check the command after --`);
      settle(EXIT.commandNotFound);
    });
    child.once("exit", (code, signal) =>
      settle(code ?? (signal === null ? EXIT.failed : 128 + constants.signals[signal])),
    );
  });
}
