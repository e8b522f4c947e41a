// Verifies an export of the log (docs/record.md): its leaves are those under the signed checkpoint, and begin with those under an older
// one. With it, a session that is missing among exports is told from one that was deleted lawfully.

import { canonicalJson } from "./canonical.ts";
import { hex, type Keys, memberOf, type VerifierCrypto } from "./crypto.ts";
import { MerkleVerifier } from "./merkle.ts";
import { type Checkpoint, openCheckpoint } from "./note.ts";
import { Leaves, type LoggedApproval, type LogLeaf } from "./leaves.ts";
import type { Verdict } from "./verdict.ts";

export type { LoggedApproval, LogLeaf } from "./leaves.ts";

export interface LogVerdict {
  readonly origin: string | null;
  readonly size: number;
  /** By session. */
  readonly sessions: ReadonlyMap<string, LogLeaf>;
  /** Sessions whose record was deleted, and when, in milliseconds since the epoch. */
  readonly deletions: ReadonlyMap<string, unknown>;
  readonly approvals: ReadonlyMap<string, LoggedApproval>;
  /** How many leaves of which type. */
  readonly counts: ReadonlyMap<string, number>;
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
  const leaves = new Leaves();
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
    const wrong = leaves.take(index, leaf);
    if (wrong !== null) breaks.push(wrong);
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
  const { sessions, deletions, approvals, counts } = leaves;
  const origin = checkpoint?.origin ?? null;
  return { origin, size: hashes.length, sessions, deletions, approvals, counts, breaks };
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
  return [...found, ...compareApprovals(log, verdicts)];
}

/** These a session notes when the approval's own object has said so; of the others it is the session that tells that. */
const TOLD_BY_APPROVAL: ReadonlySet<unknown> = new Set([
  "pending",
  "approved",
  "denied",
  "expired",
  "executed",
]);

/** What a session's chain tells of approvals is in the log, and what was let go for a session is in its chain. */
function compareApprovals(log: LogVerdict, verdicts: readonly Verdict[]): string[] {
  const found: string[] = [];
  const noted = new Map<string, ReadonlySet<unknown>>();
  for (const { session, verdict, approvals } of verdicts) {
    if (verdict !== "whole" || session === null || !log.sessions.has(session)) continue;
    noted.set(session, new Set(approvals.map(({ approval }) => approval)));
    for (const { entry, approval, state } of approvals) {
      const logged = log.approvals.get(approval);
      if (logged === undefined || (TOLD_BY_APPROVAL.has(state) && !logged.states.has(state)))
        found.push(
          `session ${session}: entry ${String(entry)} tells of approval ${approval} (${state}), and the log does not`,
        );
    }
  }
  for (const [approval, { executedBy }] of log.approvals)
    if (executedBy !== null && noted.get(executedBy)?.has(approval) === false)
      found.push(
        `approval ${approval} was let go for session ${executedBy}, whose entries do not tell of it`,
      );
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
