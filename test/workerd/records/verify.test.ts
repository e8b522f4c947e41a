// A session from its journal through the outbox into D1, and out of it again as an export and a verdict; then D1 is tampered with.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { intentHead } from "#core/record";
import { Journal, Outbox, type Progress, recover } from "../../../durable-objects/journal/index.ts";
import { type Bucket, Ledger } from "../../../durable-objects/ledger/index.ts";
import { seal } from "../../../durable-objects/log/seal.ts";
import { headSigner, readRecordKey } from "../../../durable-objects/record-key.ts";
import { UNLIKE_LOG } from "../../../worker/records/export/verify.ts";
import { type Api, openApiUnderTest, SESSION_KEY } from "./api.ts";
import { openLedger } from "./database.ts";
import { batch, intent, outcome, start, statement, T0 } from "./entries.ts";

const RECORD_KEY = "42".repeat(32);
const TAIL = Uint8Array.of(90, 0, 0, 0, 5, 73);
const CHUNK = new Uint8Array(3000).fill(7);

let db: D1Database;
let api: Api;

beforeAll(async () => {
  db = await openLedger();
  api = openApiUnderTest(db, async () => {}, { RECORD_KEY });
});

interface Verdict {
  readonly verdict: string;
  readonly entries: number;
  readonly signed_heads: number;
  readonly first_break: { readonly entry: number | null; readonly what: string } | null;
}

async function verdictOf(id: string): Promise<Verdict> {
  return (await api.get(`/sessions/${id}/verify`)).json<Verdict>();
}

interface World {
  readonly journal: Journal;
  readonly progress: Map<number, Progress>;
  outbox(): Outbox;
}

/** A journal of its own; `key: null` is a gateway without a key. */
async function record(
  act: (world: World) => Promise<void> | void,
  key: string | null = RECORD_KEY,
  bucket: Bucket | null = null,
  fault: () => "none" | "before" | "after" = () => "none",
): Promise<string> {
  const id = crypto.randomUUID().replaceAll("-", "");
  const read = key === null ? null : await readRecordKey(key);
  const signer = read?.ok === true ? headSigner(read.value) : null;
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, state) => {
    const journal = new Journal(state.storage.sql);
    journal.start(start(id));
    const progress = new Map<number, Progress>();
    const ledger = new Ledger(db, bucket);
    const write: Ledger["write"] = async (some) => {
      const failing = fault();
      if (failing === "before") throw new Error("D1 is away");
      const written = await ledger.write(some);
      if (failing === "after") throw new Error("D1's answer was lost");
      return written;
    };
    const outbox = (): Outbox =>
      new Outbox(journal, { write }, (seq) => progress.get(seq) ?? "final", signer);
    await act({ journal, progress, outbox });
  });
  return id;
}

function end(journal: Journal): void {
  journal.end({ endedAt: T0 + 60_000, reason: "agent_terminated", detail: null });
}

/** Two pipelined statements, the second with chunks in both directions; an event; a lone surrogate. */
function fill({ journal }: World): void {
  journal.intend(1, JSON.stringify(intent(1, "SELECT 'ä'")));
  journal.intend(2, JSON.stringify(intent(2, "COPY t FROM STDIN")));
  journal.event({ n: 1, at: T0 + 5, kind: "cancel_requested", detail: "" });
  journal.settle(1, outcome(1, { responseBytes: 6 }), TAIL);
  journal.chunk({ seq: 2, stream: "request", n: 0, bytes: CHUNK });
  journal.chunk({ seq: 2, stream: "response", n: 0, bytes: CHUNK });
  const error = { severity: "ERROR", sqlstate: "22P02", message: "cut \ud83d…" };
  journal.settle(2, outcome(2, { responseBytes: 3006, error, state: "failed" }), TAIL);
}

async function whole(): Promise<string> {
  return record(async (world) => {
    fill(world);
    end(world.journal);
    expect(await world.outbox().drain()).toBe(true);
  });
}

