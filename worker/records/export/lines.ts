// A session's record as the lines of an export (docs/record.md), in the order of its chain. What is hashed is made anew from
// what D1 holds now; the hashes are those that were stored with it, so that what does not fit shows. Pulled, a row at a time.

import { base64Encode, hexEncode } from "#core/bytes";
import {
  type ChainBody,
  chainEntry,
  type Digest,
  type ExportLine,
  NO_ENTRY,
  type StatementMark,
} from "#core/record";
import { inOrder, type Numbered } from "./merge.ts";
import type {
  ChunkColumns,
  EventColumns,
  ExportSource,
  HeadColumns,
  SessionColumns,
  StatementColumns,
} from "./source.ts";

/** An entry without its place in the chain, and with the hash that was stored with it. */
interface Stored {
  readonly body: ChainBody;
  readonly hash: string | null;
  readonly bytes?: string;
  /** Of a large intent. */
  readonly parts?: AsyncIterable<ExportLine>;
}

/** Of the session's leaf in the log; null where there is none yet. */
export type FindInclusion = (
  session: string,
) => Promise<Omit<ExportLine & { type: "inclusion" }, "type"> | null>;

export async function* exportLines(
  source: ExportSource,
  session: SessionColumns,
  findInclusion: FindInclusion,
): AsyncGenerator<ExportLine> {
  const heads = await source.heads();
  const chained = session.chain_start !== null || session.chain_end !== null || heads.length > 0;
  const ended = session.ended_at !== null;
  yield {
    type: "export",
    format: "sluice-record/1",
    session: session.id,
    state: ended ? "ended" : "live",
    chained,
  };
  const entries = chained ? yield* chain(source, session, heads) : yield* unchained(source, session);
  if (chained && ended) {
    yield* strays(source);
    const inclusion = await findInclusion(session.id);
    if (inclusion !== null) yield { type: "inclusion", ...inclusion };
  }
  yield { type: "end", entries };
}

/** One line of NDJSON. A lone surrogate is hashed as U+FFFD, and has no UTF-8 anyway. */
export function serialize(line: ExportLine): string {
  const json = JSON.stringify(line, (_, value: unknown) =>
    typeof value === "string" ? value.toWellFormed() : value,
  );
  return `${json}\n`;
}

async function* chain(
  source: ExportSource,
  session: SessionColumns,
  heads: readonly HeadColumns[],
): AsyncGenerator<ExportLine, number> {
  const waiting = [...heads];
  let [prev, next] = [NO_ENTRY, 0];
  for await (const { n, value } of inOrder([
    once({ n: 0, value: startOf(session) }),
    statements(source),
    chunks(source),
    events(source),
    once(endOf(session)),
  ])) {
    if (value.parts !== undefined) yield* value.parts;
    const bytes = value.bytes === undefined ? {} : { bytes: value.bytes };
    yield { type: "entry", hash: value.hash, entry: chainEntry(session.id, n, prev, value.body), ...bytes };
    prev = value.hash ?? NO_ENTRY;
    next = n + 1;
    while (waiting[0] !== undefined && waiting[0].entries <= next) {
      yield headLine(session.id, waiting[0]);
      waiting.shift();
    }
  }
  for (const head of waiting) yield headLine(session.id, head);
  return next;
}

async function* once(one: Numbered<Stored> | null): AsyncGenerator<Numbered<Stored>> {
  if (one !== null) yield one;
}

function startOf(row: SessionColumns): Stored {
  const start = {
    id: row.id,
    target: row.target,
    principal: {
      issuer: row.issuer,
      subject: row.subject,
      roles: parsed(row.roles) as never,
      groups: parsed(row.groups) as never,
    },
    tokenExpiresAt: row.token_expires_at,
    startedAt: row.started_at,
    applicationName: row.application_name,
    clientUser: row.client_user,
    clientAddress: row.client_address,
    userAgent: row.user_agent,
    protocolVersion: row.protocol_version,
    policyVersion: row.policy_version,
  };
  return { body: { kind: "start", start }, hash: row.chain_start };
}

function endOf(row: SessionColumns): Numbered<Stored> | null {
  if (row.ended_at === null || row.chain_entries === null) return null;
  const end = { endedAt: row.ended_at, reason: row.end_reason as never, detail: row.end_detail };
  return { n: row.chain_entries - 1, value: { body: { kind: "end", end }, hash: row.chain_end } };
}

async function* statements(source: ExportSource): AsyncGenerator<Numbered<Stored>> {
  for await (const row of source.statements()) {
    const mark = markOf(row);
    // It runs: the session links it when it has ended. In an ended session it is a stray.
    if (mark === null) continue;
    yield { n: mark.n, value: await intentOf(source, row, mark) };
    yield { n: mark.n + 1, value: await outcomeOf(row, mark.outcome) };
  }
}

