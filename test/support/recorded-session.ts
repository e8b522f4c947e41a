// A recorded session as an export would have it, made in this process: entries linked and heads signed by the gateway's own code,
// without an object and without D1. What it holds is a function of the numbers given.
import { base64Encode } from "#core/bytes";
import {
  chainEntry,
  EMPTY_CHAIN,
  type ExportLine,
  type Intent,
  type Outcome,
  type SessionStart,
  type SignedHead,
} from "#core/record";
import { type Final, link, type Linked } from "../../durable-objects/journal/chain.ts";
import { headSigner, readRecordKey, type RecordKey } from "../../durable-objects/record-key.ts";

const T0 = Date.UTC(2026, 10, 20, 9, 0, 0);

export async function recordKey(seed = "2a"): Promise<RecordKey> {
  const key = await readRecordKey(seed.repeat(32));
  if (!key.ok) throw new Error(key.error);
  return key.value;
}

export interface Shape {
  /** What every outcome says of what is stored. */
  readonly kept?: Partial<Pick<Outcome, "recorded" | "digest" | "storedBytes" | "responseBytes">>;
  readonly id: string;
  readonly statements: number;
  /** Of these statements, by seq, the response has a chunk. */
  readonly chunked?: ReadonlySet<number>;
  readonly events?: number;
  /** A batch is linked by itself, as the outbox does. */
  readonly batch?: number;
}

export interface Recorded {
  readonly lines: readonly ExportLine[];
  readonly head: SignedHead;
}

export async function recordSession(shape: Shape, key: RecordKey): Promise<Recorded> {
  const start = startOf(shape.id);
  const finals = [...finalsOf(shape)].sort((a, b) => a.place - b.place);
  const size = shape.batch ?? finals.length + 1;
  let chain = EMPTY_CHAIN;
  const entries: ExportLine[] = [];
  const end = { endedAt: T0 + 60_000, reason: "agent_terminated" as const, detail: null };
  for (let at = 0; at === 0 || at < finals.length; at += size) {
    const some = finals.slice(at, at + size);
    const last = at + size >= finals.length;
    const linked = await link(chain, start, some, last ? end : null, () => null);
    if (chain.entries === 0) {
      const entry = chainEntry(shape.id, 0, chain.hash, { kind: "start", start });
      entries.push({ type: "entry", hash: linked.chainStart, entry });
    }
    entries.push(...(await linesOf(shape.id, linked, some)));
    chain = linked.whole ?? linked.chain;
  }
  entries.sort((a, b) => numberOf(a) - numberOf(b));
  const prev = entries.at(-1);
  const last = chainEntry(shape.id, chain.entries - 1, prev?.type === "entry" ? (prev.hash ?? "") : "", {
    kind: "end",
    end,
  });
  const sign = headSigner(key);
  const head = await sign({ ...chain, session: shape.id, at: end.endedAt, final: true });
  return {
    head,
    lines: [
      { type: "export", format: "sluice-record/1", session: shape.id, state: "ended", chained: true },
      ...withPrev(entries),
      { type: "entry", hash: chain.hash, entry: last },
      { type: "head", ...head },
      { type: "end", entries: chain.entries },
    ],
  };
}

