// `npm run -s token -- --role agent --sub bot-1 --ttl 1h [--claim k=v …] [--state DIR]`: prints a token of the local issuer,
// signed with the key in the state directory. The running gateway takes it as it takes the issuer's own.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_STATE } from "./flags.ts";
import { keysFile, type IssuerKeys } from "./issuer/keys.ts";
import { mintToken } from "./issuer/mint.ts";
import { LOOPBACK } from "./ports.ts";
import { readJson, ROLES, type Ports } from "./state.ts";
import { UserError } from "./user-error.ts";

const HELP = `npm run -s token -- --role ROLE [FLAGS]

  --role ROLE    ${ROLES.join(", ")}; may be repeated
  --sub NAME     subject (the role)
  --ttl TIME     lifetime: 90s, 10m, 1h, 7d (1h); negative for one that has expired
  --claim k=v    sets claim k, the standard ones included; v is JSON where it parses as JSON, else text; may be repeated
  --state DIR    state directory of the stack (.sluice/)
  --help         this text
`;

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

async function main(): Promise<void> {
  const values = readArguments();
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const roles = values.role ?? [];
  if (roles.length === 0) throw wrong("--role is missing");
  for (const role of roles) {
    if (!ROLES.some((known) => known === role)) throw wrong(`--role takes one of ${ROLES.join(", ")}`);
  }
  const request = {
    subject: values.sub ?? roles[0] ?? "",
    roles,
    lifetimeSeconds: readLifetime(values.ttl ?? "1h"),
    claims: readClaims(values.claim ?? []),
  };

  const directory = values.state === undefined ? DEFAULT_STATE : resolve(values.state);
  const path = (name: string): string => resolve(directory, name);
  const keys = keysFile({ path });
  if (!existsSync(keys) || !existsSync(path("ports.json"))) {
    throw new UserError(
      `there is no local stack in ${directory}: run npm start first, or name its --state DIR`,
    );
  }
  const { issuer } = readJson<Ports>(path("ports.json"));
  const url = `http://${LOOPBACK}:${issuer}`;
  const token = await mintToken(url, readJson<IssuerKeys>(keys), request, Date.now());
  process.stdout.write(`${token}\n`);
}

const OPTIONS = {
  role: { type: "string", multiple: true },
  sub: { type: "string" },
  ttl: { type: "string" },
  claim: { type: "string", multiple: true },
  state: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function readArguments() {
  try {
    return parseArgs({ args: joinNegative(process.argv.slice(2)), options: OPTIONS, strict: true }).values;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message.replace(/\. To specify .*$/s, "") : "wrong flags");
  }
}

/** `--ttl -1h` reads as a flag to parseArgs; `--ttl=-1h` does not. */
function joinNegative(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of argv) {
    if (joined.at(-1) === "--ttl") joined.splice(-1, 1, `--ttl=${word}`);
    else joined.push(word);
  }
  return joined;
}

function readLifetime(text: string): number {
  const [, amount, unit] = /^(-?\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNIT_SECONDS[unit ?? ""] ?? Number.NaN);
  if (!Number.isSafeInteger(seconds)) throw wrong("--ttl takes a number and a unit: 90s, 10m, 1h, 7d");
  return seconds;
}

function readClaims(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const cut = pair.indexOf("=");
      if (cut < 1) throw wrong("--claim takes NAME=VALUE");
      return [pair.slice(0, cut), parseValue(pair.slice(cut + 1))];
    }),
  );
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function wrong(message: string): UserError {
  return new UserError(`${message}\n\n${HELP}`.trimEnd(), 2);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`sluice: ${error.message}\n`);
  process.exit(error.exitCode);
}
