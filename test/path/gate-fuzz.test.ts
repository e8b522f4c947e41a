// Any sequence of messages, some of them refused, through a gateway with rules and limits, and directly to PostgreSQL with
// something that fails in the place of what is refused: the same answers in the same order, the same transaction states,
// the same rows in the end. Bounded in time, not in runs.

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeFrontend, type Frame, type FrontendMessage } from "#core/wire";
import { WireClient } from "../support/wire-client.ts";
import { HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

const SECONDS = Number(process.env["GATE_FUZZ_SECONDS"] ?? 20);

const POLICY = `
extends: owner
rules:
  - { id: keep, when: { kind: delete, relation: "*.t" }, then: deny }
limits: { rows_changed: { statement: 100000, session: 1000000000 }, rows_returned: 100000 }
`;

const REFUSED = "DELETE FROM t WHERE id = 1";
const FAILS = "DO $$ BEGIN RAISE 'refused'; END $$";
const NO_SQL = "no statement at all";

/** What the agent sends to the gateway, and what is sent to PostgreSQL. */
interface Pair {
  readonly governed: FrontendMessage;
  readonly direct: FrontendMessage;
}

interface Unit {
  /** Answered by exactly one ReadyForQuery. */
  readonly messages: readonly Pair[];
  readonly shown: string;
}

const STATEMENTS = [
  "SELECT id FROM t ORDER BY id LIMIT 3",
  "SELECT * FROM x",
  "SELECT 1 FROM missing",
  "SELECT 1/0",
  "SELECT 1/(id - 2) FROM t ORDER BY id",
  "INSERT INTO u VALUES (1), (2)",
  "INSERT INTO u VALUES (7) RETURNING id",
  "INSERT INTO once VALUES (1)",
  "UPDATE t SET v = v + 1 WHERE id = 3",
  "UPDATE t SET v = v + 1 WHERE id < 5 RETURNING id",
  "DELETE FROM u WHERE id = 2",
  "WITH new AS (INSERT INTO u SELECT id FROM t WHERE id < 3 RETURNING id) SELECT count(*) FROM new",
  "MERGE INTO u USING t ON u.id = t.id WHEN MATCHED THEN UPDATE SET id = 9",
  "BEGIN",
  "BEGIN READ ONLY",
  "START TRANSACTION ISOLATION LEVEL REPEATABLE READ",
  "COMMIT",
  "ROLLBACK",
  "COMMIT AND CHAIN",
  "SAVEPOINT a",
  "ROLLBACK TO a",
  "RELEASE a",
  "CREATE TEMP TABLE x (a int)",
  "CREATE TEMP TABLE x (a int) ON COMMIT DROP",
  "DROP TABLE x",
  "CREATE TEMP TABLE IF NOT EXISTS u (id int)",
  "DROP TABLE IF EXISTS pg_temp.u",
  "PREPARE p AS SELECT id FROM u",
  "PREPARE p AS INSERT INTO u VALUES (4)",
  "EXECUTE p",
  "DEALLOCATE p",
  "DEALLOCATE ALL",
  "DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id",
  "DECLARE c CURSOR WITH HOLD FOR SELECT id FROM t ORDER BY id",
  "FETCH 2 FROM c",
  "MOVE 2 FROM c",
  "CLOSE c",
  "SET LOCAL work_mem = '1MB'",
  "SET CONSTRAINTS ALL IMMEDIATE",
  "SHOW work_mem",
  "EXPLAIN (COSTS off) SELECT 1",
  "DO $$ BEGIN RAISE NOTICE 'note'; END $$",
  "TRUNCATE u",
  "",
  ";",
  NO_SQL,
] as const;

/** Not in a transaction: behind a Bind of its batch it may meet one that a question of the gateway's has begun. */
const ALONE = "VACUUM u";

const statement = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...STATEMENTS) },
  { weight: 2, arbitrary: fc.constant(REFUSED) },
);

function query(text: string): FrontendMessage {
  return { kind: "query", text: Buffer.from(text) };
}

function same(message: FrontendMessage): Pair {
  return { governed: message, direct: message };
}

const name = fc.constantFrom("", "s", "p");
const portal = fc.constantFrom("", "c", "w");

const simple: fc.Arbitrary<Unit> = fc
  .array(statement, { minLength: 1, maxLength: 4 })
  .filter((parts) => parts.length === 1 || !parts.includes(NO_SQL))
  .map((parts) => ({
    messages: [
      {
        governed: query(parts.join("; ")),
        direct: query(parts.map((part) => (part === REFUSED ? FAILS : part)).join("; ")),
      },
    ],
    shown: `Query(${parts.join("; ")})`,
  }));

