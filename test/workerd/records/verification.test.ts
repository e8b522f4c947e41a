// Verifying without being asked, on the log's own SQLite: who is looked at when, what is kept of a broken record, and that it is told
// once for each break, and again after a crash.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { CheckStore } from "../../../durable-objects/log/checks.ts";
import { SqliteLog } from "../../../durable-objects/log/sqlite-log.ts";
import type { WebhookEvent } from "../../../durable-objects/webhooks/index.ts";
import { MISSING, type Reported } from "../../../worker/verification/report.ts";
import { verificationRound } from "../../../worker/verification/round.ts";

const WHOLE: Reported = { verdict: "whole", breaks: [] };
const BROKEN: Reported = {
  verdict: "broken",
  breaks: [
    { entry: 3, what: "the entry is not what was recorded" },
    { entry: 4, what: "does not follow" },
  ],
};

interface World {
  readonly log: SqliteLog;
  readonly checks: CheckStore;
  /** What D1 has; what is not in here is gone from it. */
  readonly verdicts: Map<string, Reported | "fails" | "away">;
  readonly looked: string[];
  readonly told: { readonly target: string | null; readonly event: WebhookEvent }[];
  readonly said: string[];
  announces: () => Promise<boolean>;
  now: number;
  end(session: string, verdict?: Reported): Promise<void>;
  round(): Promise<void>;
}

async function inLog(act: (world: World) => Promise<void>): Promise<void> {
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, state) => {
    const log = new SqliteLog(state.storage.sql);
    const checks = new CheckStore(state.storage.sql);
    const world: World = {
      log,
      checks,
      verdicts: new Map(),
      looked: [],
      told: [],
      said: [],
      announces: async () => true,
      now: 1_000,
      end: async (session, verdict = WHOLE) => {
        world.verdicts.set(session, verdict);
        await log.append({ type: "sluice.session/1", session, entries: 5, hash: "0".repeat(64) });
      },
      round: () =>
        verificationRound({
          log: {
            toCheck: async (fresh, again) => checks.toCheck(fresh, again),
            passed: async (leaf) => checks.passed(leaf),
            isDeleted: async (session) => log.find(session, "sluice.deletion/1") !== null,
            foundWhole: async (session) => checks.whole(session, world.now),
            foundBroken: async (broken) => checks.broken({ ...broken, at: world.now }),
            toldOfBroken: async (session) => checks.told(session),
          },
          find: async (session) => {
            world.looked.push(session);
            const verdict = world.verdicts.get(session);
            if (verdict === "away") throw new Error("D1 does not answer");
            if (verdict === undefined) return null;
            const verify = async (): Promise<Reported> => {
              if (verdict === "fails") throw new Error("canary");
              return verdict;
            };
            return { target: "shop", verify };
          },
          announce: async (target, event) => {
            const wanted = await world.announces();
            if (wanted) world.told.push({ target, event });
            return wanted;
          },
          now: () => world.now,
          tell: (what) => world.said.push(what),
        }),
    };
    await act(world);
  });
}

test("every session that ended is looked at once it is in the log, and again in its turn", () =>
  inLog(async (world) => {
    for (let i = 0; i < 60; i++) await world.end(`s${i}`);
    await world.log.append({
      type: "sluice.deletion/1",
      session: "s7",
      at: 1,
      by: "retention",
      reason: "old",
    });
    world.verdicts.delete("s7");
    await world.round();
    expect(world.checks.checks()).toMatchObject({ waiting: 19, checked: 40, at: 1_000, broken: [] });
    await world.round();
    expect(world.checks.checks().waiting).toBe(0);
    expect(new Set(world.looked).size).toBe(59);
    expect(world.looked).not.toContain("s7");
    const before = world.looked.length;
    for (let i = 0; i < 6; i++) await world.round();
    const again = world.looked.slice(before);
    expect(again).toHaveLength(60);
    expect(new Set(again).size).toBeGreaterThanOrEqual(58);
  }));

test("a record that says that it goes on, or never had a chain, is broken where the log has its end", () =>
  inLog(async (world) => {
    await world.end("open", { verdict: "open", breaks: [] });
    await world.end("bare", { verdict: "not_chained", breaks: [] });
    await world.end("unsigned", { verdict: "unsigned", breaks: [] });
    await world.round();
    expect(world.checks.checks().broken.map(({ session }) => session)).toEqual(["bare", "open"]);
    expect(world.told.map(({ event }) => event.id)).toHaveLength(2);
  }));

