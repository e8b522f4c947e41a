// The life of an approval: each objection by itself, and in every order of what can happen to it, that a statement is let go
// at most once and never unapproved.

import { assert, constantFrom, integer, property, record, array, oneof, constant } from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Approval,
  type ApprovalState,
  type Approver,
  type Asked,
  type IdentityLinks,
  approveByPolicy,
  bindingText,
  breakGlass,
  claim,
  expire,
  fail,
  isOpen,
  isSamePerson,
  request,
  vote,
  withdraw,
} from "#core/approvals";
import { type ApprovalTerms, termsWith } from "#core/policy";

const T0 = 1_800_000_000_000;
const ISSUER = "https://issuer.test";
const agent = { issuer: ISSUER, subject: "agent" };
const [ada, ben, cleo] = ["ada", "ben", "cleo"].map((subject) => person(subject, ["dba"])) as [
  Approver,
  Approver,
  Approver,
];
/** The agent's owner. */
const owner = person("owner", ["dba"]);
const LINKS: IdentityLinks = [[agent, owner]];
const dora = person("dora", ["oncall"]);
const yes = { verdict: "approve", reason: "" } as const;
const no = { verdict: "deny", reason: "too many rows" } as const;

function person(subject: string, groups: readonly string[] = []): Approver {
  return { issuer: ISSUER, subject, groups };
}

function asked(terms: Partial<ApprovalTerms> = {}): Asked {
  return {
    target: "demo",
    requester: agent,
    sessionId: "s1",
    seq: 1,
    policyVersion: "1",
    terms: termsWith({ mode: "wait", timeoutMs: 1_000, ...terms }),
    binding: "b1",
    shown: {
      statement: "DELETE FROM orders",
      elided: false,
      parameters: [],
      kinds: ["delete"],
      relations: ["write public.orders"],
      rule: "ask",
      matched: [],
      estimatedRows: null,
      inTransaction: false,
      reason: null,
    },
  };
}

function open(terms: Partial<ApprovalTerms> = {}): Approval {
  return request("a1", asked(terms), T0);
}

function approved(terms: Partial<ApprovalTerms> = {}): Approval {
  const done = vote(open(terms), ada, yes, LINKS, T0 + 1);
  if (!done.ok) throw new Error(`not approved: ${done.error.kind}`);
  return done.value;
}

const CLAIM = { binding: "b1", sessionId: "s1" };

describe("a vote", () => {
  test.each([
    ["the requester's own", open(), person("agent", ["dba"]), yes, { kind: "own_request" }],
    ["by an identity linked to the requester", open(), owner, yes, { kind: "own_request" }],
    [
      "by somebody of no group that was asked",
      open({ groups: ["sre"] }),
      ada,
      yes,
      { kind: "not_in_group", groups: ["sre"] },
    ],
    ["to deny without a reason", open(), ada, { verdict: "deny", reason: "  " }, { kind: "reason_required" }],
    [
      "without a reason where the rule wants one",
      open({ reasonsRequired: true }),
      ada,
      yes,
      { kind: "reason_required" },
    ],
    ["on what was approved already", approved(), ben, no, { kind: "state", state: "approved" }],
  ] as const)("%s is refused", (_, approval, by, cast, error) => {
    expect(vote(approval, by, cast, LINKS, T0 + 2)).toEqual({ ok: false, error });
  });

  test("counts persons, not identities", () => {
    const links = [...LINKS, [ada, { issuer: "https://other.test", subject: "ada" }]];
    const first = vote(open({ quorum: 2 }), ada, yes, links, T0 + 1);
    expect(first).toMatchObject({ ok: true, value: { state: "pending", revision: 2 } });
    if (!first.ok) return;
    const again = { ...ada, issuer: "https://other.test" };
    expect(vote(first.value, again, yes, links, T0 + 2)).toMatchObject({ error: { kind: "voted_already" } });
    expect(vote(first.value, ben, yes, links, T0 + 2)).toMatchObject({ value: { state: "approved" } });
  });

  test("to deny is enough by itself", () => {
    expect(vote(open({ quorum: 3 }), ada, no, LINKS, T0 + 1)).toMatchObject({
      value: { state: "denied", votes: [{ by: { subject: "ada" }, reason: "too many rows" }] },
    });
  });

  test("that comes at its time or later is too late", () => {
    expect(vote(open(), ada, yes, LINKS, T0 + 999)).toMatchObject({ value: { state: "approved" } });
    expect(vote(open(), ada, yes, LINKS, T0 + 1_000)).toMatchObject({
      error: { kind: "state", state: "expired" },
    });
  });
});

