// `sluice verify FILE|URL --keys KEYS.json`: exports to verdicts, one line or more each, and an exit code.

import { createReadStream, readFileSync } from "node:fs";
import { connectUrl } from "../bridge/address.ts";
import { CONNECT_PATH } from "../contract.ts";
import { printable } from "../policy/gateway.ts";
import {
  compareWithLog,
  type Keys,
  readKeys,
  type Verdict,
  verifyExport,
  verifyLog,
} from "../record/index.ts";
import { NODE_CRYPTO } from "../record/node-crypto.ts";
import { jsonLines } from "../record/lines.ts";
import { type Given, parseFlags, VERIFY_FLAGS } from "./flags.ts";
import { VERIFY_HELP } from "./help.ts";
import { chooseToken } from "./token-flags.ts";
import { EXIT, UsageError } from "./usage.ts";

const FILES_MOST = 10_000;

/** Resolves with the exit code: 0, 1 or 2 as VERIFY_HELP says. */
export async function verify(args: readonly string[], tell: (line: string) => void): Promise<number> {
  const given = parseFlags(VERIFY_FLAGS, args, process.env, FILES_MOST);
  if (given.on("help")) {
    process.stdout.write(VERIFY_HELP);
    return EXIT.done;
  }
  const keys = keysOf(given);
  if (given.files.length === 0)
    throw new UsageError("Which export? Write: sluice verify FILE --keys KEYS.json");
  const verdicts: Verdict[] = [];
  for (const place of given.files) {
    const verdict = await verifyExport(jsonLines(bytesOf(place, given, tell)), keys, NODE_CRYPTO);
    verdicts.push(verdict);
    process.stdout.write(
      given.on("json") ? `${JSON.stringify({ place, ...verdict })}\n` : told(place, verdict),
    );
  }
  const logged = await againstLog(verdicts, keys, given, tell);
  return logged && verdicts.every(({ verdict }) => verdict === "whole") ? EXIT.done : EXIT.failed;
}

/** True where no log was named. */
async function againstLog(
  verdicts: readonly Verdict[],
  keys: Keys,
  given: Given,
  tell: (line: string) => void,
): Promise<boolean> {
  const place = given.text("log");
  const older = given.text("checkpoint");
  if (place === null && older !== null)
    throw new UsageError("--checkpoint belongs to --log. Add it, or leave it out");
  if (place === null) return true;
  const kept = older === null ? null : textOf(older);
  const log = await verifyLog(jsonLines(bytesOf(place, given, tell)), kept, keys, NODE_CRYPTO);
  const breaks = [...log.breaks, ...compareWithLog(log, verdicts)];
  const { origin, size } = log;
  if (given.on("json")) {
    const deleted = [...log.deletions].map(([session, at]) => ({ session, at }));
    process.stdout.write(`${JSON.stringify({ place, log: origin, size, deleted, breaks })}\n`);
    return breaks.length === 0;
  }
  const counts = `${String(size)} leaves, ${String(log.deletions.size)} deletions`;
  const verdict = breaks.length === 0 ? "nothing is missing" : "NOT WHOLE";
  process.stdout.write(`${place}: ${verdict} (log ${printable(origin ?? "unknown")}, ${counts})\n`);
  for (const what of breaks) process.stdout.write(`  ${printable(what)}\n`);
  return breaks.length === 0;
}

const MEANING = {
  whole: "whole",
  broken: "BROKEN",
  open: "not whole: the session has not ended, so nothing signs its end yet",
  unsigned: "not whole: no head is signed, since the gateway has no RECORD_KEY",
  not_chained: "not whole: recorded before there was a chain, so nothing proves it",
} as const satisfies Record<Verdict["verdict"], string>;

function told(place: string, { verdict, session, entries, heads, leaf, breaks }: Verdict): string {
  const log = leaf === null ? "" : `, leaf ${String(leaf)} of the log`;
  const counts = `${String(entries)} entries, ${String(heads)} signed ${heads === 1 ? "head" : "heads"}${log}`;
  const lines = breaks.map(
    ({ entry, what }) => `  ${entry === null ? "" : `entry ${String(entry)}: `}${what}\n`,
  );
  const name = printable(session ?? "no session");
  return `${place}: ${MEANING[verdict]} (session ${name}, ${counts})\n${lines.join("")}`;
}

function keysOf(given: Given): Keys {
  const file = given.text("keys");
  if (file === null)
    throw new UsageError("Which keys? Name the document of /.well-known/sluice/keys with --keys FILE");
  let document: unknown;
  try {
    document = JSON.parse(textOf(file));
  } catch (fault) {
    if (fault instanceof UsageError) throw fault;
    throw new UsageError(`The keys document ${file} is no JSON`);
  }
  const keys = readKeys(document);
  if (keys === null || keys.size === 0)
    throw new UsageError(`${file} holds no Ed25519 keys. See /.well-known/sluice/keys`);
  return keys;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (fault) {
    const code = fault instanceof Error && "code" in fault ? String(fault.code) : "unreadable";
    throw new UsageError(`The file ${file} cannot be read (${code})`);
  }
}

async function* bytesOf(
  place: string,
  given: Given,
  tell: (line: string) => void,
): AsyncGenerator<Uint8Array> {
  try {
    if (/^https?:\/\//.test(place)) yield* await fetched(place, given, tell);
    else if (place === "-") yield* process.stdin as AsyncIterable<Buffer>;
    else yield* createReadStream(place) as AsyncIterable<Buffer>;
  } catch (fault) {
    if (fault instanceof UsageError) throw fault;
    const code = fault instanceof Error && "code" in fault ? ` (${String(fault.code)})` : "";
    throw new UsageError(`${place} cannot be read${code}`);
  }
}

async function fetched(
  place: string,
  given: Given,
  tell: (line: string) => void,
): Promise<AsyncIterable<Uint8Array>> {
  const url = new URL(place);
  // The same checks as for a connection: the token travels the same way. It also says what is wrong with the address.
  const base = connectUrl(url.origin, "x", given.on("allow-plaintext")).href.slice(
    0,
    -`${CONNECT_PATH}x`.length,
  );
  const { token } = chooseToken(given, process.env, tell);
  const response = await fetch(`${base.replace(/^ws/, "http")}${url.pathname}${url.search}`, {
    headers: { authorization: `Bearer ${await token()}` },
    redirect: "error",
  });
  if (!response.ok || response.body === null)
    throw new UsageError(
      `The gateway answers ${String(response.status)} to ${url.pathname}. Check the address and the token's role`,
    );
  return response.body;
}
