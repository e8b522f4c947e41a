// What of a health report somebody has to look at.

import { expect, test } from "vitest";
import type { HealthReport } from "../../../worker/health/items.ts";
import { problemsOf } from "../../../worker/health/problems.ts";

type Found = Omit<HealthReport, "status" | "problems">;

const WELL: Found = {
  at: "2026-11-29T12:00:00.000Z",
  d1: [{ name: "LEDGER", state: "ok", open: true, bytes: 1_000_000, most_bytes: 10_000_000_000 }],
  missing_shards: [],
  backlog: { sessions: 0, statements: 0, bytes: 0, oldest_at: null, longest: [] },
  webhooks: [
    { target: "shop", state: "ok", waiting: 3, dead: 0, oldest_waiting_at: "2026-11-29T11:59:00.000Z" },
  ],
  log: {
    state: "ok",
    size: 9,
    published_size: 9,
    published_at: "2026-11-29T11:00:00.000Z",
    failing_since: null,
    problem: null,
    places: ["bucket"],
    signed: true,
  },
  verification: { waiting: 2, checked: 9, last_at: "2026-11-29T11:55:00.000Z", broken: [] },
  object_storage: "ok",
};

const told = (more: Partial<Found>): string[] =>
  problemsOf({ ...WELL, ...more }).map(({ level, part, detail }) => `${level} ${part}: ${detail}`);

test("nothing where all is well", () => {
  expect(told({})).toEqual([]);
});

test("a database that does not answer, is nearly full, or is left out", () => {
  const [one] = WELL.d1;
  if (one === undefined) throw new Error("there is one");
  expect(
    told({
      d1: [
        { ...one, state: "unreachable", bytes: null },
        { ...one, name: "RECORD_1", bytes: 8_500_000_000 },
      ],
      missing_shards: ["RECORD_2"],
    }),
  ).toEqual([
    "failing d1: LEDGER does not answer",
    "warning d1: RECORD_1 is 85 % full",
    "failing d1: RECORD_2 holds a part of the record, and SHARDS does not name it",
  ]);
});

test("a record that D1 does not take, that is broken, or that nobody verifies", () => {
  const broken = { session_id: "a", target: null, entry: 1, what: "x", found_at: WELL.at };
  expect(
    told({
      backlog: { sessions: 2, statements: 7, bytes: 1, oldest_at: WELL.at, longest: [] },
      verification: { waiting: 2, checked: 9, last_at: "2026-11-29T11:00:00.000Z", broken: [broken] },
    }),
  ).toEqual([
    "failing backlog: D1 does not take the record of 2 sessions; they keep it",
    "failing verification: 1 records do not hold: see which",
    "warning verification: sessions wait to be verified, and nothing has been: is the cron on?",
  ]);
});

test("a log that nobody outside hears of, or that does not answer; objects; webhooks", () => {
  expect(
    told({
      log: { ...WELL.log, failing_since: "2026-11-29T11:30:00.000Z", problem: "no answer", signed: false },
      object_storage: "unreachable",
      webhooks: [
        { target: "shop", state: "ok", waiting: 1, dead: 4, oldest_waiting_at: "2026-11-29T11:30:00.000Z" },
        { target: "other", state: "unreachable", waiting: null, dead: null, oldest_waiting_at: null },
      ],
    }),
  ).toEqual([
    "failing log: no checkpoint has got outside since 2026-11-29T11:30:00.000Z: no answer",
    "warning log: RECORD_KEY is not set: nothing of the record is signed",
    "failing object_storage: the bucket RECORDS does not answer",
    "warning webhooks: 4 events of shop were given up",
    "warning webhooks: events of shop wait since 2026-11-29T11:30:00.000Z",
    "failing webhooks: the outbox of other does not answer",
  ]);
  expect(told({ log: { ...WELL.log, state: "unreachable" }, backlog: null, verification: null })).toEqual([
    "failing log: the log does not answer",
  ]);
});
