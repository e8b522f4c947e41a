// The drivers and tools that people use, unmodified, through shim or WebSocket: what they answer is what they answer when
// they are connected to PostgreSQL directly; under an open document, under a governed one that allows the same, and under
// the profile for agents. The command line tools are PostgreSQL's own; where they are missing their tests are skipped.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { neonConfig, Pool } from "@neondatabase/serverless";
import pg from "pg";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Way, withGoverned, withOpen } from "./compat-governed.ts";

const run = promisify(execFile);
const SCHEMA = "drivers";

beforeAll(async () => {
  const client = new pg.Client({ connectionString: inject("stack").upstream });
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE; CREATE SCHEMA ${SCHEMA};
    CREATE TABLE ${SCHEMA}.item (id integer PRIMARY KEY, name text NOT NULL, price numeric, at timestamptz, tags text[], doc jsonb, raw bytea);
    INSERT INTO ${SCHEMA}.item SELECT n, 'item ' || n, n * 1.25, '2026-01-01Z'::timestamptz + n * interval '1 hour',
      ARRAY['t' || n, NULL], jsonb_build_object('n', n), decode(lpad(to_hex(n), 4, '0'), 'hex') FROM generate_series(1, 1000) AS n`);
  await client.end();
});

/** The part of a driver that node-postgres and Neon's have in common. */
interface Client {
  query(
    text: string | { text: string; values?: unknown[]; name?: string; rowMode?: "array" },
    values?: unknown[],
  ): Promise<{ rows: unknown[]; rowCount: number | null; fields: { name: string; dataTypeID: number }[] }>;
}

/** Everything that a program does with such a driver, and what it saw. */
async function workWith(client: Client): Promise<unknown[]> {
  const saw: unknown[] = [];
  const ask = async (...query: Parameters<Client["query"]>): Promise<void> => {
    const result = await client.query(...query).catch((error: Record<string, unknown>) => ({
      code: error["code"],
      message: error["message"],
      detail: error["detail"],
      position: error["position"],
    }));
    // Several statements give several results.
    for (const one of [result].flat()) {
      saw.push("rows" in one ? { rows: one.rows, count: one.rowCount, fields: one.fields } : one);
    }
  };
  await ask("SELECT 1 AS one, NULL AS nothing, 'ünï ✓' AS text");
  await ask(`SELECT * FROM ${SCHEMA}.item WHERE id < $1 ORDER BY id`, [5]);
  await ask({ name: "by id", text: `SELECT * FROM ${SCHEMA}.item WHERE id = $1`, values: [7] });
  await ask({ name: "by id", text: `SELECT * FROM ${SCHEMA}.item WHERE id = $1`, values: [8] });
  await ask("SELECT $1::int[] AS a, $2::jsonb AS b, $3::bytea AS c, $4::timestamptz AS d, $5::text AS e", [
    [1, 2, null],
    { a: [1] },
    Buffer.from([0, 255]),
    new Date(0),
    null,
  ]);
  await ask("SELECT 1/0");
  await ask("SELECT * FROM nowhere");
  await ask("SELECT $1::int", ["x"]);
  await ask(`INSERT INTO ${SCHEMA}.item (id, name) VALUES ($1, $2)`, [1, "again"]);
  await ask("BEGIN");
  await ask(`INSERT INTO ${SCHEMA}.item (id, name) VALUES (5000, 'gone again') RETURNING id`);
  await ask("SAVEPOINT s");
  await ask("SELECT 1/0");
  await ask("SELECT 'in a failed transaction'");
  await ask("ROLLBACK TO s");
  await ask(`SELECT count(*) FROM ${SCHEMA}.item`);
  await ask("ROLLBACK");
  await ask(`SELECT count(*) FROM ${SCHEMA}.item`);
  await ask("SELECT 1; SELECT 2");
  await ask("");
  await ask({ text: "SELECT n, repeat('x', 1000) FROM generate_series(1, 10000) AS n", rowMode: "array" });
  await ask("SELECT repeat('y', 3000000) AS large");
  await ask("SELECT length($1) AS length", ["z".repeat(3_000_000)]);
  return saw;
}

async function withPg(connectionString: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await workWith(client);
  } finally {
    await client.end();
  }
}

/** The profile, with limits that leave room for what is copied here. */
const AGENT = `extends: agent
limits: { rows_returned: 1000000, bytes_returned: 1GiB, rows_changed: { statement: none, session: none } }
`;

function tool(name: string): string | null {
  const places = [
    "/usr/lib/postgresql/18/bin",
    "/usr/lib/postgresql/17/bin",
    "/usr/lib/postgresql/15/bin",
    "/usr/bin",
  ];
  return places.map((place) => join(place, name)).find((path) => existsSync(path)) ?? null;
}

const psql = tool("psql");
const pgbench = tool("pgbench");

interface Document {
  readonly name: string;
  readonly begin: () => () => Way;
  /** DO, NOTIFY and DDL are not for everyone. */
  readonly agent: boolean;
}

const DOCUMENTS: readonly Document[] = [
  { name: "that is open", begin: withOpen, agent: false },
  { name: "that is governed and allows everything", begin: withGoverned, agent: false },
  { name: "for agents", begin: () => withGoverned(AGENT), agent: true },
];

describe.each(DOCUMENTS)("under a document $name", ({ begin, agent }) => {
  const way = begin();

  describe("drivers", () => {
    let reference: unknown[];
    beforeAll(async () => {
      reference = await withPg(inject("stack").upstream);
      neonConfig.useSecureWebSocket = false;
      neonConfig.wsProxy = (host, port) => `${host}:${port}/v2`;
    });

    it("node-postgres sees what it sees directly", async () => {
      expect(await withPg(way().postgres)).toEqual(reference);
    });

    it.skipIf(agent)("node-postgres gets notices, and notifications of others while it is idle", async () => {
      const client = new pg.Client({ connectionString: way().postgres });
      await client.connect();
      const notices: unknown[] = [];
      client.on("notice", ({ message }) => notices.push(message));
      await client.query("DO $$ BEGIN RAISE NOTICE 'heard'; END $$");
      expect(notices).toEqual(["heard"]);
      await client.query("LISTEN news");
      const notified = new Promise((resolve) =>
        client.once("notification", ({ payload }) => resolve(payload)),
      );
      const other = new pg.Client({ connectionString: inject("stack").upstream });
      await other.connect();
      await other.query("NOTIFY news, 'from elsewhere'");
      await other.end();
      expect(await notified).toBe("from elsewhere");
      await client.end();
    });

    it("Neon's Pool sees what node-postgres sees, given nothing but a connection string", async () => {
      const pool = new Pool({ connectionString: way().connect, max: 3 });
      const client = await pool.connect();
      try {
        expect(await workWith(client as Client)).toEqual(reference);
      } finally {
        client.release();
      }
      const answers = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((n) => pool.query("SELECT $1::int AS n", [n])),
      );
      expect(answers.map(({ rows }) => rows)).toEqual([1, 2, 3, 4, 5, 6].map((n) => [{ n }]));
      await pool.end();
    });

    it("postgres.js sees what it sees directly: pipelined, in transactions, with cursors and COPY", async () => {
      const work = async (url: string): Promise<unknown[]> => {
        const sql = postgres(url, { max: 1, onnotice: () => undefined });
        const saw: unknown[] = [];
        try {
          saw.push([...(await sql`SELECT * FROM ${sql(SCHEMA)}.item WHERE id < ${5} ORDER BY id`)]);
          const pipelined = await Promise.allSettled([
            sql`SELECT ${1}::int AS n`,
            sql`SELECT 1/${0}::int AS n`,
            sql`SELECT ${["a", "b"]}::text[] AS n`,
            sql`SELECT ${sql.json({ a: 1 })}::jsonb AS n`,
          ]);
          saw.push(
            pipelined.map((one) => (one.status === "fulfilled" ? Array.from(one.value) : String(one.reason))),
          );
          saw.push(
            await sql.begin(async (tx) => {
              await tx`INSERT INTO ${tx(SCHEMA)}.item (id, name) VALUES (6000, 'kept')`;
              await tx.savepoint((inner) => inner`SELECT 1/0`).catch(() => undefined);
              return [...(await tx`DELETE FROM ${tx(SCHEMA)}.item WHERE id = 6000 RETURNING id`)];
            }),
          );
          const sizes: number[] = [];
          await sql`SELECT generate_series(1, 1000) AS n`.cursor(300, (rows) => void sizes.push(rows.length));
          saw.push(sizes);
          const readable = await sql`COPY (SELECT generate_series(1, 1000)) TO STDOUT`.readable();
          let copied = "";
          for await (const chunk of readable) copied += String(chunk);
          saw.push(copied);
          await sql`CREATE TEMP TABLE copied (n integer)`;
          const writable = await sql`COPY copied FROM STDIN`.writable();
          await new Promise<void>((resolve, reject) => {
            writable.once("error", reject).once("finish", () => resolve());
            writable.end(Array.from({ length: 50_000 }, (_, n) => `${n}\n`).join(""));
          });
          saw.push([...(await sql`SELECT count(*), sum(n) FROM copied`)]);
          saw.push(JSON.parse(JSON.stringify(await sql.unsafe("SELECT 1 AS a; SELECT 2 AS b"))));
        } finally {
          await sql.end();
        }
        return saw;
      };
      const { upstream } = inject("stack");
      const { postgres: shim } = way();
      expect(await work(shim)).toEqual(await work(upstream));
    });
  });

  describe.skipIf(psql === null)("psql", () => {
    const ask = async (url: string, ...args: string[]): Promise<string> => {
      const { stdout, stderr } = await run(psql ?? "", ["-X", ...args, url], {
        env: { LC_ALL: "C.UTF-8" },
      }).catch((error: { stdout: string; stderr: string }) => error);
      return `${stdout}${stderr}`;
    };

    it.each([
      ["a table", ["-c", `SELECT * FROM ${SCHEMA}.item ORDER BY id LIMIT 5`]],
      ["\\d", ["-c", `\\d ${SCHEMA}.item`]],
      ["an error with its position", ["-c", "SELECT 1 FROM nowhere"]],
      ["several statements", ["-c", "SELECT 1; SELECT 1/0; SELECT 2", "-c", "SELECT 3"]],
      ["COPY to the client", ["-c", `\\copy ${SCHEMA}.item to stdout`]],
      ["\\gdesc and \\bind", ["-c", "SELECT 1 AS a, now() AS b \\gdesc"]],
      [
        "FETCH_COUNT, which reads by cursor",
        ["-v", "FETCH_COUNT=100", "-c", `SELECT id FROM ${SCHEMA}.item ORDER BY id`],
      ],
      ["one transaction that fails", ["-1", "-c", "SELECT 1", "-c", "SELECT 1/0", "-c", "SELECT 2"]],
    ])("prints what it prints directly: %s", async (_, args) => {
      const { upstream } = inject("stack");
      const { postgres: shim } = way();
      const direct = await ask(upstream, ...args);
      expect(direct.length).toBeGreaterThan(0);
      expect(await ask(shim, ...args)).toBe(direct);
    });

    it("copies a file in", async () => {
      const url = way().postgres;
      const input = Array.from({ length: 200_000 }, (_, n) => `${n}\tname ${n}\n`).join("");
      const script = `CREATE TEMP TABLE t (n integer, name text);\nCOPY t FROM STDIN;\n${input}\\.\nSELECT count(*), sum(n) FROM t;\n`;
      // Not synchronously: the shim may be part of this process.
      const copying = run(psql ?? "", ["-X", "-q", "-t", "-A", url]);
      copying.child.stdin?.end(script);
      const { stdout: output } = await copying;
      expect(output.trim()).toBe("200000|19999900000");
    });

    it("cancels with Ctrl-C", async () => {
      const child = execFile(psql ?? "", ["-X", "-c", "SELECT pg_sleep(30)", way().postgres]);
      let stderr = "";
      child.stderr?.on("data", (chunk: string) => (stderr += chunk));
      const exited = new Promise((resolve) => child.once("close", resolve));
      setTimeout(() => child.kill("SIGINT"), 1_500);
      const since = Date.now();
      await exited;
      expect(stderr).toContain("canceling statement due to user request");
      expect(Date.now() - since).toBeLessThan(10_000);
    });
  });

  describe.skipIf(pgbench === null || agent)("pgbench", () => {
    let prefix: string[];
    beforeAll(async () => {
      prefix = ["-h", "127.0.0.1", "-p", new URL(way().postgres).port, "-U", "agent"];
      await run(pgbench ?? "", [...prefix, "-i", "-s", "1", "-q", inject("stack").target]);
    }, 60_000);
    afterAll(async () => {
      const client = new pg.Client({ connectionString: inject("stack").upstream });
      await client.connect();
      await client.query("DROP TABLE pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers");
      await client.end();
    });

    it.each(["simple", "extended", "prepared"])("runs its transactions in mode %s", async (mode) => {
      const { stdout } = await run(pgbench ?? "", [
        ...prefix,
        "-M",
        mode,
        "-n",
        "-c",
        "4",
        "-t",
        "25",
        inject("stack").target,
      ]);
      expect(stdout).toContain("number of transactions actually processed: 100/100");
      expect(stdout).toContain("number of failed transactions: 0");
    });
  });
});
