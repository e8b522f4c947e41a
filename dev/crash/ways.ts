// The ways in which the write load uses a connection, as drivers do: each a generator of steps, one exchange a step. Says what
// a step does to the database when it counts; sends nothing. The id of an attempt stands in its statement's text or in a
// parameter, never in both.

import { createHash } from "node:crypto";
import { bind, copyData, copyDone, execute, parse, query, sync } from "../bench/wire-messages.ts";

export const TABLE = "crash_rows";
/** What a policy asks an approval for, and a table that takes rows whose text is large. */
export const HELD_TABLE = "crash_held";
export const COPIED_TABLE = "crash_copied";

/** Rows have a place in their attempt, so that "all or nothing" can be counted. */
export const TABLES = `
  CREATE TABLE IF NOT EXISTS ${TABLE} (id text, part int, PRIMARY KEY (id, part));
  CREATE TABLE IF NOT EXISTS ${HELD_TABLE} (id text, part int, PRIMARY KEY (id, part));
  CREATE UNLOGGED TABLE IF NOT EXISTS ${COPIED_TABLE} (id text, part int, filler text);
`;

export const WAYS = [
  "simple",
  "extended",
  "pipelined",
  "batch",
  "several",
  "transaction",
  "failing",
  "large",
  "result",
  "copy-out",
  "copy-in",
  "held",
  "limited",
] as const;
export type Way = (typeof WAYS)[number];

/** `sent`: no ReadyForQuery came for it. */
export type Told = "sent" | "ready" | "failed";

/** What the client has of one exchange. Several attempts may share it. */
export interface Answer {
  /** SHA-256 of the bytes up to its ReadyForQuery; null where that did not come. */
  sha256: string | null;
}

/** One thing that a client asked for, by an id of its own. */
export interface Attempt {
  readonly id: string;
  readonly way: Way;
  /** A policy governs it, with limits and approvals. */
  readonly governed: boolean;
  /** Rows that it leaves in the database, all or none. */
  readonly rows: number;
  readonly answer: Answer;
  /** SHA-256 of the COPY messages that were sent for it; null for none. */
  readonly sent: string | null;
  told: Told;
  /** Its rows have to be there, or must not be; `unknown`: the answer that would tell did not come. */
  inForce: "yes" | "no" | "unknown";
}

export interface Step {
  readonly attempts: readonly Attempt[];
  /** What counts once this step is answered. */
  readonly settles: readonly Attempt[];
  readonly send: Buffer | CopyIn;
}

/** COPY … FROM STDIN, and its data message by message. */
export interface CopyIn {
  readonly sql: string;
  readonly data: readonly Buffer[];
}

const BATCH_SIZE = 4;
/** Above what an intent, and a response, may have in one row of the journal (recorder.ts). */
const LARGE_CHARACTERS = 300_000;
/** A result is 3 MB now and then, and 300 KB else: more than a chunk either way. */
const RESULT_ROWS = 300;
const LARGE_RESULT_ROWS = 3_000;
const LARGE_RESULT_EVERY = 4;
const COPIED_ROWS = 300;
/** `rows_changed` of policy.yaml is 40. */
const LIMITED_ROWS = 50;

type Plan = (rows?: number) => Attempt;

/** Attempts as a connection makes them, in order. */
export function* stepsOf(way: Way, name: string, governed: boolean, counter: () => number): Generator<Step> {
  for (let n = 0; ; n++) {
    // Attempts of one step share its answer.
    let answer: Answer = { sha256: null };
    const plan: Plan = (rows = 0) => ({
      id: `${name}-${counter()}`,
      way,
      governed,
      rows,
      answer,
      sent: null,
      told: "sent",
      inForce: "no",
    });
    for (const step of STEPS[way](plan, n, governed)) {
      yield step;
      answer = { sha256: null };
    }
  }
}

/** A statement that stands for itself: it counts when it is answered. */
function alone(attempts: readonly Attempt[], send: Step["send"]): Step {
  return { attempts, settles: attempts, send };
}

const insert = (id: string): string => `INSERT INTO ${TABLE} (id, part) VALUES ('${id}', 1)`;

function* extended(plan: Plan, size: number): Generator<Step> {
  const attempts = Array.from({ length: size }, () => plan(1));
  const sql = `INSERT INTO ${TABLE} (id, part) VALUES ($1, 1)`;
  const messages = attempts.flatMap(({ id }) => [parse("", sql), bind("", [id]), execute()]);
  yield alone(attempts, Buffer.concat([...messages, sync()]));
}

