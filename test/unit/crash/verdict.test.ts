// The judge of the crash campaign finds what it is there for: each promise, broken by itself, in evidence that else fits.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { RecordedSession, RecordedStatement, Stored } from "../../../dev/crash/record.ts";
import { type Evidence, judge } from "../../../dev/crash/verdict.ts";
import type { Attempt } from "../../../dev/crash/ways.ts";

const stored = (text: string): Stored => ({
  bytes: text.length,
  sha256: createHash("sha256").update(text).digest("hex"),
});
const idOf = (n: number): string => `crash-x-1-1-${n}`;

function attempt(n: number, more: Partial<Attempt> = {}): Attempt {
  return {
    id: idOf(n),
    way: "simple",
    governed: false,
    rows: 1,
    answer: { sha256: stored(`answer ${n}`).sha256 },
    sent: null,
    told: "ready",
    inForce: "yes",
    ...more,
  };
}

function statement(n: number, more: Partial<RecordedStatement> = {}): RecordedStatement {
  return {
    sessionId: "s",
    seq: n,
    state: "completed",
    asked: `INSERT … '${idOf(n)}'`,
    operation: "query",
    transactionStatus: "I",
    responseBytes: `answer ${n}`.length,
    requestBytes: 0,
    response: stored(`answer ${n}`),
    request: stored(""),
    ...more,
  };
}

const SESSION: RecordedSession = {
  id: "s",
  name: "crash-x-1-1",
  startedAt: 1,
  endedAt: 2,
  endReason: "gateway_lost",
  statements: 2,
  unknown: 1,
};

/** One that was answered, one that was interrupted. */
function evidence(more: Partial<Evidence> = {}): Evidence {
  return {
    attempts: [attempt(1), INTERRUPTED],
    rows: new Map([[idOf(1), 1]]),
    approved: new Set(),
    sessions: [SESSION],
    statements: [statement(1), statement(2, { state: "unknown" })],
    ...more,
  };
}

const INTERRUPTED = attempt(2, { told: "sent", inForce: "unknown", answer: { sha256: null } });
const unknown = statement(2, { state: "unknown" });

test("what fits is no breach, whether the interrupted statement took effect or not", () => {
  expect(judge(evidence()).breaches).toEqual([]);
  const rows = new Map([idOf(1), idOf(2)].map((id) => [id, 1]));
  const { breaches, figures } = judge(evidence({ rows }));
  expect(breaches).toEqual([]);
  expect(figures).toMatchObject({ effectsUnknown: 1, sameAnswers: 1, rows: 2 });
});

describe("is found", () => {
  test.for<[string, string, Partial<Evidence>]>([
    ["an effect without an intent", "effect", { statements: [unknown], attempts: [attempt(1), INTERRUPTED] }],
    ["a row of nobody", "effect", { rows: new Map([["crash-x-9-9-9", 1]]) }],
    ["a row of what was rolled back", "effect", { attempts: [attempt(1, { inForce: "no" }), INTERRUPTED] }],
    [
      "a row that nobody approved",
      "effect",
      { attempts: [attempt(1, { way: "held", governed: true }), INTERRUPTED] },
    ],
    ["an answer that is not in the record", "lost", { statements: [unknown], rows: new Map() }],
    [
      "an answer of other bytes",
      "lost",
      { statements: [statement(1, { response: stored("another") }), unknown] },
    ],
    [
      "an answer that is recorded as lost",
      "lost",
      { statements: [statement(1, { state: "unknown" }), unknown] },
    ],
    [
      "an error that is recorded as success",
      "lost",
      { attempts: [attempt(1, { told: "failed", inForce: "no" }), INTERRUPTED], rows: new Map() },
    ],
    [
      "COPY data that was not recorded",
      "lost",
      { attempts: [attempt(1, { sent: stored("copied").sha256 }), INTERRUPTED] },
    ],
    ["a statement that is missing in its session", "lost", { sessions: [{ ...SESSION, statements: 3 }] }],
    [
      "the same statement twice",
      "duplicate",
      {
        statements: [statement(1), statement(1, { seq: 3 }), unknown],
        sessions: [{ ...SESSION, statements: 3 }],
      },
    ],
    ["half of what was answered", "other", { attempts: [attempt(1, { rows: 2 }), INTERRUPTED] }],
    [
      "half of what was interrupted",
      "other",
      {
        attempts: [attempt(1), { ...INTERRUPTED, rows: 3 }],
        rows: new Map([
          [idOf(1), 1],
          [idOf(2), 2],
        ]),
      },
    ],
    ["a session without an end", "other", { sessions: [{ ...SESSION, endedAt: null }] }],
    ["a torn intent", "other", { statements: [statement(1), { ...unknown, asked: "" }] }],
    [
      "a statement that runs for good",
      "other",
      { statements: [statement(1), statement(2, { state: "running" })] },
    ],
  ])("%s", ([, kind, broken]) => {
    expect(judge(evidence(broken)).breaches).toContainEqual(expect.objectContaining({ kind }));
  });
});