describe("a session that was recorded as it should be", () => {
  test("is whole, and its export has every entry in order", async () => {
    const id = await whole();
    expect(await verdictOf(id)).toMatchObject({
      verdict: "whole",
      entries: 9,
      signed_heads: 1,
      first_break: null,
    });
    const exported = await (await api.get(`/sessions/${id}/export`)).text();
    const lines = exported
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; entry?: { kind: string; place?: number } });
    expect(lines.map(({ type, entry }) => entry?.kind ?? type)).toEqual([
      "export",
      "start",
      "event",
      "intent",
      "outcome",
      "chunk",
      "chunk",
      "intent",
      "outcome",
      "end",
      "head",
      "end",
    ]);
    expect(lines.map(({ entry }) => entry?.place ?? null)).toEqual([
      null,
      null,
      3,
      1,
      4,
      5,
      6,
      2,
      7,
      null,
      null,
      null,
    ]);
  });

  test("is whole when its batches were lost and made again, by the same process and by another", async () => {
    const id = await record(async (world) => {
      const { journal, progress } = world;
      progress.set(2, "running");
      journal.intend(1, JSON.stringify(intent(1, "SELECT 1")));
      journal.settle(1, outcome(1), TAIL);
      journal.intend(2, JSON.stringify(intent(2, "SELECT pg_sleep(10)")));
      journal.event({ n: 1, at: T0 + 5, kind: "cancel_requested", detail: "" });
      await world.outbox().drain();
      await world.outbox().drain();
      for (let n = 0; n < 70; n++) journal.chunk({ seq: 2, stream: "response", n, bytes: CHUNK });
      await world.outbox().drain();
      progress.clear();
      recover(journal, T0 + 70_000);
      expect(await world.outbox().drain()).toBe(true);
      expect(await world.outbox().drain()).toBe(true);
    });
    expect(await verdictOf(id)).toMatchObject({ verdict: "whole", entries: 77 });
  });

  test("is whole, in order and without a loss when D1 fails again and again under load", async () => {
    const faulty = { calls: 0 };
    const id = await record(
      async ({ journal, progress, outbox }) => {
        const carry = outbox();
        for (let seq = 1; seq <= 300; seq++) {
          journal.intend(seq, JSON.stringify(intent(seq, `SELECT ${String(seq)}`)));
          progress.set(seq, "running");
          if (seq % 3 === 0) journal.event({ n: seq / 3, at: T0, kind: "cancel_requested", detail: "" });
          if (seq % 7 === 0) journal.chunk({ seq, stream: "response", n: 0, bytes: CHUNK });
          journal.settle(seq, outcome(seq, { responseBytes: seq % 7 === 0 ? 3006 : 6 }), TAIL);
          if (seq % 5 !== 0) progress.delete(seq);
          for (let done = 1; done < seq; done++) progress.delete(done);
          if (seq % 10 === 0) await carry.drain().catch(() => undefined);
        }
        progress.clear();
        end(journal);
        while (!(await carry.drain().catch(() => false)));
      },
      RECORD_KEY,
      null,
      () => {
        // Before it was written, after it was written, or not: in turns of no simple period.
        faulty.calls++;
        return faulty.calls % 3 === 0 ? "before" : faulty.calls % 5 === 0 ? "after" : "none";
      },
    );
    expect(faulty.calls).toBeGreaterThan(30);
    expect(await verdictOf(id)).toMatchObject({ verdict: "whole", entries: 2 + 600 + 100 + 42 });
  });

  test("an outcome that may still be written anew holds back what comes behind it", async () => {
    const id = await record(async (world) => {
      const { journal, progress } = world;
      const outbox = world.outbox();
      journal.intend(1, JSON.stringify(intent(1, "SELECT 1")));
      journal.settle(1, outcome(1, { transactionStatus: null }), TAIL);
      progress.set(1, "running");
      journal.event({ n: 1, at: T0 + 5, kind: "cancel_requested", detail: "" });
      await outbox.drain();
      journal.settle(1, outcome(1), TAIL);
      progress.clear();
      end(journal);
      expect(await outbox.drain()).toBe(true);
    });
    expect(await verdictOf(id)).toMatchObject({ verdict: "whole", entries: 5 });
  });

  /** An intent as the recorder cuts it: in chunks, or in its row. */
  function ask(journal: Journal, seq: number, text: string, anew: boolean, inRow = false): void {
    const asked = intent(seq, text);
    const json = new TextEncoder().encode(JSON.stringify(asked));
    if (anew) journal.withdrawIntentChunks(seq);
    if (inRow) return journal.intend(seq, JSON.stringify(asked));
    for (let n = 0; n * 1000 < json.length; n++)
      journal.chunk({ seq, stream: "intent", n, bytes: json.subarray(n * 1000, (n + 1) * 1000) });
    journal.intend(seq, null, JSON.stringify(intentHead(asked)));
  }

  test.each([
    ["longer", "y".repeat(3500), false],
    ["shorter", "y".repeat(800), false],
    ["as short as a row takes", "y", true],
  ])("a large intent is whole, also where it was written anew while it ran: %s", async (_, text, inRow) => {
    const id = await record(async ({ journal, progress, outbox }) => {
      const carry = outbox();
      ask(journal, 1, "x".repeat(2500), false);
      progress.set(1, "running");
      await carry.drain();
      ask(journal, 1, text, true, inRow);
      journal.settle(1, outcome(1, { responseBytes: 6 }), TAIL);
      progress.clear();
      end(journal);
      expect(await carry.drain()).toBe(true);
    });
    expect(await verdictOf(id)).toMatchObject({ verdict: "whole", entries: 4, first_break: null });
  });

  test("a large intent that waits for its Bind holds back other chunks behind it, and nothing else", async () => {
    const id = await record(async ({ journal, progress, outbox }) => {
      const carry = outbox();
      journal.intend(1, JSON.stringify(intent(1, "SELECT 1")));
      // More chunks of it than the outbox looks ahead.
      ask(journal, 2, "x".repeat(12_000), false);
      progress.set(2, "assembling");
      journal.event({ n: 1, at: T0 + 5, kind: "cancel_requested", detail: "" });
      journal.settle(1, outcome(1, { responseBytes: 6 }), TAIL);
      journal.event({ n: 2, at: T0 + 6, kind: "cancel_requested", detail: "" });
      await carry.drain();
      // By another process too, which knows of what D1 has by the journal alone.
      await outbox().drain();
      const counted = "SELECT count(*) AS n FROM events WHERE session_id = ?";
      const carried = await db.prepare(counted).bind(journal.opened()?.start.id).first<{ n: number }>();
      expect(carried?.n).toBe(2);
      ask(journal, 2, "y".repeat(11_000), true);
      journal.settle(2, outcome(2, { responseBytes: 6 }), TAIL);
      progress.clear();
      end(journal);
      expect(await carry.drain()).toBe(true);
    });
    expect(await verdictOf(id)).toMatchObject({ verdict: "whole", entries: 8, first_break: null });
  });

  test("heads are signed in between, and tell how far a live session is proved", async () => {
    const id = await record(async (world) => {
      for (let n = 1; n <= 1_100; n++)
        world.journal.event({ n, at: T0, kind: "cancel_requested", detail: "" });
      await world.outbox().drain();
    });
    const { verdict, signed_heads: heads } = await verdictOf(id);
    expect({ verdict, heads: heads > 0 }).toEqual({ verdict: "open", heads: true });
  });
});

