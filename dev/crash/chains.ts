// Whether the chains of sessions verify: by the gateway's own word (/verify), by `sluice verify` of their exports with nothing but
// the public keys, and against the log of all sessions, which has to have each of them once.

import { execFile } from "node:child_process";
import { createWriteStream, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { compareWithLog, readKeys, type Verdict, verifyLog } from "../../client-shim/src/record/index.ts";
import { jsonLines } from "../../client-shim/src/record/lines.ts";
import { NODE_CRYPTO } from "../../client-shim/src/record/node-crypto.ts";
import type { DevFile } from "../state.ts";
import type { RecordedSession } from "./record.ts";
import type { Breach } from "./verdict.ts";

export interface Chains {
  readonly breaches: readonly Breach[];
  /** Sessions that verify, by /verify and offline. */
  readonly whole: number;
}

type Dev = Pick<DevFile, "gateway" | "tokens">;

const SLUICE = join(import.meta.dirname, "../../client-shim/src/main.ts");
/** Exports that lie on disk at a time. */
const EXPORTS_AT_ONCE = 100;
const REQUESTS_AT_ONCE = 3;
const VERDICTS_MAX_BYTES = 64 * 1024 * 1024;

export async function verifyChains(
  dev: Dev,
  sessions: readonly RecordedSession[],
  directory: string,
): Promise<Chains> {
  mkdirSync(directory, { recursive: true });
  const keys = join(directory, "keys.json");
  const keysDocument = await read(dev, "/.well-known/sluice/keys").then((answer) => answer.text());
  writeFileSync(keys, keysDocument);
  const broken = new Map<string, string>();
  const verdicts: Verdict[] = [];
  for (let from = 0; from < sessions.length; from += EXPORTS_AT_ONCE) {
    const some = sessions.slice(from, from + EXPORTS_AT_ONCE);
    for (const [id, why] of await onlineBreaks(dev, some)) broken.set(id, why);
    const told = await offlineVerdicts(dev, some, directory, keys);
    verdicts.push(...told);
    for (const { session, verdict, breaks } of told)
      if (verdict !== "whole")
        broken.set(session ?? "", `${verdict} offline: ${breaks.map(({ what }) => what).join("; ")}`);
  }
  const missing = await logBreaks(dev, verdicts, keysDocument);
  const nameOf = new Map(sessions.map(({ id, name }) => [id, name]));
  const breach = (what: string): Breach => ({ kind: "chain", what });
  return {
    breaches: [
      ...[...broken].map(([id, why]) => breach(`session ${nameOf.get(id) ?? id} is ${why}`)),
      ...missing.map(breach),
    ],
    whole: sessions.filter(({ id }) => !broken.has(id)).length,
  };
}

/** By id, what /verify finds. */
async function onlineBreaks(dev: Dev, sessions: readonly RecordedSession[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await several(sessions, async ({ id }) => {
    const said = (await (await read(dev, `/v1/sessions/${id}/verify`)).json()) as {
      readonly verdict: string;
      readonly first_break: { readonly entry: number | null; readonly what: string } | null;
    };
    if (said.verdict === "whole") return;
    const { entry = null, what = "" } = said.first_break ?? {};
    found.set(id, `${said.verdict} by /verify: entry ${String(entry)}: ${what}`);
  });
  return found;
}

async function offlineVerdicts(
  dev: Dev,
  sessions: readonly RecordedSession[],
  directory: string,
  keys: string,
): Promise<Verdict[]> {
  const fileOf = (id: string): string => join(directory, `${id}.ndjson`);
  await several(sessions, async ({ id }) => {
    const { body } = await read(dev, `/v1/sessions/${id}/export`);
    if (body === null) throw new Error(`the export of ${id} is empty`);
    await pipeline(body as AsyncIterable<Uint8Array>, createWriteStream(fileOf(id)));
  });
  const files = sessions.map(({ id }) => fileOf(id));
  const output = await sluice(["verify", ...files, "--keys", keys, "--json"]);
  for (const file of files) rmSync(file);
  const told = output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Verdict);
  if (told.length !== sessions.length)
    throw new Error(`sluice verify told of ${told.length} exports of ${sessions.length}: ${output}`);
  return told;
}

/** Exit code 1 says that some are not whole; the verdicts say which. */
function sluice(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [SLUICE, ...args],
      { maxBuffer: VERDICTS_MAX_BYTES },
      (error, stdout, stderr) => {
        if (error !== null && error.code !== 1) reject(new Error(`sluice ${args[0] ?? ""}: ${stderr}`));
        else resolve(stdout);
      },
    );
  });
}

async function logBreaks(dev: Dev, verdicts: readonly Verdict[], keysDocument: string): Promise<string[]> {
  const keys = readKeys(JSON.parse(keysDocument));
  const { body } = await read(dev, "/v1/log/export");
  if (keys === null || body === null) throw new Error("the log, or its keys, cannot be read");
  const leaves = new Map<string, number>();
  const log = await verifyLog(counted(jsonLines(body), leaves), null, keys, NODE_CRYPTO);
  const twice = [...leaves]
    .filter(([, times]) => times > 1)
    .map(([id]) => `session ${id} is in the log twice`);
  return [...log.breaks, ...compareWithLog(log, verdicts), ...twice];
}

async function* counted(lines: AsyncIterable<unknown>, leaves: Map<string, number>): AsyncGenerator {
  for await (const line of lines) {
    const { leaf } = line as { readonly leaf?: { readonly type: string; readonly session?: string } };
    if (leaf?.type === "sluice.session/1" && leaf.session !== undefined)
      leaves.set(leaf.session, (leaves.get(leaf.session) ?? 0) + 1);
    yield line;
  }
}

async function several<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  await Promise.all(
    Array.from({ length: REQUESTS_AT_ONCE }, async () => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one);
    }),
  );
}

async function read({ gateway, tokens }: Dev, path: string): Promise<Response> {
  const answer = await fetch(`${gateway}${path}`, { headers: { authorization: `Bearer ${tokens.auditor}` } });
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}
