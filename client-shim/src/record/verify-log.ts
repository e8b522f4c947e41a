// Verifies an export of the log (docs/record.md): its leaves are those under the signed checkpoint, and begin with those under an older
// one. With it, a session that is missing among exports is told from one that was deleted lawfully.

import { canonicalJson } from "./canonical.ts";
import { hex, type Keys, memberOf, type VerifierCrypto } from "./crypto.ts";
import { MerkleVerifier } from "./merkle.ts";
import { type Checkpoint, openCheckpoint } from "./note.ts";
import type { Verdict } from "./verdict.ts";

export interface LogLeaf {
  readonly index: number;
  readonly entries: unknown;
  readonly hash: unknown;
}

export interface LogVerdict {
  readonly origin: string | null;
  readonly size: number;
  /** By session. */
  readonly sessions: ReadonlyMap<string, LogLeaf>;
  /** Sessions whose record was deleted, and when, in milliseconds since the epoch. */
  readonly deletions: ReadonlyMap<string, unknown>;
  /** What is wrong, one sentence each. */
  readonly breaks: readonly string[];
}

/** `older`: a checkpoint that was kept, as text; null for none. */
export async function verifyLog(
  lines: AsyncIterable<unknown>,
  older: string | null,
  keys: Keys,
  crypto: VerifierCrypto,
): Promise<LogVerdict> {
  const merkle = new MerkleVerifier(crypto);
  const breaks: string[] = [];
  const hashes: Uint8Array[] = [];
  const sessions = new Map<string, LogLeaf>();
  const deletions = new Map<string, unknown>();
  let checkpoint: Checkpoint | null = null;
  let n = 0;
  for await (const line of lines) {
    const type = memberOf(line, "type");
    const begins = type === "log" && memberOf(line, "format") === "sluice-log/1";
    if (n++ === 0 ? !begins : type !== "leaf" && type !== "checkpoint")
      breaks.push("a line is not of the format");
    if (checkpoint !== null) breaks.push("there is a line behind the checkpoint");
    if (type === "checkpoint") {
      const opened = await openCheckpoint(memberOf(line, "checkpoint"), keys, crypto);
      if (typeof opened === "string") breaks.push(opened);
      else checkpoint = opened;
    }
    if (type !== "leaf") continue;
    const leaf = memberOf(line, "leaf");
    const index = hashes.length;
    if (memberOf(line, "index") !== index) breaks.push(`leaf ${String(index)} is missing or out of order`);
    hashes.push(await merkle.leaf(new TextEncoder().encode(canonical(leaf))));
    const session = String(memberOf(leaf, "session"));
    if (memberOf(leaf, "type") === "sluice.session/1")
      sessions.set(session, { index, entries: memberOf(leaf, "entries"), hash: memberOf(leaf, "hash") });
    else if (memberOf(leaf, "type") === "sluice.deletion/1") deletions.set(session, memberOf(leaf, "at"));
    else breaks.push(`leaf ${String(index)} is of no known type`);
  }
  if (checkpoint === null && breaks.length === 0)
    breaks.push("the log was cut off: its checkpoint is missing");
  if (checkpoint !== null && !(await isRootOf(checkpoint, hashes, merkle, true)))
    breaks.push("the leaves are not those under the checkpoint: one was changed, moved or taken away");
  if (older !== null) {
    const opened = await openCheckpoint(older, keys, crypto);
    if (typeof opened === "string") breaks.push(`of the older one: ${opened}`);
    else if (opened.origin !== checkpoint?.origin || !(await isRootOf(opened, hashes, merkle, false)))
      breaks.push("the log does not begin with what it had at the older checkpoint: it was rewritten");
  }
  return { origin: checkpoint?.origin ?? null, size: hashes.length, sessions, deletions, breaks };
}

/** What a set of verified exports lacks, or has otherwise than the log. */
export function compareWithLog(log: LogVerdict, verdicts: readonly Verdict[]): string[] {
  const found: string[] = [];
  const exported = new Map(verdicts.map((verdict) => [verdict.session, verdict]));
  for (const [session, { index, entries, hash }] of log.sessions) {
    const verdict = exported.get(session);
    const leaf = `session ${session} (leaf ${String(index)} of the log)`;
    if (verdict === undefined && !log.deletions.has(session))
      found.push(`${leaf} is missing among the exports`);
    if (verdict !== undefined && (verdict.entries !== entries || verdict.head !== hash))
      found.push(`${leaf} is not the one that is exported`);
  }
  for (const { session, verdict } of verdicts)
    if (verdict === "whole" && !log.sessions.has(session ?? ""))
      found.push(`session ${session ?? ""} is not in the log: it ended later, or never`);
  return found;
}

async function isRootOf(
  { size, root }: Checkpoint,
  hashes: readonly Uint8Array[],
  merkle: MerkleVerifier,
  all: boolean,
): Promise<boolean> {
  if (all ? size !== hashes.length : size > hashes.length) return false;
  return hex(await merkle.root(hashes.slice(0, size))) === hex(root);
}

/** Of what the log cannot hold a text that no leaf has. */
function canonical(leaf: unknown): string {
  try {
    return canonicalJson(leaf);
  } catch {
    return "";
  }
}