describe("large results", () => {
  const LINE = "a line of a result that looks like the one before it, number ";
  const piece = (n: number): Uint8Array => new TextEncoder().encode(LINE.repeat(60) + String(n));
  const stored = new Map<string, Uint8Array>();
  const bucket: Bucket = {
    put: (key, bytes) => Promise.resolve(stored.set(key, bytes.slice())),
    get: (key) => {
      const bytes = stored.get(key);
      return Promise.resolve(
        bytes === undefined
          ? null
          : { size: bytes.length, arrayBuffer: () => Promise.resolve(bytes.slice().buffer as ArrayBuffer) },
      );
    },
  };
  const withBucket = (): Api =>
    openApiUnderTest(db, async () => {}, { RECORD_KEY, RECORDS: bucket as R2Bucket });
  let id: string;
  let expected: Uint8Array;

  beforeAll(async () => {
    const parts = Array.from({ length: 7 }, (_, n) => piece(n));
    expected = new Uint8Array(await new Blob(parts).arrayBuffer());
    id = await record(
      async ({ journal, outbox }) => {
        journal.intend(1, JSON.stringify(intent(1, "SELECT many")));
        for (const [n, bytes] of parts.slice(0, 6).entries())
          journal.chunk({ seq: 1, stream: "response", n, bytes });
        journal.settle(1, outcome(1, { responseBytes: expected.length }), parts[6] ?? TAIL);
        end(journal);
        await outbox().drain();
      },
      RECORD_KEY,
      bucket,
    );
  });

  test("are stored compressed, in the bucket from the fifth chunk on, and come back byte for byte", async () => {
    const { results } = await db
      .prepare("SELECT n, encoding, length(bytes) AS bytes FROM chunks WHERE session_id = ? ORDER BY n")
      .bind(id)
      .all<{ n: number; encoding: string; bytes: number }>();
    expect(results.map(({ encoding }) => encoding)).toEqual([
      ...Array.from({ length: 4 }, () => "deflate"),
      ...Array.from({ length: 2 }, () => "bucket+deflate"),
    ]);
    expect(Math.max(...results.map(({ bytes }) => bytes))).toBeLessThan(400);
    expect([...stored.keys()]).toEqual([`sessions/${id}/1/response/4`, `sessions/${id}/1/response/5`]);
    const wire = await withBucket().get(`/sessions/${id}/statements/1/result?format=wire`);
    expect(new Uint8Array(await wire.arrayBuffer())).toEqual(expected);
  });

  test("are verified where they are: what is changed or missing in the bucket is found", async () => {
    const verdict = async (): Promise<string> => {
      const said = await (await withBucket().get(`/sessions/${id}/verify`)).json<Verdict>();
      return `${said.verdict} ${said.first_break?.what ?? ""}`;
    };
    expect(await verdict()).toBe("whole ");
    const key = `sessions/${id}/1/response/5`;
    const kept = stored.get(key) ?? TAIL;
    stored.set(key, kept.with(9, (kept[9] ?? 0) ^ 1));
    expect(await verdict()).toBe("broken the entry is not what was recorded: its hash differs");
    stored.delete(key);
    expect(await verdict()).toBe("broken the entry is not what was recorded: its hash differs");
    stored.set(key, kept);
    expect(await verdict()).toBe("whole ");
  });
});

