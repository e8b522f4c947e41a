// `sluice policy COMMAND`: flags and files to the policy commands, their answer to an exit code.

import { readFileSync } from "node:fs";
import { apply } from "../policy/commands/apply.ts";
import { check } from "../policy/commands/check.ts";
import { diff } from "../policy/commands/diff.ts";
import { test } from "../policy/commands/test.ts";
import { replay, suggest } from "../policy/commands/traffic.ts";
import type { PolicyContext } from "../policy/context.ts";
import { GatewayFailure, PolicyGateway } from "../policy/gateway.ts";
import { Refusal } from "../refusal.ts";
import { parseFlags, POLICY_FLAGS, type Given } from "./flags.ts";
import { POLICY_HELP } from "./help.ts";
import { reached } from "./reached.ts";
import { EXIT, UsageError } from "./usage.ts";

/** Larger files are no policy. */
const FILE_CHARACTERS = 4 * 1024 * 1024;

interface PolicyCommand {
  /** The names of the files that it takes. */
  readonly files: readonly string[];
  readonly run: (context: PolicyContext, ...files: string[]) => Promise<boolean>;
}

const COMMANDS: Readonly<Record<string, PolicyCommand>> = {
  check: { files: ["FILE"], run: (context, file = "") => check(context, file) },
  test: { files: ["FILE", "CASES"], run: (context, file = "", cases = "") => test(context, file, cases) },
  diff: { files: ["FILE"], run: (context, file = "") => diff(context, file) },
  apply: { files: ["FILE"], run: (context, file = "") => apply(context, file) },
  replay: { files: ["FILE"], run: (context, file = "") => replay(context, file) },
  suggest: { files: [], run: (context) => suggest(context) },
};

/** Resolves with the exit code: 0, 1 or 2 as POLICY_HELP says. */
export async function policy(args: readonly string[], tell: (line: string) => void): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "--help" || name === "-h" || name === "help" || rest.includes("--help")) {
    process.stdout.write(POLICY_HELP);
    return EXIT.done;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const known = Object.keys(COMMANDS).join(", ");
    throw new UsageError(`Which policy command? One of ${known}. See sluice policy --help`);
  }
  const given = parseFlags(POLICY_FLAGS, rest, process.env, command.files.length);
  if (given.files.length < command.files.length) {
    throw new UsageError(
      `Write: sluice policy ${[name, ...command.files].join(" ")}. See sluice policy --help`,
    );
  }
  try {
    return (await command.run(contextOf(given, tell), ...given.files)) ? EXIT.done : EXIT.failed;
  } catch (fault) {
    // Not a word on the policy: whoever asked in a script must not take it for one.
    if (fault instanceof GatewayFailure) throw new UsageError(fault.message);
    if (fault instanceof Refusal) throw new UsageError(`${fault.message}. ${fault.hint}`);
    throw fault;
  }
}

function contextOf(given: Given, tell: (line: string) => void): PolicyContext {
  const target = given.text("target");
  return {
    gateway: gatewayOf(given, tell),
    target: () => {
      if (target === null)
        throw new UsageError("Which target? Name it with --target NAME, or set SLUICE_TARGET");
      return target;
    },
    targetIfNamed: target,
    text: (flag) => given.text(flag),
    on: (flag) => given.on(flag),
    read: readFile,
    say: (line) => process.stdout.write(`${line}\n`),
  };
}

function gatewayOf(given: Given, tell: (line: string) => void): PolicyGateway {
  return reached(given, tell, (url, plaintext, token) => new PolicyGateway(url, plaintext, token));
}

function readFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (fault) {
    const code = fault instanceof Error && "code" in fault ? String(fault.code) : "unreadable";
    throw new UsageError(`The file ${file} cannot be read (${code})`);
  }
  if (text.length > FILE_CHARACTERS) throw new UsageError(`The file ${file} is too large for a policy`);
  return text;
}
