// Against limits: 100 rows and 64 KiB returned, 10 rows changed by a statement and 25 by a session, 500 ms for a statement.
// Writes go to app.ledger, whose changed rows the judge counts.

import {
  attack,
  type Attack,
  bind,
  call,
  copyData,
  copyDone,
  describe,
  execute,
  extended,
  flush,
  parse,
  query,
  sync,
} from "../case.ts";

const ROWS = "SELECT n FROM generate_series(1, 5000) n";

const RETURNED: readonly Attack[] = [
  attack("asks for many rows", "flooded", "SELECT * FROM app.ledger"),
  attack("asks for many rows of a series", "flooded", ROWS),
  attack("asks for many rows in the extended protocol", "flooded", extended(ROWS)),
  attack("asks for many rows in binary", "flooded", {
    send: [parse("", ROWS), bind("", { binary: true }), execute(), sync],
  }),
  attack("asks for many rows with LIMIT ALL", "flooded", "SELECT * FROM app.ledger LIMIT ALL"),
  attack(
    "asks for many rows with ties",
    "flooded",
    "SELECT 1 AS one FROM app.ledger ORDER BY one FETCH FIRST 1 ROW WITH TIES",
  ),
  attack(
    "asks for many rows by VALUES of a set-returning function",
    "flooded",
    "VALUES (1) UNION ALL SELECT generate_series(1, 5000)",
  ),
  attack(
    "asks for many rows by a set-returning function in the target list",
    "flooded",
    "SELECT generate_series(1, 5000)",
  ),
  attack("asks for many rows by unnest", "flooded", "SELECT unnest(array_fill(1, ARRAY[5000]))"),
  attack("asks for many rows by a cross join", "flooded", "SELECT 1 FROM app.customers, app.customers b"),
  attack(
    "asks for many rows by a recursive CTE",
    "flooded",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5000) TABLE r",
  ),
  attack(
    "asks for many rows by regexp_split_to_table",
    "flooded",
    "SELECT regexp_split_to_table(repeat('a,', 5000), ',')",
  ),
  attack("asks for many rows by EXECUTE", "flooded", `PREPARE p AS ${ROWS}`, "EXECUTE p"),
  attack("asks for many rows by COPY", "flooded", "COPY app.ledger TO STDOUT"),
  attack("asks for many rows by COPY of a query", "flooded", `COPY (${ROWS}) TO STDOUT`),
  attack("asks for many rows by COPY in binary", "flooded", `COPY (${ROWS}) TO STDOUT (FORMAT binary)`),
  attack(
    "asks for many rows by COPY in the extended protocol",
    "flooded",
    extended("COPY app.ledger TO STDOUT"),
  ),
  attack(
    "asks for many rows by RETURNING",
    "flooded",
    "BEGIN",
    "INSERT INTO app.inbox_rows SELECT n FROM generate_series(1, 5000) n RETURNING id",
    "ROLLBACK",
  ),
  attack("asks for many rows by EXPLAIN", "flooded", `EXPLAIN SELECT 1 ${"UNION ALL SELECT 1 ".repeat(400)}`),
  attack(
    "fetches all of a cursor",
    "flooded",
    "BEGIN",
    `DECLARE c CURSOR FOR ${ROWS}`,
    "FETCH ALL FROM c",
    "COMMIT",
  ),
  attack(
    "fetches a cursor in parts",
    "flooded",
    "BEGIN",
    `DECLARE c CURSOR FOR ${ROWS}`,
    ...Array.from({ length: 10 }, () => "FETCH 60 FROM c"),
    "COMMIT",
  ),
  attack(
    "fetches a cursor to and fro",
    "flooded",
    "BEGIN",
    `DECLARE c SCROLL CURSOR FOR ${ROWS}`,
    ...Array.from({ length: 5 }, () => ["FETCH 50 FROM c", "FETCH BACKWARD 50 FROM c"]).flat(),
    "COMMIT",
  ),
  attack(
    "fetches a cursor behind MOVE",
    "flooded",
    "BEGIN",
    `DECLARE c SCROLL CURSOR FOR ${ROWS}`,
    ...Array.from({ length: 4 }, () => ["FETCH 40 FROM c", "MOVE 40 IN c"]).flat(),
    "COMMIT",
  ),
  attack(
    "fetches a holdable cursor after COMMIT",
    "flooded",
    "BEGIN",
    `DECLARE c CURSOR WITH HOLD FOR ${ROWS}`,
    "COMMIT",
    "FETCH 90 FROM c",
    "FETCH 90 FROM c",
    "FETCH 90 FROM c",
  ),
  attack(
    "fetches a cursor in one string",
    "flooded",
    `BEGIN; DECLARE c CURSOR FOR ${ROWS}; FETCH 90 FROM c; FETCH 90 FROM c; COMMIT`,
  ),
  attack(
    "fetches a cursor by FETCH in the extended protocol",
    "flooded",
    "BEGIN",
    `DECLARE c CURSOR FOR ${ROWS}`,
    extended("FETCH 80 FROM c"),
    extended("FETCH 80 FROM c"),
    "COMMIT",
  ),
  attack("executes a portal in parts", "flooded", {
    send: [parse("", ROWS), bind(""), ...Array.from({ length: 10 }, () => execute("", 60)), sync],
  }),
  attack(
    "executes a portal in parts over several Syncs of a transaction",
    "flooded",
    "BEGIN",
    { send: [parse("", ROWS), bind("", { portal: "p" }), execute("p", 60), sync] },
    { send: [execute("p", 60), sync] },
    { send: [execute("p", 60), sync] },
    "COMMIT",
  ),
  attack("executes a portal in parts with Flush", "flooded", {
    send: [
      parse("s", ROWS),
      bind("s", { portal: "p" }),
      describe("P", "p"),
      execute("p", 90),
      flush,
      execute("p", 90),
      flush,
      execute("p", 0),
      sync,
    ],
  }),
  attack(
    "fetches a portal by its name in SQL",
    "flooded",
    "BEGIN",
    { send: [parse("", ROWS), bind("", { portal: "p" }), execute("p", 90), sync] },
    "FETCH 90 FROM p",
    "FETCH 90 FROM p",
    "COMMIT",
  ),
  attack("executes a portal of a negative number of rows", "flooded", {
    send: [parse("", ROWS), bind(""), execute("", -1), sync],
  }),
  attack("asks for one large row", "flooded", "SELECT repeat('x', 1000000)"),
  attack("asks for a large array", "flooded", "SELECT array_agg(n) FROM generate_series(1, 100000) n"),
  attack(
    "asks for large rows below the limit of rows",
    "flooded",
    "SELECT repeat('x', 10000) FROM generate_series(1, 90)",
  ),
  attack("asks for a large row in the extended protocol, in binary", "flooded", {
    send: [parse("", "SELECT repeat('x', 1000000)"), bind("", { binary: true }), execute(), sync],
  }),
  attack("asks for a large row by COPY", "flooded", "COPY (SELECT repeat('x', 1000000)) TO STDOUT"),
  attack("asks for a large row as JSON", "flooded", "SELECT json_agg(l) FROM app.ledger l"),
  attack("asks for a large row as XML", "flooded", "SELECT table_to_xml('app.ledger', true, false, '')"),
  attack(
    "asks for a large value in an error",
    "flooded",
    "SELECT string_agg(repeat('y', 1000), '') FROM generate_series(1, 400)",
  ),
  attack(
    "asks for large rows of a cursor in parts",
    "flooded",
    "BEGIN",
    "DECLARE c CURSOR FOR SELECT repeat('x', 20000) FROM generate_series(1, 50)",
    ...Array.from({ length: 10 }, () => "FETCH 2 FROM c"),
    "COMMIT",
  ),
  attack("asks for a large row by FunctionCall", "flooded", {
    send: [call("pg_catalog.repeat(text,integer)", "x", Buffer.from("1000000"))],
  }),
];