describe("what is not whole says so", () => {
  test("a live session is open", async () => {
    const id = await record(async (world) => {
      fill(world);
      await world.outbox().drain();
    });
    expect(await verdictOf(id)).toMatchObject({ verdict: "open", entries: 8 });
  });

  test("a gateway without a key leaves it unsigned", async () => {
    const id = await record(async (world) => {
      fill(world);
      end(world.journal);
      await world.outbox().drain();
    }, null);
    expect(await verdictOf(id)).toMatchObject({ verdict: "unsigned", entries: 9 });
  });

  test("signed by a key that the keys document does not have", async () => {
    const id = await record(async (world) => {
      fill(world);
      end(world.journal);
      await world.outbox().drain();
    }, "17".repeat(32));
    const { verdict, first_break: first } = await verdictOf(id);
    expect({ verdict, what: first?.what }).toEqual({
      verdict: "broken",
      what: "a head is signed by a key that is not in the keys document",
    });
  });

  test("a session of before there was a chain", async () => {
    const id = crypto.randomUUID().replaceAll("-", "");
    const ledger = new Ledger(db);
    await ledger.write(
      batch(id, {
        start: start(id),
        statements: [statement(1, "SELECT 1")],
        end: { endedAt: T0 + 1, reason: "agent_terminated", detail: null },
      }),
    );
    expect(await verdictOf(id)).toMatchObject({ verdict: "not_chained", first_break: null });
    const lines = (await (await api.get(`/sessions/${id}/export`)).text()).trim().split("\n");
    expect(lines).toHaveLength(6);
  });
});

