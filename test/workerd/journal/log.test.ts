// The log's tree in a real object's SQLite: roots, proofs of inclusion and of consistency, and checkpoints, checked by the
// verifier, which builds the tree in its own way.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Leaf } from "#core/record";
import { type Keys, hex } from "../../../client-shim/src/record/index.ts";
import { MerkleVerifier } from "../../../client-shim/src/record/merkle.ts";
import { openCheckpoint } from "../../../client-shim/src/record/note.ts";
import { checkpointOf, noteKey } from "../../../durable-objects/log/checkpoint.ts";
import { SqliteLog } from "../../../durable-objects/log/sqlite-log.ts";
import { rawKey, readRecordKey, type RecordKey } from "../../../durable-objects/record-key.ts";
import { WEB_CRYPTO } from "../../../worker/records/export/verify.ts";

const SIZES = 40;
const merkle = new MerkleVerifier(WEB_CRYPTO);

async function inLog(act: (log: SqliteLog) => Promise<void>): Promise<void> {
  const object = env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId());
  await runInDurableObject(object, (_, state) => act(new SqliteLog(state.storage.sql)));
}

function leaf(n: number): Leaf {
  return { type: "sluice.session/1", session: `s${String(n)}`, entries: n, hash: "0".repeat(64) };
}

async function key(): Promise<RecordKey> {
  const read = await readRecordKey("2a".repeat(32));
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

describe("the tree", () => {
  test("every size has the root of its leaves, every leaf is proved, every earlier size is a beginning", () =>
    inLog(async (log) => {
      const hashes: Uint8Array[] = [];
      const roots: Uint8Array[] = [];
      for (let n = 0; n < SIZES; n++) {
        expect(await log.append(leaf(n))).toBe(n);
        const [data = ""] = log.leaves(n, 1);
        hashes.push(await merkle.leaf(new TextEncoder().encode(data)));
        const { size, root } = await log.tree();
        roots.push(root);
        expect([size, hex(root)]).toEqual([n + 1, hex(await merkle.root(hashes))]);
        for (let i = 0; i <= n; i++) {
          const proof = await log.inclusion(i, size);
          const hash = hashes[i] ?? root;
          expect(await merkle.inclusion(hash, i, size, proof, root)).toBe(true);
          expect(await merkle.inclusion(hash, i + 1, size, proof, root)).toBe(false);
          const from = { size: i + 1, root: roots[i] ?? root };
          const consistency = await log.consistency(i + 1, size);
          expect(await merkle.consistency(from, { size, root }, consistency)).toBe(true);
          const other = { ...from, root: merkleNoise(from.root) };
          expect(await merkle.consistency(other, { size, root }, consistency)).toBe(false);
        }
      }
    }));

  test("a leaf that comes again is the same one; appends at once come one after the other", () =>
    inLog(async (log) => {
      const numbers = await Promise.all([0, 1, 2, 1, 0].map((n) => log.append(leaf(n))));
      expect(numbers).toEqual([0, 1, 2, 1, 0]);
      expect(log.size).toBe(3);
      expect(log.find("s2", "sluice.session/1")).toBe(2);
      expect(log.find("s2", "sluice.deletion/1")).toBeNull();
    }));
});

describe("a checkpoint", () => {
  test("opens with the key that signed it, and not when a letter is changed", () =>
    inLog(async (log) => {
      const signing = await key();
      const keys: Keys = new Map([[signing.public.kid, signing.public.x]]);
      for (const n of [0, 1, 2]) await log.append(leaf(n));
      const tree = await log.tree();
      const note = await checkpointOf("gateway.test/log", tree, signing);
      expect(await openCheckpoint(note, keys, WEB_CRYPTO)).toEqual({ origin: "gateway.test/log", ...tree });
      for (const wrong of [
        note.replace("\n3\n", "\n4\n"),
        note.replace("gateway", "getaway"),
        note.slice(0, -9),
      ])
        expect(typeof (await openCheckpoint(wrong, keys, WEB_CRYPTO))).toBe("string");
    }));

  test("the note verifier key has the form of C2SP signed-note", async () => {
    expect(await noteKey("gateway.test/log", rawKey((await key()).public))).toMatch(
      /^gateway\.test\/log\+[0-9a-f]{8}\+AR[A-Za-z0-9+/]{42}$/,
    );
  });
});

function merkleNoise(root: Uint8Array): Uint8Array {
  const other = root.slice();
  other[0] = (other[0] ?? 0) ^ 1;
  return other;
}