const alone: fc.Arbitrary<Unit> = fc.tuple(name, fc.boolean()).map(([s, describes]) => {
  const before = describes ? [same({ kind: "describe", target: "S", name: s } as const)] : [];
  const { pair } = parse(ALONE, s);
  const run = [same(bind(s, "")), same({ kind: "execute", portal: "", maxRows: 0 } as const)];
  return {
    messages: [...before, pair, ...run, same({ kind: "sync" })],
    shown: `${describes ? `Describe(S,${s}) ` : ""}Parse(${s},${ALONE}) Bind Execute Sync`,
  };
});

const single: fc.Arbitrary<Unit> = statement.map((part) => ({
  messages: [{ governed: query(part), direct: query(part === REFUSED ? FAILS : part) }],
  shown: `Query(${part})`,
}));

interface Shown {
  readonly pair: Pair;
  readonly shown: string;
}

const extended: fc.Arbitrary<readonly Shown[]> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(statement, name, portal, fc.constantFrom(0, 0, 1), fc.boolean())
      .map(([text, s, p, rows, describes]) => [
        parse(text, s),
        { pair: same(bind(s, p)), shown: `Bind(${s},${p})` },
        describes
          ? { pair: same({ kind: "describe", target: "P", name: p } as const), shown: `Describe(P,${p})` }
          : { pair: same({ kind: "describe", target: "S", name: s } as const), shown: `Describe(S,${s})` },
        {
          pair: same({ kind: "execute", portal: p, maxRows: rows } as const),
          shown: `Execute(${p},${rows})`,
        },
      ]),
  },
  { weight: 1, arbitrary: fc.tuple(statement, name).map(([text, s]) => [parse(text, s)]) },
  {
    weight: 1,
    arbitrary: fc.tuple(name, portal).map(([s, p]) => [{ pair: same(bind(s, p)), shown: `Bind(${s},${p})` }]),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(portal, fc.constantFrom(0, 1)).map(([p, rows]) => [
      {
        pair: same({ kind: "execute", portal: p, maxRows: rows } as const),
        shown: `Execute(${p},${rows})`,
      },
    ]),
  },
  {
    weight: 1,
    arbitrary: name.map((s) => [
      { pair: same({ kind: "describe", target: "S", name: s } as const), shown: `Describe(S,${s})` },
    ]),
  },
  {
    weight: 1,
    arbitrary: name.map((s) => [
      { pair: same({ kind: "close", target: "S", name: s } as const), shown: `Close(S,${s})` },
    ]),
  },
  {
    weight: 1,
    arbitrary: portal.map((p) => [
      { pair: same({ kind: "close", target: "P", name: p } as const), shown: `Close(P,${p})` },
    ]),
  },
  { weight: 1, arbitrary: fc.constant([{ pair: same({ kind: "flush" } as const), shown: "Flush" }]) },
);

/**
 * Not under the name that EXECUTE asks for: of an empty statement nobody can tell what it would execute, and PostgreSQL ends
 * the connection when it is a transaction command (FATAL XX000, xact.c).
 */
function parse(text: string, asked: string): Shown {
  const s = /^;?$|^(?:BEGIN|START|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)/.test(text)
    ? asked.replace("p", "s")
    : asked;
  const message = (sql: string): FrontendMessage => ({
    kind: "parse",
    statement: s,
    text: Buffer.from(sql),
    parameterTypes: [],
  });
  return {
    pair: { governed: message(text), direct: message(text === REFUSED ? NO_SQL : text) },
    shown: `Parse(${s},${text})`,
  };
}

function bind(s: string, p: string): FrontendMessage {
  return { kind: "bind", portal: p, statement: s, parameterFormats: [], parameters: [], resultFormats: [] };
}

const batch: fc.Arbitrary<Unit> = fc.array(extended, { minLength: 1, maxLength: 4 }).map((parts) => ({
  messages: [...parts.flat().map(({ pair }) => pair), same({ kind: "sync" })],
  shown: `${parts
    .flat()
    .map(({ shown }) => shown)
    .join(" ")} Sync`,
}));

const call: fc.Arbitrary<Unit> = fc.constant({
  // random()
  messages: [
    same({ kind: "function_call", functionOid: 1598, argumentFormats: [], arguments: [], resultFormat: 0 }),
  ],
  shown: "FunctionCall",
});

const session = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: single },
    { weight: 3, arbitrary: simple },
    { weight: 1, arbitrary: alone },
    { weight: 6, arbitrary: batch },
    { weight: 1, arbitrary: call },
  ),
  { minLength: 1, maxLength: 8 },
);

