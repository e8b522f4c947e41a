// Rows written, which is what the platform bills for: the gateway with counters (workers/counted-gateway.ts) runs a number of
// statements, and the sums are divided by that number. Run by itself (`node dev/bench/rows-written.ts`) it prints them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../crash/stack-process.ts";
import { disagreements } from "./cost-document.ts";
import { openStack } from "./paths.ts";
import { AGENT_POLICY } from "./policy.ts";
import { WireClient } from "./wire-client.ts";
import { bind, describePortal, execute, parse, query, sync } from "./wire-messages.ts";

interface Counts {
  readonly objectRows: number;
  readonly objectAlarms: number;
  readonly d1Rows: number;
  readonly d1Batches: number;
  /** Size of D1. */
  readonly d1Bytes: number;
}

export interface RowsWritten {
  readonly what: string;
  /** In the object's SQLite, alarms included. */
  readonly object: number;
  readonly d1: number;
  /** That D1 has grown by, with the session's own where the rows are. */
  readonly storedBytes: number;
}

const STATEMENTS = 200;
/** A session as agents have them: small statements over a few relations, which are in the record's facets once each. */
const SESSION_STATEMENTS = 100;
const RELATIONS = ["bench_a", "bench_b", "bench_c"] as const;

/** Numbers, hashes, times, prices and names: what compression saves of it is what it saves of most results. */
const LIKE_A_TABLE = `SELECT i AS id, md5(i::text) AS token, timestamp '2026-01-01' + i * interval '37 seconds' AS at,
  (i * 7919 % 100000) / 100.0 AS price, 'customer ' || i * 31 % 977 AS name FROM generate_series(1, 85000) i`;

/** Long enough for the outbox after the last statement, short of nothing else. */
const SETTLE_MS = 1500;

/** `policy`: the document; everything is allowed without it. */
export async function measureRowsWritten(policy?: string): Promise<RowsWritten[]> {
  const stack = await openStack({
    main: join(import.meta.dirname, "workers", "counted-gateway.ts"),
    ...(policy === undefined ? {} : { policy }),
  });
  const counts = async (): Promise<Counts> =>
    (await (await fetch(`${stack.dev.gateway}/counts`)).json()) as Counts;
  const session = async (statements: number, some: readonly Buffer[], gapMs: number): Promise<Counts> => {
    const before = await counts();
    const client = await WireClient.connect(stack.dev.postgres);
    for (let i = 0; i < statements; i++) {
      await client.exchange(some[i % some.length] ?? query(""));
      if (gapMs > 0) await pause(gapMs);
    }
    await client.end();
    await pause(SETTLE_MS);
    const after = await counts();
    return {
      objectRows: after.objectRows - before.objectRows,
      objectAlarms: after.objectAlarms - before.objectAlarms,
      d1Rows: after.d1Rows - before.d1Rows,
      d1Batches: after.d1Batches - before.d1Batches,
      d1Bytes: after.d1Bytes - before.d1Bytes,
    };
  };
  try {
    const extended = Buffer.concat([
      parse("", "SELECT $1::int"),
      bind("", ["1"]),
      describePortal(),
      execute(),
      sync(),
    ]);
    const admin = await WireClient.connect(stack.dev.upstream);
    for (const name of RELATIONS) await admin.exchange(query(`CREATE TABLE ${name} (n int)`));
    await admin.end();
    const over = RELATIONS.map((name) => query(`SELECT * FROM ${name} WHERE n = 1`));
    const empty = await session(0, [], 0);
    const per = (all: Counts, statements: number, what: string): RowsWritten => ({
      what,
      object: (all.objectRows + all.objectAlarms - empty.objectRows - empty.objectAlarms) / statements,
      d1: (all.d1Rows - empty.d1Rows) / statements,
      storedBytes: all.d1Bytes / statements,
    });
    const whole = await session(SESSION_STATEMENTS, over, 0);
    return [
      {
        what: `a statement of a session of ${SESSION_STATEMENTS} over ${RELATIONS.length} relations, the session's own rows included`,
        object: (whole.objectRows + whole.objectAlarms) / SESSION_STATEMENTS,
        d1: whole.d1Rows / SESSION_STATEMENTS,
        storedBytes: whole.d1Bytes / SESSION_STATEMENTS,
      },
      {
        what: "a session without statements",
        object: empty.objectRows + empty.objectAlarms,
        d1: empty.d1Rows,
        storedBytes: empty.d1Bytes,
      },
      per(
        await session(STATEMENTS, [query("SELECT 1")], 0),
        STATEMENTS,
        "a small statement, simple protocol",
      ),
      per(
        await session(STATEMENTS, [extended], 0),
        STATEMENTS,
        "a small statement, extended protocol, one parameter",
      ),
      per(
        await session(10, [query("SELECT 1")], 1000),
        10,
        "a small statement, one a second (each goes to D1 by itself)",
      ),
      per(
        await session(1, [query("SELECT repeat('x', 1000) FROM generate_series(1, 10000)")], 0),
        1,
        "10 MB of one letter",
      ),
      per(await session(1, [query(LIKE_A_TABLE)], 0), 1, "9.75 MB of rows as tables have them"),
    ];
  } finally {
    await stack.stop();
  }
}

if (import.meta.main) {
  const document = readFileSync(join(import.meta.dirname, "../../docs/cost.md"), "utf8");
  for (const policy of [undefined, AGENT_POLICY]) {
    console.log(policy === undefined ? "under an open document" : "under a governed one");
    const counted = await measureRowsWritten(policy);
    for (const { what, object, d1, storedBytes } of counted) {
      const rows = `${(object + d1).toFixed(2)} = object ${object.toFixed(2)} + D1 ${d1.toFixed(2)}`;
      console.log(`${rows}, ${storedBytes.toFixed(0)} bytes in D1: ${what}`);
    }
    const wrong = disagreements(document, counted);
    for (const what of wrong) console.log(`  ${what}`);
    if (wrong.length === 0) console.log("  docs/cost.md says the same");
    else process.exitCode = 1;
  }
}
