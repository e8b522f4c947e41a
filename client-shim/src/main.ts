// The `sluice` command: picks the subcommand, and is the one place where errors become a line and an exit code.

import { connect } from "./cli/connect.ts";
import { CONNECT_FLAGS, RUN_FLAGS, parseFlags } from "./cli/flags.ts";
import { CONNECT_HELP, HELP, RUN_HELP } from "./cli/help.ts";
import { run } from "./cli/run.ts";
import { EXIT, UsageError } from "./cli/usage.ts";
import { VERSION } from "./version.ts";

function tell(line: string): void {
  process.stderr.write(`sluice: ${line}\n`);
}

function show(text: string): number {
  process.stdout.write(text);
  return EXIT.done;
}

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  // What comes after ` -- ` belongs to the command to run, whatever it looks like.
  const separator = rest.indexOf("--");
  const args = separator === -1 ? rest : rest.slice(0, separator);
  const after = separator === -1 ? [] : rest.slice(separator + 1);

  switch (command) {
    case "connect": {
      const given = parseFlags(CONNECT_FLAGS, args, process.env);
      if (given.on("help")) return show(CONNECT_HELP);
      if (separator !== -1)
        throw new UsageError("`sluice connect` runs no command. Use `sluice run` for that");
      return connect(given, tell);
    }
    case "run": {
      const given = parseFlags(RUN_FLAGS, args, process.env);
      return given.on("help") ? show(RUN_HELP) : run(given, after, tell);
    }
    case "policy": {
      // Loaded here alone: a bridge needs none of it.
      const { policy } = await import("./cli/policy.ts");
      return policy(rest, tell);
    }
    case "request": {
      const { request } = await import("./cli/grants.ts");
      return request(rest, tell);
    }
    case "grants": {
      const { grants } = await import("./cli/grants.ts");
      return grants(rest, tell);
    }
    case "replay": {
      const { replay } = await import("./cli/replay.ts");
      return replay(rest, tell);
    }
    case "verify": {
      const { verify } = await import("./cli/verify.ts");
      return verify(rest, tell);
    }
    case "--version":
      return show(`${VERSION}\n`);
    case "--help":
    case "-h":
    case "help":
      return show(HELP);
    case undefined:
      throw new UsageError(
        "Which command? `sluice connect`, `sluice run`, `sluice policy`, `sluice request`, `sluice grants`, `sluice replay` or `sluice verify`. See sluice --help",
      );
    default:
      throw new UsageError(`There is no command ${JSON.stringify(command)}. See sluice --help`);
  }
}

async function exitCode(): Promise<number> {
  try {
    return await main(process.argv.slice(2));
  } catch (fault) {
    tell(fault instanceof Error ? fault.message : "failed");
    return fault instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

// A token that is still being waited for must not hold up the end; the empty write waits until all output is out.
const code = await exitCode();
process.stdout.write("", () => process.exit(code));