describe("a claim", () => {
  test("lets the statement go once", () => {
    const first = claim(approved(), CLAIM, T0 + 2);
    expect(first).toMatchObject({ value: { state: "executed", executedBy: "s1" } });
    if (first.ok)
      expect(claim(first.value, CLAIM, T0 + 3)).toEqual({
        ok: false,
        error: { kind: "state", state: "executed" },
      });
  });

  test("of other bytes, of what is pending, or too late is refused", () => {
    expect(claim(approved(), { ...CLAIM, binding: "b2" }, T0 + 2)).toMatchObject({
      error: { kind: "other_statement" },
    });
    expect(claim(open(), CLAIM, T0 + 2)).toMatchObject({ error: { kind: "state", state: "pending" } });
    expect(claim(approved(), CLAIM, T0 + 1 + 30_000)).toMatchObject({ error: { state: "expired" } });
    expect(claim(approved({ mode: "retry" }), CLAIM, T0 + 1_000)).toMatchObject({ ok: true });
    expect(claim(approved({ mode: "retry" }), CLAIM, T0 + 1_001)).toMatchObject({
      error: { state: "expired" },
    });
  });

  test("that PostgreSQL refused has failed, and stays spent", () => {
    const gone = claim(approved(), CLAIM, T0 + 2);
    const failed = gone.ok ? fail(gone.value, T0 + 3) : gone;
    expect(failed).toMatchObject({ value: { state: "failed", revision: 4 } });
    if (failed.ok) expect(claim(failed.value, CLAIM, T0 + 4).ok).toBe(false);
  });
});

test("persons are told apart by issuer and subject, and joined by every chain of links", () => {
  const [a, b, c] = [agent, owner, ada].map(({ issuer, subject }) => ({ issuer, subject }));
  if (a === undefined || b === undefined || c === undefined) throw new Error("three of them");
  expect(isSamePerson(a, c, [])).toBe(false);
  expect(isSamePerson(a, { ...a, issuer: "https://other.test" }, [])).toBe(false);
  expect(
    isSamePerson(a, c, [
      [b, c],
      [a, b],
    ]),
  ).toBe(true);
  expect(
    isSamePerson(c, a, [
      [b, c],
      [a, b],
    ]),
  ).toBe(true);
});

const BOUND = {
  target: "demo",
  scope: "session",
  requester: agent,
  sessionId: "s1",
  policyVersion: "1",
  rule: "ask",
  statement: new Uint8Array([1, 2]),
  parameters: [new Uint8Array([1]), null],
  parameterFormats: [0],
  parameterTypes: [23, 0],
  does: ["delete", "write public.orders"],
} as const;

test("a binding changes with each thing that it binds", () => {
  const others = [
    { target: "other" },
    { scope: "subject" as const },
    { sessionId: "s2" },
    { policyVersion: "2" },
    { rule: "other" },
    { statement: new Uint8Array([1, 3]) },
    { parameters: [new Uint8Array([1]), new Uint8Array(0)] },
    { parameters: [null, new Uint8Array([1])] },
    { parameterFormats: [1] },
    { parameterTypes: [23, 23] },
    { does: ["delete", "write public.other"] },
  ].map((other) => bindingText({ ...BOUND, ...other }));
  expect(new Set([bindingText(BOUND), ...others]).size).toBe(others.length + 1);
  const bySubject = { ...BOUND, scope: "subject" as const };
  expect(bindingText({ ...bySubject, sessionId: "s2" })).toBe(bindingText(bySubject));
  const other = { ...bySubject, requester: { ...agent, subject: "other" } };
  expect(bindingText(other)).not.toBe(bindingText(bySubject));
});

type Step = (approval: Approval, now: number) => Approval;

const kept =
  (change: (approval: Approval, now: number) => ReturnType<typeof claim>): Step =>
  (approval, now) => {
    const result = change(approval, now);
    return result.ok ? result.value : approval;
  };

const BREAK_GLASS = { groups: ["oncall"], reviewers: [], reviewWithinMs: 5_000, validMs: 400 };