const STEPS = {
  *simple(plan) {
    const attempt = plan(1);
    yield alone([attempt], query(insert(attempt.id)));
  },
  extended: (plan) => extended(plan, 1),
  pipelined: (plan) => extended(plan, 1),
  batch: (plan) => extended(plan, BATCH_SIZE),

  /** Several statements in one message, one transaction; every other one fails in the middle. */
  *several(plan, n) {
    const fails = n % 2 === 1;
    const attempts = [plan(fails ? 0 : 1), plan(fails ? 0 : 1)];
    const texts = attempts.map(({ id }) => insert(id));
    yield alone(attempts, query(texts.join(fails ? "; SELECT 1 / 0; " : "; SELECT 1; ")));
  },

  /** One of its own, that is committed, rolled back or failed by turns. */
  *transaction(plan, n) {
    const end = (["COMMIT", "ROLLBACK", "fail"] as const)[n % 3] ?? "COMMIT";
    const marked = (word: string): Step => {
      const attempt = plan();
      return { attempts: [attempt], settles: [], send: query(`${word} /* ${attempt.id} */`) };
    };
    yield marked("BEGIN");
    const inserted: Attempt[] = [];
    for (let i = 0; i < 2; i++) {
      const attempt = plan(end === "COMMIT" ? 1 : 0);
      inserted.push(attempt);
      yield { attempts: [attempt], settles: [], send: query(insert(attempt.id)) };
    }
    if (end === "fail") yield marked("SELECT 1 / 0");
    yield { ...marked(end === "ROLLBACK" ? end : "COMMIT"), settles: end === "COMMIT" ? inserted : [] };
  },

  /** The same row twice: a unique violation. */
  *failing(plan) {
    const attempt = plan();
    yield alone([attempt], query(`${insert(attempt.id)}, ('${attempt.id}', 1)`));
  },

  *large(plan) {
    const attempt = plan(1);
    const filler = "-".repeat(LARGE_CHARACTERS);
    yield alone(
      [attempt],
      query(`${insert(attempt.id)} RETURNING repeat('x', ${LARGE_CHARACTERS}) --${filler}`),
    );
  },

  *result(plan, n) {
    const attempt = plan();
    yield alone([attempt], query(`SELECT ${manyRows(attempt.id, n)}`));
  },

  *["copy-out"](plan, n) {
    const attempt = plan();
    yield alone([attempt], query(`COPY (SELECT ${manyRows(attempt.id, n)}) TO STDOUT`));
  },

  *["copy-in"](plan) {
    const planned = plan(COPIED_ROWS);
    const { id } = planned;
    const data = Array.from({ length: COPIED_ROWS }, (_, i) =>
      Buffer.from(`${id}\t${i + 1}\t${`${i} and so on `.repeat(250)}\n`),
    );
    const sent = createHash("sha256");
    for (const row of data) sent.update(copyData(row));
    const attempt = { ...planned, sent: sent.update(copyDone()).digest("hex") };
    yield alone([attempt], {
      sql: `COPY ${COPIED_TABLE} (id, part, filler) FROM STDIN /* ${id} */`,
      data,
    });
  },

  /** Under the policy somebody has to approve it first. */
  *held(plan) {
    const attempt = plan(1);
    yield alone([attempt], query(insert(attempt.id).replace(TABLE, HELD_TABLE)));
  },

  /** Under the policy it is run, counted, and rolled back. */
  *limited(plan, _n, governed) {
    const attempt = plan(governed ? 0 : LIMITED_ROWS);
    const rows = `SELECT '${attempt.id}', i FROM generate_series(1, ${LIMITED_ROWS}) i`;
    yield alone([attempt], query(`INSERT INTO ${TABLE} (id, part) ${rows}`));
  },
} satisfies Record<Way, (plan: Plan, n: number, governed: boolean) => Generator<Step>>;

function manyRows(id: string, n: number): string {
  const rows = n % LARGE_RESULT_EVERY === 0 ? LARGE_RESULT_ROWS : RESULT_ROWS;
  return `'${id}' AS id, i, repeat(md5(i::text), 30) AS filler FROM generate_series(1, ${rows}) i`;
}