async function intentOf(
  source: ExportSource,
  { seq, intent }: StatementColumns,
  { intent: hash, asked: place }: Pick<StatementMark, "asked"> & { readonly intent: string | null },
): Promise<Stored> {
  if (intent !== null) return { body: { kind: "intent", place, intent: parsed(intent) as never }, hash };
  const digests: Digest[] = [];
  for await (const bytes of partsOf(source, seq)) digests.push(await digest(bytes));
  return {
    body: { kind: "intent", place, intent: { seq, chunks: digests } },
    hash,
    parts: partLines(source, seq),
  };
}

async function outcomeOf(row: StatementColumns, hash: string | null): Promise<Stored> {
  const { seq, revision: place, tail: bytes } = row;
  const outcome = parsed(row.outcome ?? "null") as never;
  return {
    body: { kind: "outcome", place, seq, outcome, tail: await digest(bytes) },
    hash,
    bytes: base64Encode(bytes),
  };
}

async function* chunks(source: ExportSource): AsyncGenerator<Numbered<Stored>> {
  for await (const row of source.chainedChunks()) {
    yield { n: row.entry ?? 0, value: await chunkOf(source, row) };
  }
}

async function chunkOf(source: ExportSource, { seq, stream, n, hash, place }: ChunkColumns): Promise<Stored> {
  const bytes = (await source.chunkBytes(seq, stream, n)) ?? new Uint8Array(0);
  const chunk = { seq, stream: stream as never, n, ...(await digest(bytes)) };
  return { body: { kind: "chunk", place: place ?? 0, chunk }, hash, bytes: base64Encode(bytes) };
}

async function* events(source: ExportSource): AsyncGenerator<Numbered<Stored>> {
  for await (const row of source.events())
    if (row.entry !== null) yield { n: row.entry, value: eventOf(row) };
}

function eventOf({ n, at, kind, detail, hash, place }: EventColumns): Stored {
  return { body: { kind: "event", place: place ?? 0, event: { n, at, kind: kind as never, detail } }, hash };
}

async function* partsOf(source: ExportSource, seq: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; ; n++) {
    const bytes = await source.chunkBytes(seq, "intent", n);
    if (bytes === null) return;
    yield bytes;
  }
}

async function* partLines(source: ExportSource, seq: number): AsyncGenerator<ExportLine> {
  let n = 0;
  for await (const bytes of partsOf(source, seq))
    yield { type: "part", seq, n: n++, bytes: base64Encode(bytes) };
}

/** Rows of an ended session of which its chain does not tell. */
async function* strays(source: ExportSource): AsyncGenerator<ExportLine> {
  const large = new Set<number>();
  for await (const row of source.statements()) {
    if (row.intent === null) large.add(row.seq);
    if (markOf(row) === null) yield { type: "stray", what: `statement ${String(row.seq)}` };
  }
  for await (const { seq, stream, n } of source.otherChunks()) {
    if (stream !== "intent" || !large.has(seq))
      yield { type: "stray", what: `chunk ${String(n)} of the ${stream} of statement ${String(seq)}` };
  }
  for await (const { n, entry } of source.events())
    if (entry === null) yield { type: "stray", what: `event ${String(n)}` };
}

async function* unchained(source: ExportSource, session: SessionColumns): AsyncGenerator<ExportLine, number> {
  let entries = 0;
  const line = ({ body, bytes }: Stored): ExportLine => {
    entries++;
    const { place: _, ...content } = { place: 0, ...body };
    const entry = { v: 1 as const, session: session.id, ...content };
    return { type: "entry", hash: null, entry, ...(bytes === undefined ? {} : { bytes }) };
  };
  yield line(startOf(session));
  for await (const row of source.otherChunks())
    if (row.stream !== "intent") yield line(await chunkOf(source, row));
  for await (const row of source.statements()) {
    const intent = await intentOf(source, row, { intent: null, asked: 0 });
    if (intent.parts !== undefined) yield* intent.parts;
    yield line(intent);
    if (row.outcome !== null) yield line(await outcomeOf(row, null));
  }
  for await (const row of source.events()) yield line(eventOf(row));
  if (session.ended_at !== null) {
    const end = {
      endedAt: session.ended_at,
      reason: session.end_reason as never,
      detail: session.end_detail,
    };
    yield line({ body: { kind: "end", end }, hash: null });
  }
  return entries;
}

function headLine(session: string, { entries, hash, at, final, kid, signature }: HeadColumns): ExportLine {
  return {
    type: "head",
    head: { type: "sluice.head/1", session, entries, hash, at, final: final === 1, kid },
    signature,
  };
}

function markOf({ chain: text }: StatementColumns): StatementMark | null {
  const mark = text === null ? null : parsed(text);
  if (typeof mark !== "object" || mark === null) return null;
  const { n, intent, outcome, asked } = mark as StatementMark;
  return typeof n === "number" && typeof asked === "number" ? { n, intent, outcome, asked } : null;
}

/** What is no JSON any more is shown as the text that it is. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

async function digest(bytes: Uint8Array): Promise<Digest> {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return { length: bytes.length, sha256: hexEncode(new Uint8Array(hash)) };
}