/** The tables of a journal of before there was a chain. */
const EARLIER = `
  CREATE TABLE session (
    id INTEGER PRIMARY KEY CHECK (id = 1), start TEXT NOT NULL, ending TEXT,
    confirmed_seq INTEGER NOT NULL DEFAULT 0, confirmed_chunk INTEGER NOT NULL DEFAULT 0,
    confirmed_event INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE statement (
    seq INTEGER PRIMARY KEY, revision INTEGER NOT NULL, intent TEXT, head TEXT, outcome TEXT, tail BLOB
  );
  CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, stream TEXT NOT NULL, n INTEGER NOT NULL, bytes BLOB NOT NULL
  );
  CREATE TABLE event (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
`;

test("a session that was under way before there was a chain is recovered, without one", async () => {
  const id = crypto.randomUUID().replaceAll("-", "");
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, { storage }) => {
    const { sql } = storage;
    sql.exec(EARLIER);
    sql.exec("INSERT INTO session (id, start) VALUES (1, ?)", JSON.stringify(start(id)));
    const asked = (seq: number): string => JSON.stringify(intent(seq, "SELECT 1"));
    const settled = JSON.stringify(outcome(1, { responseBytes: 6 }));
    sql.exec(
      "INSERT INTO statement VALUES (1, 2, ?, NULL, ?, ?), (2, 1, ?, NULL, NULL, NULL)",
      asked(1),
      settled,
      TAIL,
      asked(2),
    );
    sql.exec("INSERT INTO chunk VALUES (1, 2, 'response', 0, ?)", CHUNK);
    sql.exec("INSERT INTO event VALUES (1, ?, 'cancel_requested', '')", T0);
    const journal = new Journal(sql);
    recover(journal, T0 + 9_000);
    expect(await new Outbox(journal, new Ledger(db), () => "final").drain()).toBe(true);
  });
  expect(await verdictOf(id)).toMatchObject({ verdict: "not_chained", entries: 0, first_break: null });
  const session = await (await api.get(`/sessions/${id}`)).json<{ counts: object; end_reason: string }>();
  expect(session).toMatchObject({ end_reason: "gateway_lost", counts: { statements: 2, unknown: 1 } });
});

