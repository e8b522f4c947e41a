// Who may let a statement go alone, what that does not go past, and that somebody else looks at it afterwards.

import { describe, expect, test } from "vitest";
import {
  type Approval,
  type Approver,
  breakGlass,
  type IdentityLinks,
  nextReminder,
  remind,
  request,
  review,
  vote,
} from "#core/approvals";
import { type ApprovalTerms, termsWith } from "#core/policy";
import { approvalEvents } from "../../../durable-objects/webhooks/approval-events.ts";

const T0 = 1_800_000_000_000;
const DAY_MS = 24 * 3_600_000;
const ISSUER = "https://issuer.test";
const agent = { issuer: ISSUER, subject: "agent" };
const owner = person("owner", ["oncall", "security"]);
const dora = person("dora", ["oncall", "security"]);
const sam = person("sam", ["security"]);
const LINKS: IdentityLinks = [
  [agent, owner],
  [dora, { issuer: "https://other.test", subject: "dora" }],
];
const TERMS: Partial<ApprovalTerms> = {
  quorum: 2,
  groups: ["dba"],
  breakGlass: { groups: ["oncall"], reviewers: ["security"], reviewWithinMs: DAY_MS, validMs: 60_000 },
};

function person(subject: string, groups: readonly string[] = []): Approver {
  return { issuer: ISSUER, subject, groups };
}

function open(terms: Partial<ApprovalTerms> = {}): Approval {
  return request(
    "a1",
    {
      target: "demo",
      requester: agent,
      sessionId: "s1",
      seq: 1,
      policyVersion: "1",
      terms: termsWith({ ...TERMS, ...terms }),
      binding: "b1",
      shown: {
        statement: "DELETE FROM orders",
        elided: true,
        parameters: [],
        kinds: ["delete"],
        relations: ["write public.orders"],
        rule: "ask",
        matched: [],
        estimatedRows: null,
        inTransaction: false,
        reason: null,
      },
    },
    T0,
  );
}

function broken(terms: Partial<ApprovalTerms> = {}): Approval {
  const done = breakGlass(open(terms), dora, "prod is down", LINKS, T0 + 1);
  if (!done.ok) throw new Error(`not let go: ${done.error.kind}`);
  return done.value;
}

function reviewed(by: Approver, note = "the page was real"): ReturnType<typeof review> {
  return review(broken(), by, { verdict: "justified", note }, LINKS, T0 + 2);
}

describe("whoever may break the glass", () => {
  test("lets it go alone, past quorum and groups, for a short while, and a review is open", () => {
    const done = broken();
    expect(done).toMatchObject({
      state: "approved",
      expiresAt: T0 + 60_001,
      votes: [{ by: { subject: "dora" }, verdict: "approve", breakGlass: true, reason: "prod is down" }],
      review: { state: "pending", dueAt: T0 + 1 + DAY_MS, decision: null },
    });
    expect(broken({ mode: "wait" }).expiresAt).toBe(T0 + 30_001);
    expect(broken({ timeoutMs: 5_000 }).expiresAt).toBe(T0 + 5_001);
  });

  test("may have approved it before, and not want to wait for others", () => {
    const both = person("both", ["dba", "oncall"]);
    const first = vote(open(), both, { verdict: "approve", reason: "" }, LINKS, T0 + 1);
    if (!first.ok) throw new Error(first.error.kind);
    expect(breakGlass(first.value, both, "now", LINKS, T0 + 2)).toMatchObject({
      value: { state: "approved" },
    });
  });

  test.each([
    [
      "where the rule names nobody",
      request("a1", { ...open(), terms: termsWith({}) }, T0),
      dora,
      "x",
      "no_break_glass",
    ],
    ["for what they asked for", open(), person("agent", ["oncall"]), "x", "own_request"],
    ["for what another identity of theirs asked for", open(), owner, "x", "own_request"],
    ["out of another group", open(), person("cleo", ["dba"]), "x", "not_in_group"],
    ["without a reason", open(), dora, "  ", "reason_required"],
    ["against a denial", denied(), dora, "x", "state"],
    ["a second time", broken(), dora, "x", "state"],
  ] as const)("does not %s", (_, approval, by, reason, kind) => {
    expect(breakGlass(approval, by, reason, LINKS, T0 + 3)).toMatchObject({ ok: false, error: { kind } });
  });

  test("is too late when it has expired", () => {
    const late = T0 + open().terms.timeoutMs;
    expect(breakGlass(open(), dora, "x", LINKS, late)).toMatchObject({ error: { state: "expired" } });
  });
});

