// Which policy is in force, from a real D1, and how live sessions hear of the next one.
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openLedger } from "../records/database.ts";
import {
  forgetInForce,
  policyInForce,
  PolicyStore,
  watchPolicy,
  type PolicyWatch,
} from "../../../durable-objects/policies/index.ts";

let db: D1Database;
let target = "";
let targets = 0;
const watches: PolicyWatch[] = [];

beforeAll(async () => {
  db = await openLedger();
});

beforeEach(() => {
  // The cache is the isolate's.
  target = `target-${++targets}`;
});

afterEach(() => {
  for (const watch of watches.splice(0)) watch.stop();
  vi.useRealTimers();
});

async function store(version: number, document: string): Promise<boolean> {
  return new PolicyStore(db).add(
    { target, version, createdAt: 0, issuer: "i", subject: "s", comment: "", document },
    "5e".repeat(32),
  );
}

/** A D1 that counts its reads, or is down. */
function counting(down = false): { readonly env: { LEDGER: D1Database }; reads(): number } {
  let reads = 0;
  const LEDGER = {
    prepare: (sql: string) => {
      reads++;
      if (down) throw new Error("D1_ERROR: down");
      return db.prepare(sql);
    },
  } as D1Database;
  return { env: { LEDGER }, reads: () => reads };
}

test("the highest version in D1 is in force", async () => {
  await store(1, "extends: agent");
  await store(2, "extends: read-only");
  const inForce = await policyInForce({ LEDGER: db, DEFAULT_POLICY: "extends: owner" }, target, 0);
  expect(inForce).toMatchObject({ version: "2", problem: null, document: { extends: "read-only" } });
});

test("where D1 has none the default is in force, and where there is none either everything is refused", async () => {
  const fallback = await policyInForce({ LEDGER: db, DEFAULT_POLICY: "extends: agent" }, target, 0);
  expect(fallback).toMatchObject({ version: "default", document: { extends: "agent" } });
  const none = await policyInForce({ LEDGER: db }, target, 0);
  expect(none).toMatchObject({ version: "none", document: { extends: null, rules: [] } });
  expect(none.problem).not.toBeNull();
});

test("a stored document that is no policy any more refuses everything, and the default is not taken in its place", async () => {
  await store(1, "extends: something-that-was-once");
  const inForce = await policyInForce({ LEDGER: db, DEFAULT_POLICY: "extends: owner" }, target, 0);
  expect(inForce).toMatchObject({ version: "1", document: { extends: null, rules: [] } });
  expect(inForce.problem).toMatch(/version 1/);
  expect(inForce.problem).not.toMatch(/once/);
});

test("a D1 that does not answer refuses everything, and is asked again the next time", async () => {
  const down = await policyInForce({ ...counting(true).env, DEFAULT_POLICY: "extends: owner" }, target, 0);
  expect(down).toMatchObject({ version: "unavailable", document: { extends: null, rules: [] } });
  await store(1, "extends: agent");
  expect(await policyInForce({ LEDGER: db }, target, 1)).toMatchObject({ version: "1" });
});

test("sessions that start together read once; after two seconds, or a change through the same isolate, anew", async () => {
  await store(1, "extends: agent");
  const { env, reads } = counting();
  await policyInForce(env, target, 1_000);
  for (let i = 0; i < 50; i++) await policyInForce(env, target, 1_500);
  expect(reads()).toBe(1);
  await store(2, "extends: read-only");
  expect(await policyInForce(env, target, 3_000)).toMatchObject({ version: "2" });
  await store(3, "extends: read-only");
  forgetInForce(target);
  expect(await policyInForce(env, target, 3_001)).toMatchObject({ version: "3" });
});

test("two writers of one version: the second is told, and the first stands", async () => {
  expect(await store(1, "extends: agent")).toBe(true);
  expect(await store(1, "extends: owner")).toBe(false);
  expect(await new PolicyStore(db).current(target)).toMatchObject({ document: "extends: agent" });
});

test("every watching session hears of a new version within four seconds, once, for one read an interval", async () => {
  await store(1, "extends: agent");
  const { env, reads } = counting();
  const heard: string[] = [];
  const begun = Date.now();
  const late: number[] = [];
  for (let i = 0; i < 40; i++) {
    watches.push(
      watchPolicy({
        env,
        target,
        version: "1",
        now: () => Date.now(),
        changed: ({ version }) => {
          heard.push(version);
          late.push(Date.now() - changedAt);
        },
      }),
    );
  }
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  let changedAt = Date.now();
  await store(2, "extends: read-only");
  changedAt = Date.now();
  await expect.poll(() => heard.length, { timeout: 6_000 }).toBe(40);
  expect(new Set(heard)).toEqual(new Set(["2"]));
  expect(Math.max(...late)).toBeLessThan(4_000);
  // A read every 1.5 s at most.
  expect(reads()).toBeLessThanOrEqual(Math.ceil((Date.now() - begun) / 1_500) + 1);
}, 10_000);

test("a session that is told asks at once, one that is stopped hears nothing, and a D1 that is down changes nothing", async () => {
  await store(1, "extends: agent");
  const heard: string[] = [];
  const watch = (env: { LEDGER: D1Database }): PolicyWatch => {
    const one = watchPolicy({
      env,
      target,
      version: "1",
      now: () => Date.now(),
      changed: ({ version }) => void heard.push(version),
    });
    watches.push(one);
    return one;
  };
  const down = watch(counting(true).env);
  await down.told();
  const [first, stopped] = [watch({ LEDGER: db }), watch({ LEDGER: db })];
  await store(2, "extends: read-only");
  stopped.stop();
  await Promise.all([first.told(), stopped.told()]);
  expect(heard).toEqual(["2"]);
});