const CHANGED: readonly (readonly [Attack, number])[] = [
  [
    attack("updates more than a statement may", "changed", "UPDATE app.ledger SET amount = 0 WHERE id < 500"),
    10,
  ],
  [attack("deletes more than a statement may", "changed", "DELETE FROM app.ledger WHERE id < 500"), 10],
  [
    attack(
      "inserts more than a statement may",
      "changed",
      "INSERT INTO app.ledger (id, amount) SELECT n, 0 FROM generate_series(3000, 3500) n",
    ),
    10,
  ],
  [
    attack(
      "inserts many rows by VALUES",
      "changed",
      `INSERT INTO app.ledger (id, amount) VALUES ${Array.from({ length: 40 }, (_, n) => `(${5000 + n}, 0)`).join(",")}`,
    ),
    10,
  ],
  [
    attack("copies many rows in", "changed", {
      query: "COPY app.ledger (id, amount) FROM STDIN",
      copy: Array.from({ length: 50 }, (_, n) => `${5000 + n}\t0\n`).join(""),
    }),
    10,
  ],
  [
    attack("copies many rows in by the extended protocol", "changed", {
      send: [
        parse("", "COPY app.ledger (id, amount) FROM STDIN"),
        bind(""),
        execute(),
        copyData(Array.from({ length: 50 }, (_, n) => `${5000 + n}\t0\n`).join("")),
        copyDone,
        sync,
      ],
    }),
    10,
  ],
  [
    attack(
      "merges more than a statement may",
      "changed",
      "MERGE INTO app.ledger l USING (SELECT generate_series(1, 400) AS id) s ON l.id = s.id WHEN MATCHED THEN UPDATE SET amount = 0",
    ),
    10,
  ],
  [
    attack(
      "upserts more than a statement may",
      "changed",
      "INSERT INTO app.ledger (id, amount) SELECT n, 0 FROM generate_series(1, 400) n ON CONFLICT (id) DO UPDATE SET amount = 0",
    ),
    10,
  ],
  [
    attack(
      "updates many rows in a CTE whose tag counts one",
      "changed",
      "WITH u AS (UPDATE app.ledger SET amount = 0 WHERE id < 500 RETURNING id) SELECT count(*) FROM u",
    ),
    10,
  ],
  [
    attack(
      "updates many rows in a CTE beside a small one",
      "changed",
      "WITH u AS (UPDATE app.ledger SET amount = 0 WHERE id < 500) UPDATE app.ledger SET amount = 0 WHERE id = 600",
    ),
    10,
  ],
  [
    attack(
      "updates many rows in many CTEs of few",
      "changed",
      `WITH ${Array.from({ length: 6 }, (_, n) => `u${n} AS (UPDATE app.ledger SET amount = 0 WHERE id BETWEEN ${n * 9 + 1} AND ${n * 9 + 9})`).join(", ")} SELECT 1`,
    ),
    10,
  ],
  [attack("updates many rows by a function", "changed", "SELECT app.bump(500)"), 10],
  [
    attack(
      "updates many rows by a function called often",
      "changed",
      "SELECT app.bump_one(n) FROM generate_series(1, 500) n",
    ),
    10,
  ],
  [attack("updates many rows by a trigger of one", "changed", "INSERT INTO app.amplified VALUES (1)"), 10],
  [
    attack(
      "updates many rows below EXPLAIN ANALYZE",
      "changed",
      "EXPLAIN ANALYZE UPDATE app.ledger SET amount = 0 WHERE id < 500",
    ),
    10,
  ],
  [
    attack(
      "updates many rows by EXECUTE",
      "changed",
      "PREPARE p (int) AS UPDATE app.ledger SET amount = 0 WHERE id < $1",
      "EXECUTE p (500)",
    ),
    10,
  ],
  [
    attack(
      "updates many rows with a parameter",
      "changed",
      extended("UPDATE app.ledger SET amount = 0 WHERE id < $1", "500"),
    ),
    10,
  ],
  [
    attack(
      "updates many rows with an array as parameter",
      "changed",
      extended(
        "UPDATE app.ledger SET amount = 0 WHERE id = ANY ($1::int[])",
        `{${Array.from({ length: 60 }, (_, n) => n + 1).join(",")}}`,
      ),
    ),
    10,
  ],
  [
    attack("updates many rows in a portal row by row", "changed", {
      send: [
        parse("", "UPDATE app.ledger SET amount = 0 WHERE id < 500 RETURNING id"),
        bind(""),
        execute("", 1),
        sync,
      ],
    }),
    10,
  ],
  [
    attack(
      "updates many rows and commits in the same string",
      "changed",
      "BEGIN; UPDATE app.ledger SET amount = 0 WHERE id < 500; COMMIT",
    ),
    10,
  ],
  [
    attack(
      "updates many rows in a block of its own and commits",
      "changed",
      "BEGIN",
      "UPDATE app.ledger SET amount = 0 WHERE id < 500",
      "COMMIT",
    ),
    10,
  ],
  [
    attack(
      "updates many rows below a savepoint of its own and commits",
      "changed",
      "BEGIN",
      "SAVEPOINT s",
      "UPDATE app.ledger SET amount = 0 WHERE id < 500",
      "RELEASE s",
      "COMMIT",
    ),
    10,
  ],
  [
    attack(
      "updates many rows below savepoints of many names and commits",
      "changed",
      "BEGIN",
      ...Array.from({ length: 5 }, (_, n) => [
        `SAVEPOINT s${n}`,
        `UPDATE app.ledger SET amount = 0 WHERE id BETWEEN ${n * 100 + 1} AND ${n * 100 + 90}`,
        `RELEASE s${n}`,
      ]).flat(),
      "COMMIT",
    ),
    25,
  ],
  [
    attack(
      "goes on after the refusal and commits",
      "changed",
      "BEGIN",
      "UPDATE app.ledger SET amount = 0 WHERE id < 500",
      "ROLLBACK TO SAVEPOINT s",
      "COMMIT",
      "UPDATE app.ledger SET amount = 0 WHERE id BETWEEN 500 AND 900",
    ),
    10,
  ],
  [
    attack(
      "updates a few rows many times",
      "changed",
      ...Array.from(
        { length: 8 },
        (_, n) => `UPDATE app.ledger SET amount = 0 WHERE id BETWEEN ${n * 9 + 1} AND ${n * 9 + 9}`,
      ),
    ),
    25,
  ],
  [
    attack(
      "updates a few rows many times in one string",
      "changed",
      Array.from(
        { length: 8 },
        (_, n) => `UPDATE app.ledger SET amount = 0 WHERE id BETWEEN ${n * 9 + 1} AND ${n * 9 + 9}`,
      ).join("; "),
    ),
    25,
  ],
  [
    attack("updates a few rows many times in a pipeline", "changed", {
      send: [
        ...Array.from({ length: 8 }, (_, n) => [
          parse("", `UPDATE app.ledger SET amount = 0 WHERE id BETWEEN ${n * 9 + 1} AND ${n * 9 + 9}`),
          bind(""),
          execute(),
        ]).flat(),
        sync,
      ],
    }),
    25,
  ],
  [
    attack(
      "updates one row many times by a prepared statement",
      "changed",
      { send: [parse("s", "UPDATE app.ledger SET amount = 0 WHERE id = $1"), sync] },
      {
        send: [
          ...Array.from({ length: 60 }, (_, n) => [
            bind("s", { parameters: [String(n + 1)] }),
            execute(),
          ]).flat(),
          sync,
        ],
      },
    ),
    25,
  ],
  [
    attack(
      "updates a few rows many times in a transaction",
      "changed",
      "BEGIN",
      ...Array.from(
        { length: 8 },
        (_, n) => `UPDATE app.ledger SET amount = 0 WHERE id BETWEEN ${n * 9 + 1} AND ${n * 9 + 9}`,
      ),
      "COMMIT",
    ),
    25,
  ],
  [
    attack("updates a few rows in each of many Query messages of one write", "changed", {
      send: Array.from({ length: 8 }, (_, n) =>
        query(`UPDATE app.ledger SET amount = 0 WHERE id BETWEEN ${n * 9 + 1} AND ${n * 9 + 9}`),
      ),
    }),
    25,
  ],
  [attack("empties the table", "changed", "TRUNCATE app.ledger"), 10],
];

