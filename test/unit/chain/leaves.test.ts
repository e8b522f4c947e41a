// Leaves of the log about approvals, grants, policies and holds: known ones are in form and in order, and what they and the chains of
// sessions tell of each other is the same.
import { describe, expect, test } from "vitest";
import {
  type Approval,
  type Asked,
  breakGlass,
  claim,
  remind,
  request,
  review,
  vote,
  voteOnGrant,
  wantGrant,
} from "#core/approvals";
import { termsWith } from "#core/policy";
import { leafKey } from "#core/record";
import { compareWithLog, type LogVerdict, type Verdict } from "../../../client-shim/src/record/index.ts";
import { Leaves } from "../../../client-shim/src/record/leaves.ts";
import { notedApproval } from "../../../client-shim/src/record/noted.ts";
import { approvalLeaf, grantLeaf } from "../../../durable-objects/log/changes.ts";

const T0 = 1_800_000_000_000;
const ADA = { issuer: "https://issuer.test", subject: "ada", groups: [] };
const SESSION = "0123456789abcdef0123456789abcdef";
const asked: Asked = {
  target: "demo",
  requester: { issuer: "https://issuer.test", subject: "bot" },
  sessionId: SESSION,
  seq: 3,
  policyVersion: "1",
  terms: termsWith({ mode: "wait", timeoutMs: 60_000 }),
  binding: "ab".repeat(32),
  shown: {
    statement: "DELETE FROM secret_things",
    elided: false,
    parameters: ["canary"],
    kinds: ["delete"],
    relations: ["write public.secret_things"],
    rule: "ask",
    matched: [],
    estimatedRows: 3,
    inTransaction: false,
    reason: "a canary",
  },
};

function lifeOf(id: string): Approval[] {
  const pending = request(id, asked, T0);
  const approved = vote(pending, ADA, { verdict: "approve", reason: "fine" }, [], T0 + 1);
  const executed = approved.ok ? claim(approved.value, asked, T0 + 2) : approved;
  if (!approved.ok || !executed.ok) throw new Error("it has to go this way");
  return [pending, approved.value, executed.value];
}

function taken(leaves: readonly unknown[]): (string | null)[] {
  const reader = new Leaves();
  return leaves.map((leaf, i) => reader.take(i, leaf));
}