export function ndjson(lines: readonly unknown[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

export function keysDocument(...keys: readonly RecordKey[]): unknown {
  return { keys: keys.map((key) => key.public) };
}

function numberOf(line: ExportLine): number {
  return line.type === "entry" && "n" in line.entry ? line.entry.n : -1;
}

/** As the export has it: each names the hash of the one before. */
function withPrev(entries: readonly ExportLine[]): ExportLine[] {
  let prev = EMPTY_CHAIN.hash;
  return entries.map((line) => {
    if (line.type !== "entry") return line;
    const linked: ExportLine = { ...line, entry: { ...line.entry, prev } };
    prev = line.hash ?? "";
    return linked;
  });
}

async function linesOf(id: string, linked: Linked, finals: readonly Final[]): Promise<ExportLine[]> {
  const lines: ExportLine[] = [];
  for (const { statement } of finals.filter((final) => final.kind === "statement")) {
    const mark = linked.statements.find(({ seq }) => seq === statement.seq)?.chain;
    if (mark === null || mark === undefined || statement.intent === null || statement.outcome === null)
      continue;
    const { seq, revision, intent, outcome, responseTail, asked } = statement;
    const tail = { length: responseTail.length, sha256: await sha256(responseTail) };
    lines.push(
      {
        type: "entry",
        hash: mark.intent,
        entry: chainEntry(id, mark.n, "", { kind: "intent", place: asked, intent }),
      },
      {
        type: "entry",
        hash: mark.outcome,
        entry: chainEntry(id, mark.n + 1, "", { kind: "outcome", place: revision, seq, outcome, tail }),
        bytes: base64Encode(responseTail),
      },
    );
  }
  for (const { mark, bytes, seq, stream, n } of linked.chunks) {
    if (mark === null || mark === undefined) continue;
    const chunk = { seq, stream, n, length: bytes.length, sha256: await sha256(bytes) };
    const entry = chainEntry(id, mark.n, "", { kind: "chunk", place: mark.place, chunk });
    lines.push({ type: "entry", hash: mark.hash, entry, bytes: base64Encode(bytes) });
  }
  for (const { mark, ...event } of linked.events) {
    if (mark === null || mark === undefined) continue;
    const entry = chainEntry(id, mark.n, "", { kind: "event", place: mark.place, event });
    lines.push({ type: "entry", hash: mark.hash, entry });
  }
  return lines;
}

function* finalsOf({ statements, chunked = new Set(), events = 0, kept = {} }: Shape): Generator<Final> {
  let place = 0;
  for (let seq = 1; seq <= statements; seq++) {
    const asked = ++place;
    if (chunked.has(seq)) {
      const chunk = { id: ++place, seq, stream: "response" as const, n: 0, bytes: bytesOf(seq, 40) };
      yield { kind: "chunk", place, chunk };
    }
    const responseTail = bytesOf(seq, 12);
    const revision = ++place;
    const [intent, outcome] = [intentOf(seq), { ...outcomeOf(seq), ...kept }];
    yield { kind: "statement", place, statement: { seq, revision, asked, intent, outcome, responseTail } };
  }
  for (let n = 1; n <= events; n++) {
    const event = { n, place: ++place, at: T0 + n, kind: "cancel_requested" as const, detail: "" };
    yield { kind: "event", place, event };
  }
}

function bytesOf(seed: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7) % 256);
}

function startOf(id: string): SessionStart {
  return {
    id,
    target: "shop",
    principal: { issuer: "https://issuer.test", subject: "bot-1", roles: ["agent"], groups: [] },
    tokenExpiresAt: T0 + 3_600_000,
    startedAt: T0,
    applicationName: "psql",
    clientUser: "bot",
    clientAddress: null,
    userAgent: null,
    protocolVersion: "3.0",
    policyVersion: "1",
  };
}

function intentOf(seq: number): Intent {
  return {
    seq,
    operation: "query",
    protocol: "simple",
    statement: `SELECT '€', ${String(seq)}`,
    statementEncoding: "utf8",
    preparedStatement: null,
    portal: null,
    maxRows: 0,
    parameters: [],
    resultFormats: [],
    decision: { effect: "allow", rule: "r", policyVersion: "1", matched: [], recorded: true },
    kinds: ["select"],
    relations: [],
    startedAt: T0 + seq * 10,
  };
}

function outcomeOf(seq: number): Outcome {
  return {
    state: "completed",
    firstByteAt: T0 + seq * 10 + 1,
    endedAt: T0 + seq * 10 + 2,
    commandTags: ["SELECT 1"],
    rows: 1,
    notices: 0,
    responseBytes: 12,
    requestBytes: 0,
    error: null,
    transactionStatus: "I",
  };
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest("SHA-256", bytes.slice())).toString("hex");
}