/** What can happen to an approval, by name. */
const STEPS = {
  "ada approves": kept((it, now) => vote(it, ada, yes, LINKS, now)),
  "ben approves": kept((it, now) => vote(it, ben, yes, LINKS, now)),
  "dora breaks the glass": kept((it, now) => breakGlass(it, dora, "prod is down", LINKS, now)),
  "cleo denies": kept((it, now) => vote(it, cleo, no, LINKS, now)),
  "the owner approves": kept((it, now) => vote(it, owner, yes, LINKS, now)),
  "it is claimed": kept((it, now) => claim(it, CLAIM, now)),
  "it is claimed again": kept((it, now) => claim(it, CLAIM, now)),
  "it is withdrawn": kept((it, now) => withdraw(it, now)),
  "it fails": kept((it, now) => fail(it, now)),
  "the clock is looked at": (it: Approval, now: number) => expire(it, now),
} as const satisfies Record<string, Step>;
type StepName = keyof typeof STEPS;
const NAMES = Object.keys(STEPS) as StepName[];

const AFTER: Readonly<Record<ApprovalState, readonly ApprovalState[]>> = {
  pending: ["pending", "approved", "denied", "expired", "withdrawn"],
  approved: ["approved", "executed", "expired", "withdrawn"],
  executed: ["executed", "failed"],
  denied: ["denied"],
  expired: ["expired"],
  withdrawn: ["withdrawn"],
  failed: ["failed"],
};

/** Plays the steps, and holds each change against what may be. */
function play(start: Approval, steps: readonly { readonly name: StepName; readonly wait: number }[]): void {
  let approval = start;
  let now = T0;
  let executions = 0;
  for (const { name, wait } of steps) {
    now += wait;
    const before = approval;
    approval = STEPS[name](approval, now);
    if (approval === before) continue;
    expect(AFTER[before.state], name).toContain(approval.state);
    expect(approval.revision).toBe(before.revision + 1);
    if (approval.state === "executed" && before.state !== "executed") {
      executions++;
      const voters = new Set(approval.votes.map(({ by }) => by.subject));
      const broken = approval.votes.some((each) => each.breakGlass === true);
      expect(approval.review !== undefined).toBe(broken);
      if (!broken) expect(voters.size).toBeGreaterThanOrEqual(approval.terms.quorum);
      expect(voters).not.toContain("owner");
      expect(approval.votes.every(({ verdict }) => verdict === "approve")).toBe(true);
      expect(now).toBeLessThan(before.expiresAt);
    }
    if (before.state === "pending" && approval.votes.length > before.votes.length)
      expect(now).toBeLessThan(before.expiresAt);
  }
  expect(executions).toBeLessThanOrEqual(1);
  expect(isOpen(approval)).toBe(approval.state === "pending" || approval.state === "approved");
}

test.each([1, 2])("in every order of events a statement is let go once and approved, quorum %i", (quorum) => {
  const names = NAMES.filter((name) => name !== "it fails" && name !== "the owner approves");
  for (const without of ["ben approves", "dora breaks the glass"])
    for (const order of permutations(names.filter((name) => name !== without)))
      play(
        open({ quorum, breakGlass: BREAK_GLASS }),
        order.map((name) => ({ name, wait: 1 })),
      );
});

test("… and in any sequence of them, at any times", () => {
  const step = record({
    name: constantFrom(...NAMES),
    wait: oneof(constant(0), integer({ min: 0, max: 700 }), integer({ min: 0, max: 40_000 })),
  });
  const terms = record({
    quorum: integer({ min: 1, max: 3 }),
    mode: constantFrom("wait" as const, "retry" as const),
    breakGlass: constant(BREAK_GLASS),
  });
  assert(
    property(terms, array(step, { maxLength: 14 }), (given, steps) => play(open(given), steps)),
    { numRuns: 2_000 },
  );
});

function* permutations<T>(items: readonly T[]): Generator<readonly T[]> {
  if (items.length < 2) yield items;
  for (const [i, first] of items.entries())
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)]))
      if (items.length > 1) yield [first, ...rest];
}

describe("the policy approves", () => {
  const counted = (rows: number | null, terms: Partial<ApprovalTerms>): Approval => {
    const plain = asked({ autoUnderRows: 3, ...terms });
    return request("a1", { ...plain, shown: { ...plain.shown, countedRows: rows } }, T0);
  };

  test("what changes fewer rows than it says, counted, and for no longer than it takes to run", () => {
    expect(approveByPolicy(counted(2, { count: "exact", mode: "retry" }), T0 + 1)).toMatchObject({
      state: "approved",
      expiresAt: T0 + 30_001,
      votes: [{ by: { issuer: "policy", subject: 'rule "ask" of policy version 1' } }],
    });
  });

  test.each([
    ["as many rows", counted(3, { count: "exact" })],
    ["rows that could not be counted", counted(null, { count: "exact" })],
    ["an estimate", counted(2, {})],
  ])("and not %s", (_, approval) => {
    expect(approveByPolicy(approval, T0 + 1)).toBe(approval);
  });
});
