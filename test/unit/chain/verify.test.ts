// The verifier of exports: silent on honest sessions, and not on one that differs from what was recorded by a single bit.
import { beforeAll, describe, expect, test } from "vitest";
import type { ExportLine } from "#core/record";
import { type Keys, readKeys, type Verdict, verifyExport } from "../../../client-shim/src/record/index.ts";
import { jsonLines } from "../../../client-shim/src/record/lines.ts";
import { NODE_CRYPTO } from "../../../client-shim/src/record/node-crypto.ts";
import type { RecordKey } from "../../../durable-objects/record-key.ts";
import {
  keysDocument,
  ndjson,
  type Recorded,
  recordKey,
  recordSession,
} from "../../support/recorded-session.ts";

const ID = "0123456789abcdef0123456789abcdef";

let key: RecordKey;
let keys: Keys;
let recorded: Recorded;

beforeAll(async () => {
  key = await recordKey();
  keys = readKeys(keysDocument(key)) ?? new Map();
  recorded = await recordSession({ id: ID, statements: 3, chunked: new Set([2]), events: 1, batch: 2 }, key);
});

async function verdictOf(bytes: Uint8Array): Promise<Verdict> {
  async function* once(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  return verifyExport(jsonLines(once()), keys, NODE_CRYPTO);
}

async function verdictOfLines(lines: readonly unknown[]): Promise<Verdict> {
  return verdictOf(new TextEncoder().encode(ndjson(lines)));
}

/** Places of the entries among the lines. */
function entryLines(): number[] {
  return recorded.lines.flatMap(({ type }, i) => (type === "entry" ? [i] : []));
}

describe("honest sessions", () => {
  test("10,000 of them raise no alarm", async () => {
    const verdicts = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const id = i.toString(16).padStart(32, "0");
      const statements = i % 997 === 0 ? 40 : i % 3;
      const shape = { id, statements, chunked: new Set([i % 3]), events: i % 2, batch: 1 + (i % 5) };
      const { lines } = await recordSession(shape, key);
      const { verdict, breaks } = await verdictOfLines(lines);
      const said = `${verdict} ${breaks[0]?.what ?? ""}`;
      verdicts.set(said, (verdicts.get(said) ?? 0) + 1);
    }
    expect([...verdicts]).toEqual([["whole ", 10_000]]);
  }, 60_000);
});

describe("an export that was tampered with is not whole", () => {
  test("by any single bit", async () => {
    const { lines } = await recordSession({ id: ID, statements: 1, events: 0 }, key);
    const bytes = new TextEncoder().encode(ndjson(lines));
    expect(await verdictOf(bytes)).toMatchObject({ verdict: "whole" });
    const passed: number[] = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { verdict } = await verdictOf(flipped);
      if (verdict === "whole") passed.push(bit);
    }
    expect(passed).toEqual([]);
  }, 120_000);

  test("by a dropped, a doubled or a swapped line, and says which entry", async () => {
    const all: unknown[] = [...recorded.lines];
    for (const i of all.keys()) {
      expect(await verdictOfLines(all.toSpliced(i, 1))).not.toMatchObject({ verdict: "whole" });
      expect(await verdictOfLines(all.toSpliced(i, 0, all[i]))).toMatchObject({ verdict: "broken" });
      if (i === 0) continue;
      const swapped = all.with(i, all[i - 1]).with(i - 1, all[i]);
      expect(await verdictOfLines(swapped)).toMatchObject({ verdict: "broken" });
    }
    for (const [n, i] of entryLines().slice(0, -1).entries()) {
      const { breaks } = await verdictOfLines(all.toSpliced(i, 1));
      expect(breaks[0]).toMatchObject({ entry: n, what: "the entry is missing" });
    }
  });

  test("by a cut at any byte", async () => {
    const bytes = new TextEncoder().encode(ndjson(recorded.lines));
    for (let length = 0; length < bytes.length; length += length < bytes.length - 200 ? 7 : 1)
      expect((await verdictOf(bytes.subarray(0, length))).verdict).toBe("broken");
  });

  test("by an edit with all hashes made anew: the head tells it", async () => {
    const other = await recordSession({ id: ID, statements: 2, chunked: new Set([2]), events: 1 }, key);
    const forged: unknown[] = [...other.lines];
    const at = other.lines.findIndex(({ type }) => type === "head");
    forged[at] = { type: "head", ...recorded.head };
    const { verdict, breaks } = await verdictOfLines(forged);
    expect({ verdict, what: breaks[0]?.what }).toEqual({
      verdict: "broken",
      what: "the chain is not the one whose head was signed: entries from 0 on were changed, moved or taken away",
    });
  });

  test("by the same with a key of one's own", async () => {
    const mine = await recordKey("17");
    const { lines } = await recordSession({ id: ID, statements: 2 }, mine);
    expect(await verdictOfLines(lines)).toMatchObject({
      verdict: "broken",
      breaks: [{ what: "a head is signed by a key that is not in the keys document" }],
    });
  });

  test("by an entry of another session", async () => {
    const other = await recordSession(
      { id: "f".repeat(32), statements: 3, chunked: new Set([2]), events: 1 },
      key,
    );
    for (const i of entryLines()) {
      const lines = recorded.lines.with(i, other.lines[i] as ExportLine);
      expect(await verdictOfLines(lines)).toMatchObject({ verdict: "broken" });
    }
  });

  test("by its end taken away, whatever else is made to fit", async () => {
    const i = recorded.lines.length - 3;
    const cut = [
      { ...recorded.lines[0], state: "live" },
      ...recorded.lines.slice(1, i),
      { type: "end", entries: entryLines().length - 1 },
    ];
    expect(await verdictOfLines(cut)).toMatchObject({ verdict: "open" });
  });
});