/** Each is an edit of D1 by somebody who may write there, and what it is found by. */
const EDITS: Readonly<Record<string, readonly [sql: string, found: string | RegExp]>> = {
  "who it was": [
    "UPDATE sessions SET subject = 'someone' WHERE id = ?",
    "0: the entry is not what was recorded: its hash differs",
  ],
  "its roles, to what is no JSON": [
    "UPDATE sessions SET roles = '[' WHERE id = ?",
    "0: the entry is not what was recorded: its hash differs",
  ],
  "why it ended": [
    "UPDATE sessions SET end_reason = 'token_expired' WHERE id = ?",
    "8: the entry is not what was recorded: its hash differs",
  ],
  "a statement's text": [
    "UPDATE statements SET intent = replace(intent, 'ä', 'b') WHERE session_id = ? AND seq = 1",
    "2: the entry is not what was recorded: its hash differs",
  ],
  "a statement's text, to what is no JSON": [
    "UPDATE statements SET intent = 'x' WHERE session_id = ? AND seq = 1",
    "2: the entry is not what was recorded: its hash differs",
  ],
  "an outcome": [
    "UPDATE statements SET outcome = replace(outcome, 'failed', 'completed') WHERE session_id = ? AND seq = 2",
    "7: the entry is not what was recorded: its hash differs",
  ],
  "the end of a response": [
    "UPDATE statements SET response_tail = unhex('5a') WHERE session_id = ? AND seq = 1",
    "3: the entry is not what was recorded: its hash differs",
  ],
  "a chunk": [
    "UPDATE chunks SET bytes = unhex('00') WHERE session_id = ? AND stream = 'response'",
    "5: the entry is not what was recorded: its hash differs",
  ],
  "a chunk taken away": [
    "DELETE FROM chunks WHERE session_id = ? AND stream = 'request'",
    "4: the entry is missing",
  ],
  "a statement taken away": [
    "DELETE FROM statements WHERE session_id = ? AND seq = 1",
    "2: the entry and those up to 3 are missing",
  ],
  "an event taken away": ["DELETE FROM events WHERE session_id = ?", "1: the entry is missing"],
  "its end taken away": [
    "UPDATE sessions SET ended_at = null, chain_end = null, chain_entries = null WHERE id = ?",
    /entries from 0 on were changed/,
  ],
  "its end and its head taken away": [
    "UPDATE sessions SET ended_at = null, chain_end = null, chain_entries = null WHERE id = ?; DELETE FROM heads WHERE session_id = ?",
    "open",
  ],
  "what search finds it by": [
    "DELETE FROM facets WHERE session_id = ? AND facet = 'rule'",
    "null: search does not find the session by the rule of statement 1",
  ],
  "where search begins": [
    "UPDATE facets SET first_seq = 2 WHERE session_id = ? AND facet = 'decision'",
    "null: search begins behind statement 1 for its decision",
  ],
  "when search thinks that it was": [
    "UPDATE facets SET started_at = started_at + 1 WHERE session_id = ? AND facet = 'rule'",
    /search does not find/,
  ],
  "when it was seen last": [
    "UPDATE sessions SET last_seen = last_seen + 1 WHERE id = ?",
    "null: the session was not seen last when it ended",
  ],
  "a revision": [
    "UPDATE statements SET revision = revision + 1 WHERE session_id = ? AND seq = 1",
    "3: the entry is not what was recorded: its hash differs",
  ],
  "how a tail is stored": [
    "UPDATE statements SET tail_encoding = 'deflate' WHERE session_id = ? AND seq = 1",
    "3: the entry is not what was recorded: its hash differs",
  ],
  "how a chunk is stored": [
    "UPDATE chunks SET encoding = 'bucket' WHERE session_id = ? AND stream = 'response'",
    "5: the entry is not what was recorded: its hash differs",
  ],
  "its head taken away": ["DELETE FROM heads WHERE session_id = ?", "unsigned"],
  "another time in its head": [
    "UPDATE heads SET at = at + 1 WHERE session_id = ?",
    "8: the signature of a head is not valid",
  ],
  "two statements swapped": ["UPDATE statements SET seq = 3 - seq WHERE session_id = ?", /^[24]: /],
  "a statement put in": [
    "INSERT INTO statements (session_id, seq, revision, state, response_tail, outcome, intent) SELECT session_id, 3, 9, state, response_tail, outcome, intent FROM statements WHERE session_id = ? AND seq = 1",
    "null: statement 3 is stored and has no entry in the chain",
  ],
  "a chunk put in": [
    "INSERT INTO chunks (session_id, seq, stream, n, bytes) VALUES (?, 1, 'response', 0, unhex('00'))",
    "null: chunk 0 of the response of statement 1 is stored and has no entry in the chain",
  ],
  "an event put in": [
    "INSERT INTO events (session_id, n, at, kind, detail) VALUES (?, 2, 0, 'cancel_requested', '')",
    "null: event 2 is stored and has no entry in the chain",
  ],
  "a column that is searched": [
    "UPDATE statements SET rule = 'other' WHERE session_id = ? AND seq = 2",
    "null: column rule of statement 2 does not say what was recorded",
  ],
  "the text that is searched": [
    "UPDATE statements SET statement = 'SELECT 1' WHERE session_id = ? AND seq = 2",
    "null: column statement of statement 2 does not say what was recorded",
  ],
  "a count": [
    "UPDATE sessions SET failed = 0 WHERE id = ?",
    "null: the session's count of failed is not that of its statements",
  ],
};