describe("leaves", () => {
  test("of an approval hold who, what and when, and nothing of the statement", () => {
    const leaves = lifeOf("demo-1").map(approvalLeaf);
    expect(leaves.map(({ state, revision, at }) => [state, revision, at])).toEqual([
      ["pending", 1, T0],
      ["approved", 2, T0 + 1],
      ["executed", 3, T0 + 2],
    ]);
    expect(leaves.at(-1)).toMatchObject({
      executedBy: SESSION,
      votes: [{ subject: "ada", verdict: "approve", reason: "fine", at: T0 + 1 }],
    });
    expect(JSON.stringify(leaves)).not.toMatch(/canary|DELETE/);
    expect(new Set(leaves.map(leafKey)).size).toBe(3);
    expect(taken(leaves)).toEqual([null, null, null]);
  });

  test("tell of a glass that was broken, and of its review behind any state, once", () => {
    const terms = { groups: ["oncall"], reviewers: [], reviewWithinMs: 1_000, validMs: 1_000 };
    const pending = request("demo-9", { ...asked, terms: { ...asked.terms, breakGlass: terms } }, T0);
    const dora = { ...ADA, subject: "dora", groups: ["oncall"] };
    const broken = breakGlass(pending, dora, "prod is down", [], T0 + 1);
    const executed = broken.ok ? claim(broken.value, asked, T0 + 2) : broken;
    if (!broken.ok || !executed.ok) throw new Error("it has to go this way");
    const overdue = remind(executed.value, T0 + 2_000);
    const closed = review(overdue, ADA, { verdict: "justified", note: "it was" }, [], T0 + 3_000);
    if (!closed.ok) throw new Error(closed.error.kind);
    const leaves = [pending, broken.value, executed.value, overdue, closed.value].map(approvalLeaf);
    expect(leaves.map(({ state, at }) => [state, at - T0])).toEqual([
      ["pending", 0],
      ["approved", 1],
      ["executed", 2],
      ["executed", 1_001],
      ["executed", 3_000],
    ]);
    expect(leaves.at(-1)).toMatchObject({
      votes: [{ subject: "dora", breakGlass: true }],
      review: { state: "justified", reminders: 1, decision: { subject: "ada", note: "it was" } },
    });
    expect(taken(leaves)).toEqual([null, null, null, null, null]);
    const again = { ...approvalLeaf(closed.value), revision: closed.value.revision + 1 };
    expect(taken([...leaves, again]).at(-1)).toBe("approval demo-9 was executed and cannot become executed");
  });

  test("of what the policy decides as it is asked for begin with the decision", () => {
    const wanted = { target: "demo", requester: asked.requester, relations: ["public.t"], kinds: ["select"] };
    const grant = wantGrant("demo-2", { ...wanted, reason: "", durationMs: 1, terms: asked.terms }, true, T0);
    expect(taken([grantLeaf(grant)])).toEqual([null]);
    const later = { ...grantLeaf(grant), revision: 3 };
    expect(taken([later])).toEqual(["the beginning of grant demo-2 is missing"]);
  });

  test("may be told by a vote that decides nothing yet", () => {
    const terms = termsWith({ mode: "wait", timeoutMs: 60_000, quorum: 2 });
    const wanted = { target: "demo", requester: asked.requester, relations: [], kinds: [], terms };
    const grant = wantGrant("demo-3", { ...wanted, reason: "", durationMs: 1 }, false, T0);
    const voted = voteOnGrant(grant, ADA, { verdict: "approve", reason: "" }, [], T0 + 5);
    if (!voted.ok) throw new Error("it has to be taken");
    const leaves = [grantLeaf(grant), grantLeaf(voted.value)];
    expect(leaves.map(({ state, at }) => [state, at])).toEqual([
      ["pending", T0],
      ["pending", T0 + 5],
    ]);
    expect(taken(leaves)).toEqual([null, null]);
  });

  test("that are malformed, missing, out of order or impossible are told", () => {
    const [pending, approved, executed] = lifeOf("demo-1").map(approvalLeaf);
    const { rule: _, ...without } = pending ?? {};
    expect(taken([without])).toEqual(["leaf 0 is malformed: rule"]);
    expect(taken([pending, executed])).toEqual([
      null,
      "of approval demo-1 changes between 1 and 3 are missing",
    ]);
    expect(taken([pending, approved, approved])[2]).toMatch(/comes again, or out of order/);
    expect(taken([pending, { ...approved, state: "executed" }])[1]).toBe(
      "approval demo-1 was pending and cannot become executed",
    );
    const version = (n: number): object => ({
      type: "sluice.policy/1",
      target: "demo",
      version: n,
      at: T0,
      by: asked.requester,
      comment: "",
      sha256: "0".repeat(64),
    });
    expect(taken([version(7), version(8), version(10)])).toEqual([
      null,
      null,
      "of policy of demo changes between 8 and 10 are missing",
    ]);
    expect(taken([{ type: "sluice.hold/1", session: SESSION, state: "set" }])).toEqual([
      "leaf 0 is malformed: at",
    ]);
  });

  test("of types of a later version are counted, and no more", () => {
    const reader = new Leaves();
    expect(reader.take(0, { type: "sluice.weather/1", sun: true })).toBeNull();
    expect([...reader.counts]).toEqual([["sluice.weather/1", 1]]);
    expect(reader.take(1, { sun: true })).toBe("leaf 1 has no type");
  });
});

describe("a session and the log", () => {
  const event = (state: string): object => ({
    kind: "approval",
    detail: JSON.stringify({ id: "demo-1", seq: 3, state }),
  });
  const verdict = (states: readonly string[]): Verdict => ({
    verdict: "whole",
    session: SESSION,
    entries: 9,
    head: "h",
    heads: 1,
    leaf: 0,
    breaks: [],
    approvals: states.flatMap((state, i) => notedApproval(i, event(state)) ?? []),
  });
  const log = (leaves: readonly unknown[]): LogVerdict => {
    const reader = new Leaves();
    for (const [i, leaf] of leaves.entries()) reader.take(i, leaf);
    const sessions = new Map([[SESSION, { index: 0, entries: 9, hash: "h" }]]);
    const { deletions, approvals, counts } = reader;
    return { origin: "o", size: 1, sessions, deletions, approvals, counts, breaks: [] };
  };
  const life = lifeOf("demo-1").map(approvalLeaf);

  test("tell the same of an approval", () => {
    expect(compareWithLog(log(life), [verdict(["pending", "approved", "executed"])])).toEqual([]);
    // What the session tells by itself may not have come to the approval.
    expect(compareWithLog(log(life), [verdict(["pending", "approved", "executed", "failed"])])).toEqual([]);
    // It was lost between the claim and its own entry.
    expect(compareWithLog(log(life), [verdict(["pending", "approved"])])).toEqual([]);
    expect(notedApproval(1, { kind: "approval", detail: '{"grants":["demo-9"]}' })).toBeNull();
  });

  test("do not where one of them knows of nothing", () => {
    const all = ["pending", "approved", "executed"];
    expect(compareWithLog(log([]), [verdict(all)])).toHaveLength(3);
    expect(compareWithLog(log(life.slice(0, 2)), [verdict(all)])).toEqual([
      `session ${SESSION}: entry 2 tells of approval demo-1 (executed), and the log does not`,
    ]);
    expect(compareWithLog(log(life), [verdict([])])).toEqual([
      `approval demo-1 was let go for session ${SESSION}, whose entries do not tell of it`,
    ]);
  });
});