function denied(): Approval {
  const done = vote(open(), person("dan", ["dba"]), { verdict: "deny", reason: "no" }, LINKS, T0 + 1);
  if (!done.ok) throw new Error(done.error.kind);
  return done.value;
}

describe("a review", () => {
  test("is another person's of its reviewers, once, with a note, and changes no state", () => {
    const done = reviewed(sam);
    expect(done).toMatchObject({
      value: {
        state: "approved",
        review: { state: "justified", decision: { by: { subject: "sam" }, note: "the page was real" } },
      },
    });
    if (done.ok)
      expect(
        review(done.value, sam, { verdict: "unjustified", note: "on second thought" }, LINKS, T0 + 3),
      ).toMatchObject({ error: { kind: "no_review", state: "justified" } });
  });

  test.each([
    ["whoever broke the glass", dora, "own_break_glass"],
    ["another identity of theirs", { ...dora, issuer: "https://other.test" }, "own_break_glass"],
    ["whoever asked for it, by another identity", owner, "own_request"],
    ["an approver of no group of reviewers", person("ben", ["dba"]), "not_in_group"],
  ] as const)("is not for %s", (_, by, kind) => {
    expect(reviewed(by)).toMatchObject({ ok: false, error: { kind } });
  });

  test("says something, and is of what was let go alone", () => {
    expect(reviewed(sam, " ")).toMatchObject({ error: { kind: "note_required" } });
    const said = { verdict: "justified", note: "fine" } as const;
    expect(review(open(), sam, said, LINKS, T0 + 2)).toMatchObject({
      error: { kind: "no_review", state: null },
    });
  });

  test("that nobody writes is asked for again, when it is due and each day after", () => {
    const due = T0 + 1 + DAY_MS;
    const done = broken();
    expect(nextReminder(done)).toBe(due);
    expect(remind(done, due - 1)).toBe(done);
    const once = remind(done, due + 5);
    expect(once.review?.reminders).toBe(1);
    expect(nextReminder(once)).toBe(due + DAY_MS);
    // Days in which nothing ran are made up for by one.
    expect(remind(once, due + 3 * DAY_MS + 5).review?.reminders).toBe(4);
    const closed = reviewed(sam);
    expect(closed.ok && nextReminder(closed.value)).toBe(null);
  });
});

test("webhooks are told of each once: decided and broken, overdue, reviewed", () => {
  const before = open();
  const done = broken();
  const executed = { ...done, state: "executed" as const };
  const overdue = remind(executed, T0 + 1 + DAY_MS);
  const closed = review(overdue, sam, { verdict: "unjustified", note: "no page" }, LINKS, T0 + 2 + DAY_MS);
  if (!closed.ok) throw new Error(closed.error.kind);
  const steps = [before, done, executed, overdue, closed.value];
  const told = steps.map((after, i) =>
    approvalEvents(after, steps[i - 1] ?? null).map(({ id, type }) => `${id} ${type}`),
  );
  expect(told).toEqual([
    ["a1.pending approval.requested"],
    ["a1.approved approval.decided", "a1.break_glass approval.break_glass"],
    [],
    ["a1.review_overdue.1 approval.review_overdue"],
    ["a1.reviewed approval.reviewed"],
  ]);
  const [event] = approvalEvents(closed.value, overdue);
  expect(event?.data).toMatchObject({
    votes: [{ subject: "dora", break_glass: true }],
    review: { state: "unjustified", by: { subject: "sam" }, note: "no page" },
  });
  expect(JSON.stringify(event?.data)).not.toContain("DELETE FROM");
});