describe("what the log knows, D1 cannot take back", () => {
  const known = (held: boolean): Api =>
    openApiUnderTest(
      db,
      async () => {},
      { RECORD_KEY },
      {
        checkpoint: () => Promise.resolve(null),
        // Never a valid proof: of an ended session it is looked at, of one that looks live its being there is enough.
        inclusion: () => Promise.resolve({ index: 0, proof: [], checkpoint: "" }),
        inclusionOf: () => Promise.resolve(null),
        isHeld: () => Promise.resolve(held),
        consistency: () => Promise.resolve(null),
        leaves: () => Promise.resolve([]),
      },
    );
  const breaks = async (knowing: Api, id: string): Promise<string[]> => {
    const said = await (await knowing.get(`/sessions/${id}/verify`)).json<{ breaks: { what: string }[] }>();
    return said.breaks.map(({ what }) => what);
  };

  test.each([
    ["its end", ""],
    ["its chain", ", chain_start = null"],
  ])("%s", async (_, more) => {
    const id = await whole();
    await db
      .prepare(
        `UPDATE sessions SET ended_at = null, chain_end = null, chain_entries = null${more} WHERE id = ?`,
      )
      .bind(id)
      .run();
    await db.prepare("DELETE FROM heads WHERE session_id = ?").bind(id).run();
    expect(await breaks(known(false), id)).toContain(UNLIKE_LOG);
  });

  test("a legal hold, unless word of its end is on the way", async () => {
    const id = await whole();
    const HELD = "the log has a legal hold on the session, and D1 has none";
    expect(await breaks(known(true), id)).toContain(HELD);
    const by = { issuer: "https://issuer.test", subject: "admin-1" };
    const lifted = { type: "sluice.hold/1", session: id, state: "lifted", at: 1, by, reason: null } as const;
    const waits = async (leaf: string): Promise<void> => {
      await db.prepare("INSERT OR REPLACE INTO log_outbox (n, leaf) VALUES (77, ?)").bind(leaf).run();
    };
    await waits(JSON.stringify(lifted));
    expect(await breaks(known(true), id)).toContain(HELD);
    await waits(await seal(SESSION_KEY, lifted));
    expect(await breaks(known(true), id)).not.toContain(HELD);
    await db.prepare("DELETE FROM log_outbox WHERE n = 77").run();
    await db.prepare("UPDATE sessions SET hold = '{}' WHERE id = ?").bind(id).run();
    expect(await breaks(known(true), id)).not.toContain(HELD);
  });

  test("a session that is copied under another id is not that session", async () => {
    const id = await whole();
    const copy = crypto.randomUUID().replaceAll("-", "");
    for (const [table, column] of [
      ["sessions", "id"],
      ["statements", "session_id"],
      ["chunks", "session_id"],
      ["events", "session_id"],
      ["heads", "session_id"],
    ] as const) {
      const { results } = await db
        .prepare(`SELECT name FROM pragma_table_info('${table}')`)
        .all<{ name: string }>();
      const names = results.map(({ name }) => `"${name}"`).join(", ");
      const values = results.map(({ name }) => (name === column ? "?1" : `"${name}"`)).join(", ");
      await db
        .prepare(`INSERT INTO ${table} (${names}) SELECT ${values} FROM ${table} WHERE ${column} = ?2`)
        .bind(copy, id)
        .run();
    }
    const { verdict, first_break: first } = await verdictOf(copy);
    expect({ verdict, first }).toEqual({
      verdict: "broken",
      first: { entry: 0, what: "the entry is not what was recorded: its hash differs" },
    });
  });
});

describe("an edit of D1 is found", () => {
  test.for(Object.entries(EDITS))("%s", async ([, [sql, found]]) => {
    const id = await whole();
    if (sql.startsWith("UPDATE statements SET seq = 3 - seq")) {
      await db.prepare("UPDATE statements SET seq = 9 WHERE session_id = ? AND seq = 1").bind(id).run();
      await db.prepare("UPDATE statements SET seq = 1 WHERE session_id = ? AND seq = 2").bind(id).run();
      await db.prepare("UPDATE statements SET seq = 2 WHERE session_id = ? AND seq = 9").bind(id).run();
    } else {
      for (const one of sql.split("; ")) {
        const { meta } = await db.prepare(one).bind(id).run();
        expect(meta.changes).toBeGreaterThan(0);
      }
    }
    const { verdict, first_break: first } = await verdictOf(id);
    const said = first === null ? verdict : `${String(first.entry)}: ${first.what}`;
    expect(said).toMatch(typeof found === "string" ? new RegExp(`^${found}$`) : found);
    expect(verdict).not.toBe("whole");
  });
});
