// Golden vectors: an export, its keys and the log, byte for byte as they have to be made for ever, and both verifiers on them.
// The second one (docs/verify-record.mjs) shares no code with the gateway or the first.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hexEncode, utf8Encode } from "#core/bytes";
import { canonicalJson, inclusionProof, type Leaf } from "#core/record";
import { readKeys, verifyExport, verifyLog } from "../../../client-shim/src/record/index.ts";
import { jsonLines } from "../../../client-shim/src/record/lines.ts";
import { NODE_CRYPTO } from "../../../client-shim/src/record/node-crypto.ts";
import { checkpointOf } from "../../../durable-objects/log/checkpoint.ts";
import { keysDocument, ndjson, recordKey, recordSession } from "../../support/recorded-session.ts";

const GOLDEN = resolve(import.meta.dirname, "golden");
const SECOND = resolve(import.meta.dirname, "../../../docs/verify-record.mjs");
const ID = "00112233445566778899aabbccddeeff";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "sluice-golden-"));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function* golden(name: string): AsyncGenerator<Uint8Array> {
  yield readFileSync(join(GOLDEN, name));
}

/** Exit status of the second verifier. */
async function second(session: string): Promise<number> {
  return new Promise((done) => {
    execFile(process.execPath, [SECOND, session, join(GOLDEN, "keys.json")], (error) => {
      done(error === null ? 0 : Number(error.code));
    });
  });
}

test("the gateway makes them byte for byte", async () => {
  const key = await recordKey();
  const { lines, head } = await recordSession(
    { id: ID, statements: 3, chunked: new Set([2]), events: 1 },
    key,
  );
  const leaf = (n: number): Leaf => ({
    type: "sluice.session/1",
    session: `${String(n)}`.repeat(32),
    entries: 2,
    hash: "0".repeat(64),
  });
  const { entries, hash } = head.head;
  const deleted = {
    session: "1".repeat(32),
    at: 1_763_629_200_000,
    by: "https://issuer.test admin-1",
    reason: "retention",
  };
  const leaves: Leaf[] = [
    leaf(1),
    { type: "sluice.session/1", session: ID, entries, hash },
    { type: "sluice.deletion/1", ...deleted },
  ];
  const tree = await treeOf(leaves);
  const checkpoint = await checkpointOf("gateway.test/log", tree, key);
  const proof = (await inclusionProof(1, 3, tree.read, node)).map(hexEncode);
  const inclusion = { type: "inclusion", index: 1, proof, checkpoint };
  const log = [
    { type: "log", format: "sluice-log/1", origin: "gateway.test/log" },
    ...leaves.map((one, index) => ({ type: "leaf", index, leaf: one })),
    { type: "checkpoint", checkpoint },
  ];
  await expect(`${JSON.stringify(keysDocument(key), null, 2)}\n`).toMatchFileSnapshot("golden/keys.json");
  await expect(ndjson(lines.toSpliced(-1, 0, inclusion as never))).toMatchFileSnapshot(
    "golden/session.ndjson",
  );
  await expect(ndjson(log)).toMatchFileSnapshot("golden/log.ndjson");
});

test("the verifier takes them for whole, and their log", async () => {
  const keys = readKeys(JSON.parse(readFileSync(join(GOLDEN, "keys.json"), "utf8"))) ?? new Map();
  const verdict = await verifyExport(jsonLines(golden("session.ndjson")), keys, NODE_CRYPTO);
  expect(verdict).toMatchObject({ verdict: "whole", entries: 10, heads: 1, leaf: 1, breaks: [] });
  const log = await verifyLog(jsonLines(golden("log.ndjson")), null, keys, NODE_CRYPTO);
  expect(log).toMatchObject({ origin: "gateway.test/log", size: 3, breaks: [] });
  expect([...log.deletions.keys()]).toEqual(["1".repeat(32)]);
});

test("so does one that shares no code with it, and neither when a bit is changed anywhere", async () => {
  expect(await second(join(GOLDEN, "session.ndjson"))).toBe(0);
  expect(readFileSync(SECOND, "utf8").split("\n").length).toBeLessThan(150);
  const keys = readKeys(JSON.parse(readFileSync(join(GOLDEN, "keys.json"), "utf8"))) ?? new Map();
  const bytes = readFileSync(join(GOLDEN, "session.ndjson"));
  for (let at = 37; at < bytes.length; at += 499) {
    const flipped = Uint8Array.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    const path = join(directory, "flipped.ndjson");
    writeFileSync(path, flipped);
    async function* once(): AsyncGenerator<Uint8Array> {
      yield flipped;
    }
    const { verdict } = await verifyExport(jsonLines(once()), keys, NODE_CRYPTO);
    expect({ at, verdict, second: await second(path) }).toEqual({ at, verdict: "broken", second: 1 });
  }
}, 60_000);

test("both take outcomes that say that a response is stored in part, and notice another digest", async () => {
  const key = await recordKey();
  const more = { digest: "ab".repeat(32), storedBytes: 12, responseBytes: 900 };
  const kept = { recorded: "truncated", ...more } as const;
  const { lines } = await recordSession({ id: ID, statements: 2, chunked: new Set(), events: 0, kept }, key);
  const whole = ndjson(lines);
  const keys = readKeys(keysDocument(key)) ?? new Map();
  for (const [text, broken] of [
    [whole, false],
    [whole.replace("abab", "abac"), true],
  ] as const) {
    const path = join(directory, "digests.ndjson");
    writeFileSync(path, text);
    async function* once(): AsyncGenerator<Uint8Array> {
      yield utf8Encode(text);
    }
    const { verdict } = await verifyExport(jsonLines(once()), keys, NODE_CRYPTO);
    expect({ verdict, second: await second(path) }).toEqual({
      verdict: broken ? "broken" : "whole",
      second: broken ? 1 : 0,
    });
  }
});

async function node(left: Uint8Array, right: Uint8Array): Promise<Uint8Array> {
  return NODE_CRYPTO.sha256(Uint8Array.of(1, ...left, ...right));
}

async function treeOf(leaves: readonly Leaf[]): Promise<{
  readonly size: number;
  readonly root: Uint8Array;
  readonly read: (level: number, index: number) => Uint8Array;
}> {
  const [a, b, c] = await Promise.all(
    leaves.map((leaf) => NODE_CRYPTO.sha256(Uint8Array.of(0, ...utf8Encode(canonicalJson(leaf))))),
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error("three leaves");
  const left = await node(a, b);
  const levels = [[a, b, c], [left]];
  const read = (level: number, index: number): Uint8Array => levels[level]?.[index] ?? a;
  return { size: 3, root: await node(left, c), read };
}