let role: Role;
let gateway: Gateway;
let agent: HostileAgent;
let client: WireClient;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  for (const schema of ["hg_a", "hg_b"]) {
    await role.query(`CREATE SCHEMA ${schema} AUTHORIZATION ${role.name}`);
    await role.query(`SET ROLE ${role.name}`);
    await role.query(`CREATE TABLE ${schema}.t (id int PRIMARY KEY, v int)`);
    await role.query(`CREATE TABLE ${schema}.u (id int)`);
    await role.query(`CREATE TABLE ${schema}.once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)`);
    await role.query("RESET ROLE");
  }
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") }, policy: POLICY });
  await connect();
});

async function connect(): Promise<void> {
  agent = await HostileAgent.open(gateway.url, "demo", await mint(), "gate-fuzz");
  client = await WireClient.connect(role.url("not-a-secret"));
}

afterAll(async () => {
  agent?.terminate();
  await client?.end();
  await gateway?.stop();
  gateway?.remove();
  await role?.query("DROP SCHEMA hg_a, hg_b CASCADE");
  await role?.drop();
});

const DECLARED = ["ROLLBACK", "DISCARD ALL", "SET client_min_messages = notice"];

async function reset(): Promise<void> {
  for (const schema of ["hg_a", "hg_b"]) {
    const texts = [
      ...DECLARED,
      `SET search_path = ${schema}`,
      "DELETE FROM u",
      "DELETE FROM once",
      "INSERT INTO once VALUES (1)",
      "INSERT INTO t SELECT i, 0 FROM generate_series(1, 10) i ON CONFLICT (id) DO UPDATE SET v = 0",
    ];
    for (const text of texts) {
      if (schema === "hg_b") await client.query(text);
      else {
        agent.query(text);
        await agent.ready();
      }
    }
  }
}

function transcript(frames: readonly Frame[]): string {
  const status = (frame: Frame): string =>
    frame.code === 0x5a ? `Z${String.fromCharCode(frame.bytes[5] ?? 63)} ` : "";
  return frames
    .map((frame) => status(frame) || letters([frame]))
    .join("")
    .replaceAll("S", "");
}

async function contents(schema: string): Promise<unknown> {
  const rows = await role.query(`SELECT
    (SELECT array_agg((id, v)::text ORDER BY id) FROM ${schema}.t)::text AS t,
    (SELECT array_agg(id ORDER BY id) FROM ${schema}.u)::text AS u,
    (SELECT array_agg(id) FROM ${schema}.once)::text AS once`);
  return rows[0];
}

/** Cuts the bytes into writes. */
async function write(bytes: Buffer, cuts: readonly number[], send: (part: Buffer) => void): Promise<void> {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...at, bytes.length]) {
    if (to === from) continue;
    send(bytes.subarray(from, to));
    from = to;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test(
  "answers, transactions and rows are those of PostgreSQL, whatever is sent and however it is cut",
  { timeout: (SECONDS + 60) * 1_000 },
  async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        session,
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.boolean(),
        async (units, cuts, pipelined) => {
          runs++;
          await reset();
          const said: string[] = [];
          const expected: string[] = [];
          const groups = pipelined ? [units] : units.map((unit) => [unit]);
          try {
            for (const group of groups) {
              const messages = group.flatMap((unit) => unit.messages);
              client.send(...messages.map(({ direct }) => direct));
              expected.push(transcript(await client.ready(group.length)));
              const bytes = Buffer.concat(messages.map(({ governed }) => encodeFrontend(governed)));
              await write(bytes, cuts, (part) => agent.send(part));
              said.push(transcript(await agent.ready(group.length)));
            }
            await client.query("ROLLBACK");
            agent.query("ROLLBACK");
            await agent.ready();
            const shown = units.map((unit) => unit.shown).join("\n");
            expect(early(said), shown).toBe(early(expected));
            expect(await contents("hg_a"), shown).toEqual(await contents("hg_b"));
          } catch (error) {
            agent.terminate();
            await client.end().catch(() => undefined);
            await connect();
            throw error;
          }
        },
      ),
      { numRuns: 100_000, interruptAfterTimeLimit: SECONDS * 1_000, markInterruptAsFailure: false },
    );
    expect(runs).toBeGreaterThan(10);
  },
);

/**
 * Where rows are counted, what is deferred to the commit of a batch is run before its last statement is told to be done: a
 * constraint that fails then takes the place of that completion. The transaction fails either way.
 */
function early(transcripts: readonly string[]): string {
  return transcripts.join("| ").replaceAll("CEZ", "EZ");
}
