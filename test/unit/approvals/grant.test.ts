// The life of a grant: its clock runs from the grant, whatever is done it holds for its time at most, and never unasked.

import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ageGrant,
  type Grant,
  type GrantState,
  type Less,
  revokeGrant,
  voteOnGrant,
  type WantedGrant,
  wantGrant,
} from "#core/approvals";
import { NO_GRANT_LIMITS, termsWith } from "#core/policy";

const T0 = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const ISSUER = "https://issuer.test";
const agent = { issuer: ISSUER, subject: "agent" };
const approver = (subject: string): { issuer: string; subject: string; groups: string[] } => ({
  issuer: ISSUER,
  subject,
  groups: [],
});
const yes = { verdict: "approve", reason: "" } as const;

function wanted(quorum = 1): WantedGrant {
  return {
    target: "demo",
    requester: agent,
    relations: ["public.orders"],
    kinds: ["select"],
    reason: "a ticket",
    durationMs: 30 * MINUTE_MS,
    terms: termsWith({ quorum }),
  };
}

describe("a grant", () => {
  test("asked for at minute 0 and granted at minute 5 for 30 minutes ends at minute 35", () => {
    const asked = wantGrant("g", wanted(), false, T0);
    const granted = voteOnGrant(asked, approver("ada"), yes, [], T0 + 5 * MINUTE_MS);
    expect(granted).toMatchObject({
      value: { state: "active", grantedAt: T0 + 5 * MINUTE_MS, endsAt: T0 + 35 * MINUTE_MS },
    });
    if (!granted.ok) return;
    expect(ageGrant(granted.value, T0 + 35 * MINUTE_MS - 1)).toBe(granted.value);
    expect(ageGrant(granted.value, T0 + 35 * MINUTE_MS).state).toBe("ended");
  });

  test("that nobody is asked for begins at once, and is not decided on any more", () => {
    const given = wantGrant("g", wanted(), true, T0);
    expect(given).toMatchObject({ state: "active", endsAt: T0 + 30 * MINUTE_MS, votes: [] });
    expect(voteOnGrant(given, approver("ada"), yes, [], T0 + 1)).toMatchObject({
      error: { state: "active" },
    });
  });

  test("is not one's own to give, by any identity", () => {
    const asked = wantGrant("g", wanted(), false, T0);
    const links = [[agent, approver("owner")]];
    for (const subject of ["agent", "owner"])
      expect(voteOnGrant(asked, approver(subject), yes, links, T0 + 1)).toMatchObject({
        error: { kind: "own_request" },
      });
  });
});

const AFTER: Readonly<Record<GrantState, readonly GrantState[]>> = {
  pending: ["pending", "active", "denied", "expired", "withdrawn"],
  active: ["ended", "revoked"],
  denied: [],
  expired: [],
  withdrawn: [],
  ended: [],
  revoked: [],
};

test("whatever happens, it holds for its time at most and only with as many votes as it needs", () => {
  const step = record({
    act: constantFrom("ada", "ben", "agent", "deny", "revoke", "age"),
    wait: integer({ min: 0, max: 20 * MINUTE_MS }),
  });
  const run = (quorum: number, steps: readonly { readonly act: string; readonly wait: number }[]): void => {
    let grant: Grant = wantGrant("g", wanted(quorum), false, T0);
    let now = T0;
    for (const { act, wait } of steps) {
      now += wait;
      const before = grant;
      grant = ageGrant(grant, now);
      const result =
        act === "revoke"
          ? revokeGrant(grant, { ...approver("ada"), reason: "" }, now)
          : act === "age"
            ? null
            : voteOnGrant(
                grant,
                approver(act),
                act === "deny" ? { verdict: "deny", reason: "no" } : yes,
                [],
                now,
              );
      const aged = grant;
      if (result?.ok === true) grant = result.value;
      for (const [from, to] of [
        [before, aged],
        [aged, grant],
      ] as const)
        if (from !== to) expect(AFTER[from.state]).toContain(to.state);
      if (grant.state !== "active") continue;
      expect(new Set(grant.votes.map(({ by }) => by.subject)).size).toBeGreaterThanOrEqual(quorum);
      expect(grant.votes.some(({ by }) => by.subject === "agent")).toBe(false);
      expect(now - (grant.grantedAt ?? Number.NaN)).toBeLessThan(grant.durationMs);
    }
  };
  assert(property(integer({ min: 1, max: 2 }), array(step, { maxLength: 12 }), run), { numRuns: 1_000 });
});

describe("a decision that gives less than was asked for", () => {
  const limits = { ...NO_GRANT_LIMITS, rowsReturned: 100, statements: 10 };
  const asked = (quorum = 1): Grant =>
    wantGrant("g", { ...wanted(quorum), relations: ["public.a", "public.b"], limits }, false, T0);
  const vote = (grant: Grant, less: Partial<Less>, by = "ada") =>
    voteOnGrant(grant, approver(by), yes, [], T0, { relations: null, durationMs: null, limits: {}, ...less });

  test("takes away time, relations and limits, and adds none", () => {
    expect(
      vote(asked(), {
        durationMs: MINUTE_MS,
        relations: ["public.b"],
        limits: { rowsReturned: 5, rowsChanged: 3 },
      }),
    ).toMatchObject({
      value: {
        state: "active",
        endsAt: T0 + MINUTE_MS,
        relations: ["public.b"],
        limits: { rowsReturned: 5, rowsChanged: 3, statements: 10 },
      },
    });
    for (const more of [
      { durationMs: 31 * MINUTE_MS },
      { relations: ["public.c"] },
      { relations: [] },
      { limits: { statements: 11 } },
      { limits: { rowsReturned: null } },
    ])
      expect(vote(asked(), more), JSON.stringify(more)).toMatchObject({ error: { kind: "not_less" } });
  });

  test("of several that have to agree is what all of them give", () => {
    const first = vote(asked(2), { durationMs: 20 * MINUTE_MS, limits: { statements: 4 } });
    if (!first.ok) throw new Error("the first vote counts");
    expect(first.value).toMatchObject({ state: "pending", durationMs: 20 * MINUTE_MS });
    expect(vote(first.value, { durationMs: 25 * MINUTE_MS }, "ben")).toMatchObject({ ok: false });
    expect(vote(first.value, { relations: ["public.a"] }, "ben")).toMatchObject({
      value: {
        state: "active",
        durationMs: 20 * MINUTE_MS,
        relations: ["public.a"],
        limits: { statements: 4 },
      },
    });
  });
});
