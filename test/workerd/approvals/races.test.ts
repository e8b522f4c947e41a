// An approval in its object, while everything happens at once: approvers, a session that claims, one that gives up, the clock,
// and an object that starts anew. Whatever the order, a statement is let go at most once and never unapproved.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { type Approval, type Asked, REVIEW_STATES } from "#core/approvals";
import { termsWith } from "#core/policy";
import { ApprovalStore, Registry } from "../../../durable-objects/approvals/index.ts";

const SCHEDULES = 200;
const T0 = 1_800_000_000_000;
const ISSUER = "https://issuer.test";

const BREAK_GLASS = { groups: ["oncall"], reviewers: [], reviewWithinMs: 2_000, validMs: 500 };

/** mulberry32: the same schedules in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class World {
  now = T0;
  registry: Registry;
  readonly seen: Approval[] = [];
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.registry = this.#start();
  }

  #start(): Registry {
    const changed = (approval: Approval): void => void this.seen.push(approval);
    return new Registry({ store: new ApprovalStore(this.#sql), now: () => this.now, changed });
  }

  restart(): void {
    this.registry = this.#start();
  }
}

function asked(binding: string, quorum: number, mode: "wait" | "retry"): Asked {
  return {
    target: "demo",
    requester: { issuer: ISSUER, subject: "agent" },
    sessionId: "s1",
    seq: 1,
    policyVersion: "1",
    terms: termsWith({ mode, quorum, timeoutMs: 1_000, breakGlass: BREAK_GLASS }),
    binding,
    shown: {
      statement: "DELETE",
      elided: false,
      parameters: [],
      kinds: [],
      relations: [],
      rule: "r",
      matched: [],
      estimatedRows: null,
      inTransaction: false,
      reason: null,
    },
  };
}

test(`in ${SCHEDULES} schedules of everything at once`, async () => {
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), (_, state) => {
    const ends = new Map<string, number>();
    for (let seed = 0; seed < SCHEDULES; seed++) {
      const end = play(new World(state.storage.sql), seed);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    // The schedules go everywhere, or they would show nothing.
    for (const end of ["executed", "failed", "denied", "expired", "withdrawn"])
      expect(ends.get(end) ?? 0, end).toBeGreaterThan(3);
  });
});

function play(world: World, seed: number): string {
  const next = random(seed);
  const quorum = next() < 0.3 ? 2 : 1;
  const request = asked(`binding ${seed}`, quorum, next() < 0.5 ? "wait" : "retry");
  const first = world.registry.request(request);
  if (!first.ok) throw new Error("the first request is taken");
  const { id } = first.value;
  let claims = 0;
  const vote = (subject: string, verdict: "approve" | "deny"): void => {
    world.registry.vote(id, { issuer: ISSUER, subject, groups: [] }, { verdict, reason: "as agreed" }, []);
  };
  const claim = (sessionId: string, binding = request.binding): void => {
    const before = world.registry.get(id);
    const { ok } = world.registry.claim(id, { sessionId, binding });
    if (!ok) return;
    claims++;
    const yes = new Set((before?.votes ?? []).map(({ by }) => by.subject));
    expect(before?.state, `seed ${seed}`).toBe("approved");
    if (before?.review === undefined) expect(yes.size, `seed ${seed}`).toBeGreaterThanOrEqual(quorum);
    else expect(yes.has("dora"), `seed ${seed}`).toBe(true);
    expect(yes.has("agent"), `seed ${seed}`).toBe(false);
    expect(binding).toBe(request.binding);
  };
  const breakGlass = (subject: string, groups: readonly string[]): void => {
    world.registry.breakGlass(id, { issuer: ISSUER, subject, groups }, "prod is down", []);
  };
  const review = (subject: string): void => {
    world.registry.review(
      id,
      { issuer: ISSUER, subject, groups: [] },
      { verdict: "justified", note: "ok" },
      [],
    );
  };
  const acts = [
    (): void => (next() < 0.2 ? breakGlass("dora", ["oncall"]) : undefined),
    (): void => breakGlass("agent", ["oncall"]),
    (): void => breakGlass("ada", ["dba"]),
    (): void => review("dora"),
    (): void => review("eve"),
    (): void => vote("ada", "approve"),
    (): void => vote("ben", "approve"),
    (): void => vote("agent", "approve"),
    (): void => (next() < 0.4 ? vote("cleo", "deny") : undefined),
    (): void => (next() < 0.3 ? void world.registry.withdraw(id) : undefined),
    (): void => claim("s1"),
    (): void => claim("s1"),
    (): void => claim("s2", "another binding"),
    (): void => void world.registry.fail(id),
    (): void => world.restart(),
    // Asking again neither doubles it nor wakes what is over.
    (): void => void world.registry.request(request),
  ];
  const order = Array.from({ length: 2 }, () => acts)
    .flat()
    .map((act) => ({ act, at: next() }))
    .toSorted((a, b) => a.at - b.at);
  for (const { act } of order) {
    world.now += next() < 0.1 ? 600 : Math.floor(next() * 60);
    act();
  }
  expect(claims, `seed ${seed}`).toBeLessThanOrEqual(1);
  const mine = world.seen.filter((approval) => approval.id === id);
  const executed = mine.filter(({ state }, i) => state === "executed" && mine[i - 1]?.state !== "executed");
  expect(executed, `seed ${seed}`).toHaveLength(claims);
  expect(mine.map(({ revision }) => revision)).toEqual(mine.map((_, i) => i + 1));
  const last = world.registry.get(id);
  const broken = last?.votes.some((each) => each.breakGlass === true) ?? false;
  expect(last?.review !== undefined, `seed ${seed}`).toBe(broken);
  expect(last?.review?.decision?.by.subject ?? "eve", `seed ${seed}`).toBe("eve");
  const filter = { state: null, subject: null, sessionId: null, before: null, limit: 1_000 };
  for (const review of REVIEW_STATES)
    expect(
      world.registry.list({ ...filter, review }).some((each) => each.id === id),
      `seed ${seed}`,
    ).toBe(last?.review?.state === review);
  return last?.state ?? "lost";
}
