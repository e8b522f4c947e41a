// What changed on its way into the log: put in with the change, carried once and in order, whatever fails in between.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ChangeLeaf } from "#core/record";
import { LogOutbox } from "../../../durable-objects/log/outbox.ts";
import { SqliteLog } from "../../../durable-objects/log/sqlite-log.ts";

const BY = { issuer: "https://issuer.test", subject: "admin" };

function policy(target: string, version: number): ChangeLeaf {
  const sha256 = "0".repeat(64);
  return { type: "sluice.policy/1", target, version, at: version, by: BY, comment: "", sha256 };
}

function hold(session: string, at: number, state: "set" | "lifted"): ChangeLeaf {
  return { type: "sluice.hold/1", session, state, at, by: BY, reason: null };
}

async function inObject(act: (sql: SqlStorage) => Promise<void>): Promise<void> {
  const object = env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId());
  await runInDurableObject(object, (_, state) => act(state.storage.sql));
}

test("a log that fails, or whose answer is lost, gets each once and in order", () =>
  inObject(async (sql) => {
    const log = new SqliteLog(sql);
    let call = 0;
    const flaky = async (leaf: ChangeLeaf): Promise<void> => {
      call++;
      if (call % 3 === 0) throw new Error("the log does not answer");
      await log.append(leaf);
      if (call % 3 === 1) throw new Error("the answer is lost");
    };
    for (let version = 1; version <= 10; version++) {
      // A new object each time: nothing is in memory alone.
      const outbox = new LogOutbox(sql, flaky);
      outbox.put(policy("shop", version));
      outbox.put(policy("shop", version));
      expect(outbox.waiting("shop").at(-1)).toMatchObject({ version });
      expect(outbox.nextDue(0)).toBeGreaterThan(0);
      await outbox.send();
    }
    const outbox = new LogOutbox(sql, flaky);
    while (outbox.nextDue(0) !== null) await outbox.send();
    const versions = log.leaves(0, 100).map((leaf) => (JSON.parse(leaf) as { version: number }).version);
    expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(outbox.waiting("shop")).toEqual([]);
  }));

test("the log gives back what it tells of one thing, and of nothing with a longer name", () =>
  inObject(async (sql) => {
    const log = new SqliteLog(sql);
    const leaves = [
      policy("shop", 1),
      policy("shop-2", 1),
      { type: "sluice.session/1", session: "aa", entries: 1, hash: "0" } as const,
      hold("aa", 1, "set"),
      policy("shop", 2),
      hold("aa", 2, "lifted"),
      hold("aab", 2, "set"),
    ];
    for (const leaf of leaves) await log.append(leaf);
    const numbers = (subject: string, ...types: Parameters<SqliteLog["about"]>[1]): number[] =>
      log.about(subject, types, -1, 10).map(({ index }) => index);
    expect(numbers("shop", "sluice.policy/1")).toEqual([0, 4]);
    expect(numbers("aa", "sluice.hold/1", "sluice.session/1")).toEqual([2, 3, 5]);
    expect(numbers("aa", "sluice.hold/1")).toEqual([3, 5]);
    expect(log.about("aa", ["sluice.hold/1"], 3, 10).map(({ index }) => index)).toEqual([5]);
  }));