test("a broken record is kept and told once; one that is changed elsewhere as well, again; one that is whole again is not kept", () =>
  inLog(async (world) => {
    await world.end("good");
    await world.end("bad", BROKEN);
    for (let i = 0; i < 3; i++) await world.round();
    const [event, ...more] = world.told;
    expect(more).toEqual([]);
    expect(event).toEqual({
      target: "shop",
      event: {
        id: "bad.broken.3",
        type: "record.broken",
        at: 1_000,
        data: {
          session_id: "bad",
          target: "shop",
          entry: 3,
          what: "the entry is not what was recorded",
          breaks: 2,
        },
        statement: null,
      },
    });
    expect(world.checks.checks().broken).toMatchObject([
      { session: "bad", target: "shop", entry: 3, breaks: 2 },
    ]);
    world.verdicts.set("bad", { verdict: "broken", breaks: [{ entry: 1, what: "changed" }] });
    await world.round();
    expect(world.told.map((each) => each.event.id)).toEqual(["bad.broken.3", "bad.broken.1"]);
    world.verdicts.set("bad", WHOLE);
    await world.round();
    expect(world.checks.checks().broken).toEqual([]);
  }));

test("a record that is gone without a deletion in the log is broken, of a target that nobody knows", () =>
  inLog(async (world) => {
    await world.end("gone");
    world.verdicts.delete("gone");
    await world.round();
    expect(world.told).toMatchObject([
      { target: null, event: { id: "gone.broken.record", data: { target: null } } },
    ]);
    expect(world.checks.checks().broken).toMatchObject([{ session: "gone", what: MISSING.breaks[0]?.what }]);
  }));

test("what could not be told is told by the next round that comes by, under the same id", () =>
  inLog(async (world) => {
    await world.end("bad", BROKEN);
    world.announces = () => Promise.reject(new Error("lost"));
    await expect(world.round()).rejects.toThrow("lost");
    // Nobody wants to know yet.
    world.announces = async () => false;
    await world.round();
    world.announces = async () => true;
    await world.round();
    await world.round();
    expect(world.told.map(({ event }) => event.id)).toEqual(["bad.broken.3"]);
  }));

test("one that cannot be verified is said to the admin, and keeps none behind it from being looked at", () =>
  inLog(async (world) => {
    await world.end("stuck");
    await world.end("bad", BROKEN);
    world.verdicts.set("stuck", "fails");
    await world.round();
    expect(world.said).toEqual(["session stuck could not be verified, and is tried again in its turn"]);
    expect(world.told).toHaveLength(1);
    world.verdicts.set("stuck", BROKEN);
    await world.round();
    expect(world.told.map(({ event }) => event.id)).toEqual(["bad.broken.3", "stuck.broken.3"]);
  }));

test("a round ends when its time is up, and the next goes on", () =>
  inLog(async (world) => {
    for (let i = 0; i < 5; i++) await world.end(`s${i}`);
    const { announces } = world;
    world.verdicts.set("s1", BROKEN);
    world.announces = () => {
      world.now += 3_600_000;
      return announces();
    };
    await world.round();
    expect(world.looked).toEqual(["s0", "s1"]);
    await world.round();
    expect(world.looked.slice(2, 5)).toEqual(["s2", "s3", "s4"]);
  }));

test("a shard that does not answer keeps nobody else's records waiting, and none of its own is called missing", () =>
  inLog(async (world) => {
    for (const session of ["a", "b", "c", "d"]) await world.end(session);
    for (const session of ["a", "c", "d"]) world.verdicts.set(session, "away");
    await expect(world.round()).rejects.toThrow("D1 does not answer");
    expect(world.said).toEqual(["3 sessions could not be looked for"]);
    expect([world.checks.checks().checked, world.told]).toEqual([1, []]);
    // What is behind the last that was found is looked for first, what is before it in its turn.
    world.looked.length = 0;
    for (const session of ["a", "c", "d"]) world.verdicts.set(session, WHOLE);
    await world.round();
    expect(world.looked).toEqual(["c", "d", "a", "b"]);
    expect(world.checks.checks()).toMatchObject({ waiting: 0, checked: 5, broken: [] });
  }));