/** In other tables than the ledger: what a cascade takes is not counted by any tag. */
const CASCADED: readonly Attack[] = [
  attack("deletes many rows by a cascade of one", "changed", "DELETE FROM app.spread WHERE id = 1"),
  attack(
    "updates many rows of other tables by a trigger",
    "changed",
    "INSERT INTO app.triggered VALUES (1, 'x')",
  ),
];

const SLOW = "pg_sleep(2.5)";
const TIMED: readonly Attack[] = [
  attack("sleeps", "slow", `SELECT ${SLOW}`),
  attack("sleeps by another name", "slow", "SELECT pg_sleep_for('2.5 seconds')"),
  attack("sleeps in the extended protocol", "slow", extended(`SELECT ${SLOW}`)),
  attack("sleeps having raised the limit", "slow", "SET statement_timeout = 0", `SELECT ${SLOW}`),
  attack(
    "sleeps having raised the limit for the transaction",
    "slow",
    "BEGIN",
    "SET LOCAL statement_timeout = '1h'",
    `SELECT ${SLOW}`,
  ),
  attack(
    "sleeps having raised the limit by set_config",
    "slow",
    "SELECT set_config('statement_timeout', '0', false)",
    `SELECT ${SLOW}`,
  ),
  attack(
    "sleeps having raised the limit by pg_settings",
    "slow",
    "UPDATE pg_settings SET setting = '0' WHERE name = 'statement_timeout'",
    `SELECT ${SLOW}`,
  ),
  attack("sleeps having reset the limit", "slow", "RESET statement_timeout", `SELECT ${SLOW}`),
  attack("sleeps having reset all", "slow", "RESET ALL", `SELECT ${SLOW}`),
  attack("sleeps having discarded all", "slow", "DISCARD ALL", `SELECT ${SLOW}`),
  attack(
    "sleeps having set the limit to its default",
    "slow",
    "SET statement_timeout TO DEFAULT",
    `SELECT ${SLOW}`,
  ),
  attack(
    "sleeps having lowered the limit in a block and rolled it back",
    "slow",
    "BEGIN",
    "SET statement_timeout = '100ms'",
    "ROLLBACK",
    `SELECT ${SLOW}`,
  ),
  attack(
    "sleeps having raised the limit in units",
    "slow",
    "SET statement_timeout TO '3min'",
    `SELECT ${SLOW}`,
  ),
  {
    ...attack("sleeps having raised the limit from the start", "slow", `SELECT ${SLOW}`),
    startup: { options: "-c statement_timeout=0" },
  },
  {
    ...attack("sleeps having raised the limit by a start-up parameter", "slow", `SELECT ${SLOW}`),
    startup: { statement_timeout: "1h" },
  },
  attack("sleeps row by row", "slow", "SELECT pg_sleep(0.05) FROM generate_series(1, 60)"),
  attack("sleeps under COPY", "slow", `COPY (SELECT ${SLOW}) TO STDOUT`),
  attack("sleeps under EXPLAIN ANALYZE", "slow", `EXPLAIN ANALYZE SELECT ${SLOW}`),
  attack("sleeps in a fetch", "slow", "BEGIN", `DECLARE c CURSOR FOR SELECT ${SLOW}`, "FETCH c", "COMMIT"),
  attack(
    "sleeps at COMMIT in a holdable cursor",
    "slow",
    "BEGIN",
    `DECLARE c CURSOR WITH HOLD FOR SELECT ${SLOW}`,
    "COMMIT",
  ),
  attack(
    "computes without end",
    "slow",
    "SELECT count(*) FROM generate_series(1, 30000000) a WHERE a % 7 = 3",
  ),
  attack(
    "joins without end",
    "slow",
    "SELECT count(*) FROM app.ledger a, app.ledger b, app.customers c WHERE a.id + b.id > c.id",
  ),
  attack(
    "recurses without end",
    "slow",
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 6000000) SELECT max(n) FROM r",
  ),
  attack(
    "sorts without end",
    "slow",
    "SELECT count(*) FROM (SELECT md5(n::text) AS m FROM generate_series(1, 3000000) n ORDER BY m OFFSET 0) s",
  ),
  attack(
    "matches a regular expression without end",
    "slow",
    "SELECT count(*) FROM generate_series(1, 6000000) n WHERE repeat('a', 30) || n ~ '(a+)+$' AND repeat(n::text, 5) ~ '^(.*)\\1{3}x$'",
  ),
  attack("sleeps by FunctionCall", "slow", { send: [call("pg_catalog.pg_sleep(double precision)", "2.5")] }),
];

export const LIMITED: readonly Attack[] = [
  ...RETURNED,
  ...CHANGED.map(([one, allowed]): Attack => within(one, allowed)),
  ...CASCADED,
  ...TIMED,
];

function within(one: Attack, allowed: number): Attack {
  return { ...one, allowed };
}
