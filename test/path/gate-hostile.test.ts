// An agent that knows how the gate works and turns it against itself: names that change between the look and the run,
// messages that arrive before the answers to those before them, questions of the gateway's that fail, limits that are
// passed where nobody counts. Judged by what PostgreSQL did, not by what was answered.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { encodeFrontend, type FrontendMessage } from "#core/wire";
import { failureOf, HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

const NAMES = `
extends: owner
rules:
  - { id: keep, when: { kind: delete, relation: hg.t }, then: deny }
  - { id: no-secret, when: { relation: hg.secret, action: select }, then: deny }
  - { id: no-drop, when: { kind: [drop_table, truncate], relation: "hg.*" }, then: deny }
`;

const LIMITS = `
extends: owner
rules:
  - { id: keep, when: { kind: [delete], relation: hg.u }, then: deny }
limits:
  rows_changed: 10
  rows_returned: 50
  bytes_returned: 64KiB
  statement_time: 3s
`;

const SECRET = "the secret of the house";

let role: Role;
let names: Gateway;
let limits: Gateway;
let agent: HostileAgent;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA hg AUTHORIZATION ${role.name}`);
  const targets = { demo: role.url("not-a-secret") };
  [names, limits] = await Promise.all([
    startGateway({ targets, policy: NAMES }),
    startGateway({ targets, policy: LIMITS }),
  ]);
});

afterAll(async () => {
  agent?.terminate();
  await Promise.all([names?.stop(), limits?.stop()]);
  names?.remove();
  limits?.remove();
  await role?.query(`DROP SCHEMA hg CASCADE`);
  await role?.drop();
});

async function rebuild(gateway: Gateway): Promise<void> {
  agent?.terminate();
  await expect.poll(() => role.connections()).toEqual([]);
  await role.query(`DROP SCHEMA hg CASCADE`);
  await role.query(`CREATE SCHEMA hg AUTHORIZATION ${role.name}`);
  await role.query(`SET ROLE ${role.name}`);
  await role.query(`CREATE TABLE hg.t (id int PRIMARY KEY, v int)`);
  await role.query(`INSERT INTO hg.t SELECT i, 0 FROM generate_series(1, 100) i`);
  await role.query(`CREATE TABLE hg.u (id int)`);
  await role.query(`CREATE TABLE hg.secret (x text)`);
  await role.query(`INSERT INTO hg.secret VALUES ('${SECRET}')`);
  await role.query(`RESET ROLE`);
  agent = await HostileAgent.open(gateway.url, "demo", await mint(), "gate-hostile");
  await say("SET search_path = hg");
}

interface Answer {
  /** Letters of the frames, the transaction status, and the SQLSTATE of the first error. */
  readonly said: string;
  readonly bytes: string;
}

async function answer(): Promise<Answer> {
  const frames = await agent.ready();
  const failed = frames.find(({ code }) => code === 0x45);
  const status = String.fromCharCode(frames.at(-1)?.bytes[5] ?? 63);
  // PostgreSQL 18 reports search_path.
  const said = `${letters(frames).replaceAll("S", "")}${status}${failed === undefined ? "" : ` ${failureOf([failed])?.sqlstate}`}`;
  return { said, bytes: Buffer.concat(frames.map(({ bytes }) => bytes)).toString() };
}

async function say(text: string): Promise<string> {
  agent.query(text);
  return (await answer()).said;
}

function parse(text: string, statement = ""): FrontendMessage {
  return { kind: "parse", statement, text: Buffer.from(text), parameterTypes: [] };
}

function bind(statement = "", portal = ""): FrontendMessage {
  return { kind: "bind", portal, statement, parameterFormats: [], parameters: [], resultFormats: [] };
}

function execute(portal = "", maxRows = 0): FrontendMessage {
  return { kind: "execute", portal, maxRows };
}

function run(text: string, maxRows = 0): readonly FrontendMessage[] {
  return [parse(text), bind(), execute("", maxRows)];
}

const SYNC: FrontendMessage = { kind: "sync" };
const FLUSH: FrontendMessage = { kind: "flush" };

function query(text: string): FrontendMessage {
  return { kind: "query", text: Buffer.from(text) };
}

function send(...messages: readonly FrontendMessage[]): void {
  agent.send(...messages.map(encodeFrontend));
}

/** Sends them with a Sync behind. */
async function batch(...messages: readonly FrontendMessage[]): Promise<Answer> {
  send(...messages, SYNC);
  return answer();
}

/** Everything up to so many ReadyForQuery. */
async function answers(count: number): Promise<Answer[]> {
  const all: Answer[] = [];
  for (let i = 0; i < count; i++) all.push(await answer());
  return all;
}

async function value(text: string): Promise<unknown> {
  return Object.values((await role.query(text))[0] ?? {})[0];
}

const rows = (): Promise<unknown> => value("SELECT count(*)::int FROM hg.t");

describe("names that change under a statement", () => {
  beforeEach(() => rebuild(names));

  test("a plan that was made before a temporary table stood in the way is what runs", async () => {
    await say("CREATE TEMP TABLE first (a int)");
    await say("PREPARE p AS DELETE FROM t");
    await say("CREATE TEMP TABLE t (id int, v int)");
    await say("EXECUTE p");
    expect(await rows()).toBe(100);
    await say("DROP TABLE pg_temp.t");
    await say("PREPARE q AS SELECT * FROM secret");
    await say("CREATE TEMP TABLE secret (x text)");
    agent.query("EXECUTE q");
    expect((await answer()).bytes).not.toContain(SECRET);
  });

  test("a plan that was made anew in between is no other way round", async () => {
    await say("CREATE TEMP TABLE secret (x text)");
    await batch(parse("SELECT * FROM secret", "d"));
    await say("PREPARE e AS SELECT * FROM secret");
    await say("CREATE TEMP TABLE t (id int, v int)");
    await say("PREPARE f AS DELETE FROM t");
    await say("DROP TABLE pg_temp.secret");
    await say("DROP TABLE pg_temp.t");
    // Each makes PostgreSQL look the names up anew.
    await batch({ kind: "describe", target: "S", name: "d" });
    await say("EXPLAIN EXECUTE e");
    await say("EXPLAIN EXECUTE f");
    await say("CREATE TEMP TABLE secret (x text)");
    await say("CREATE TEMP TABLE t (id int, v int)");
    expect((await batch(bind("d"), execute())).bytes).not.toContain(SECRET);
    agent.query("EXECUTE e");
    expect((await answer()).bytes).not.toContain(SECRET);
    await say("EXECUTE f");
    expect(await rows()).toBe(100);
  });

  test("a portal of EXECUTE runs what the name stands for when it is executed", async () => {
    await say("PREPARE p AS UPDATE t SET v = 1 WHERE id = 1");
    send(parse("EXECUTE p"), bind("", "late"), FLUSH);
    send(parse("DEALLOCATE p", "d"), bind("d", "d"), execute("d"));
    send(parse("PREPARE p AS DELETE FROM t", "e"), bind("e", "e"), execute("e"));
    send(execute("late"), SYNC);
    await answer();
    expect(await rows()).toBe(100);
  });

  test("a portal of a command resolves its names when it is executed", async () => {
    await say("CREATE TEMP TABLE secret (x text)");
    await say("BEGIN");
    await batch(parse("COPY secret TO STDOUT", "c"), bind("c", "late"));
    await say("DROP TABLE pg_temp.secret");
    const { bytes } = await batch(execute("late"));
    expect(bytes).not.toContain(SECRET);
    await say("ROLLBACK");
  });

  test("a portal's functions resolve their names when they run", async () => {
    await role.query(`CREATE FUNCTION hg.peek() RETURNS text LANGUAGE plpgsql AS
      $$ DECLARE found text; BEGIN SELECT min(x) INTO found FROM secret; RETURN found; END $$`);
    await say("CREATE TEMP TABLE secret (x text)");
    await say("BEGIN");
    await batch(parse("SELECT hg.peek()", "c"), bind("c", "late"));
    await say("DECLARE cur CURSOR FOR SELECT hg.peek()");
    await say("SAVEPOINT s");
    await say("DROP TABLE pg_temp.secret");
    expect((await batch(execute("late"))).bytes).not.toContain(SECRET);
    await say("ROLLBACK TO s");
    await say("DROP TABLE pg_temp.secret");
    agent.query("FETCH cur");
    expect((await answer()).bytes).not.toContain(SECRET);
  });

  test("a statement behind a batch that may still roll back waits for its end", async () => {
    send(
      ...run("CREATE TEMP TABLE secret (x text)"),
      ...run("SELECT 1/(SELECT 0 WHERE pg_sleep(0.2) IS NOT NULL)"),
      SYNC,
    );
    send(...run("SELECT * FROM secret"), SYNC);
    const [, second] = await answers(2);
    expect(second?.bytes).not.toContain(SECRET);
  });

  test("a table that goes with its batch's end is gone for the next", async () => {
    send(...run("CREATE TEMP TABLE secret (x text) ON COMMIT DROP"), ...run("SELECT pg_sleep(0.2)"), SYNC);
    send(...run("SELECT * FROM secret"), SYNC);
    const [, second] = await answers(2);
    expect(second?.bytes).not.toContain(SECRET);
    send(...run("CREATE TEMP TABLE secret (x text) ON COMMIT DROP"));
    send(query("SELECT 1"), query("SELECT * FROM secret"));
    const [, third] = await answers(2);
    expect(third?.bytes).not.toContain(SECRET);
    // The Query has not ended the batch's transaction.
    send(query("COMMIT"), query("SELECT * FROM secret"));
    expect((await answers(2)).map(({ said }) => said)).toEqual(["NCZI", "EZI 42501"]);
    send(...run("CREATE TEMP TABLE secret (x text) ON COMMIT DROP"));
    send(
      { kind: "function_call", functionOid: 1598, argumentFormats: [], arguments: [], resultFormat: 0 },
      query("SELECT * FROM secret"),
    );
    const [, fourth] = await answers(2);
    expect(fourth?.bytes).not.toContain(SECRET);
  });

  test("search_path that goes back at a transaction's end is gone for what is pipelined behind", async () => {
    await role.query(`CREATE SCHEMA hg_other AUTHORIZATION ${role.name}`);
    await role.query("CREATE TABLE hg_other.secret (x text)");
    await role.query(`GRANT SELECT ON hg_other.secret TO ${role.name}`);
    try {
      send(
        query("BEGIN"),
        query("SET LOCAL search_path = hg_other"),
        query("SELECT * FROM secret"),
        query("COMMIT"),
        query("SELECT * FROM secret"),
      );
      const all = await answers(5);
      expect(all.map(({ said }) => said)).toEqual(["CZT", "CZT", "TCZT", "CZI", "EZI 42501"]);
      send(
        ...run("SET LOCAL search_path = hg_other"),
        ...run("SELECT 1"),
        SYNC,
        ...run("SELECT * FROM secret"),
        SYNC,
      );
      expect((await answers(2)).at(-1)?.bytes).not.toContain(SECRET);
      send(
        query("BEGIN"),
        query("SAVEPOINT a"),
        query("SET search_path = hg_other"),
        query("ROLLBACK TO a"),
        query("SELECT * FROM secret"),
        query("ROLLBACK"),
      );
      expect((await answers(6))[4]?.said).toBe("EZE 42501");
      send(query("SELECT set_config('search_path', 'hg_other', true)"), query("SELECT * FROM secret"));
      expect((await answers(2))[1]?.said).toBe("EZI 42501");
    } finally {
      await role.query("DROP SCHEMA hg_other CASCADE");
    }
  });

  test("a code block that prepares does not hide what was prepared", async () => {
    await say("PREPARE p AS DELETE FROM t");
    await say("DO $$ BEGIN IF false THEN DEALLOCATE p; PREPARE p AS SELECT 1; END IF; END $$");
    await say("EXECUTE p");
    expect(await rows()).toBe(100);
    await say("DO $$ BEGIN PREPARE q AS DELETE FROM t; END $$");
    await say("EXECUTE q");
    expect(await rows()).toBe(100);
    await say(
      "CREATE FUNCTION hg.prep() RETURNS void LANGUAGE plpgsql AS 'BEGIN PREPARE r AS DELETE FROM t; END'",
    );
    await say("PREPARE r AS SELECT 1");
    await say("DEALLOCATE r");
    await say("SELECT hg.prep()");
    await say("EXECUTE r");
    expect(await rows()).toBe(100);
    await say("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; EXECUTE 'PREPARE s AS DELETE FROM t'; END $$");
    await say("EXECUTE s");
    expect(await rows()).toBe(100);
  });

  test("PREPARE by the extended protocol is a PREPARE", async () => {
    expect((await batch(...run("PREPARE p AS SELECT count(*) FROM t"))).said).toBe("12CZI");
    expect(await say("EXECUTE p")).toBe("TDCZI");
    expect((await batch(...run("PREPARE q AS DELETE FROM t"))).said).toBe("12CZI");
    expect(await say("EXECUTE q")).toBe("EZI 42501");
    expect(await rows()).toBe(100);
  });

  test("a name that a message on its way may fail to give is not believed to have it", async () => {
    await say("PREPARE p AS DELETE FROM t");
    // Each Parse fails, because the name is taken; what is pipelined behind meets the old one.
    send(parse("SELECT 1", "p"), SYNC, query("EXECUTE p"));
    expect((await answers(2)).map(({ said }) => said)).toEqual(["EZI 42P05", "EZI 42501"]);
    send(parse("SELECT 1", "p"), SYNC, bind("p"), execute(), SYNC);
    expect((await answers(2)).map(({ said }) => said)).toEqual(["EZI 42P05", "EZI 42501"]);
    send(
      parse("SELECT 1/0 FROM missing"),
      { kind: "close", target: "S", name: "p" },
      parse("SELECT 1", "p"),
      SYNC,
    );
    send(bind("p"), execute(), SYNC);
    expect((await answers(2)).map(({ said }) => said)).toEqual(["EZI 42P01", "EZI 42501"]);
    expect(await rows()).toBe(100);
    // What a batch that fails was to close or parse is as it was, also for what came behind it.
    await batch(parse("SELECT 7", "good"));
    send(...run("SELECT 1/0"), { kind: "close", target: "S", name: "good" }, SYNC);
    send(...run("SELECT 8"), SYNC, bind("good"), execute(), SYNC);
    expect((await answers(3)).map(({ said }) => said)).toEqual(["1EZI 22012", "12DCZI", "2DCZI"]);
    // A portal, the same.
    await say("CREATE TEMP TABLE secret (x text)");
    await say("BEGIN");
    await batch(parse("COPY secret TO STDOUT", "copy"), bind("copy", "w"));
    await say("SAVEPOINT a");
    await say("DROP TABLE pg_temp.secret");
    send(bind("good", "w"), SYNC, execute("w"), SYNC);
    expect((await answers(2)).map(({ bytes }) => bytes).join("")).not.toContain(SECRET);
  });

  test("names are cut as PostgreSQL cuts them, and told apart by case and bytes", async () => {
    const long = "n".repeat(70);
    await say(`PREPARE ${long} AS DELETE FROM t`);
    await batch(parse("SELECT 1", "n".repeat(63)));
    await say(`EXECUTE ${"n".repeat(66)}`);
    await batch(bind("n".repeat(80)), execute());
    expect(await rows()).toBe(100);
    await say('PREPARE "Straße" AS DELETE FROM t');
    await batch(parse("SELECT 1", "straße"), parse("SELECT 1", "STRASSE"));
    await say('EXECUTE "Straße"');
    await batch(bind("Straße"), execute());
    const wide = `${"x".repeat(62)}é`;
    await say(`PREPARE "${wide}" AS DELETE FROM t`);
    await batch(parse("SELECT 1", wide));
    await say(`EXECUTE "${wide}"`);
    await say(`EXECUTE "${"x".repeat(62)}"`);
    await batch(bind("x".repeat(62)), execute());
    await batch(bind(wide), execute());
    expect(await rows()).toBe(100);
  });

  test("a refused statement's text never reaches PostgreSQL", async () => {
    await role.query(`ALTER ROLE ${role.name} SET log_statement = 'all'`).catch(() => undefined);
    agent.query("DELETE FROM t /* marker-of-a-refused-one */");
    await answer();
    const shown = await value(
      `SELECT string_agg(query, '|') FROM pg_stat_activity WHERE usename = '${role.name}'`,
    );
    expect(String(shown)).not.toContain("marker-of-a-refused-one");
    await batch(...run("DELETE FROM t /* marker-of-a-refused-one */"));
    const again = await value(
      `SELECT string_agg(query, '|') FROM pg_stat_activity WHERE usename = '${role.name}'`,
    );
    expect(String(again)).not.toContain("marker-of-a-refused-one");
  });

  test("after FunctionCall the batch is over", async () => {
    send(parse("SELECT 1"), {
      kind: "function_call",
      functionOid: 1598,
      argumentFormats: [],
      arguments: [],
      resultFormat: 0,
    });
    expect((await answer()).said).toBe("1VZI");
    agent.query("SELECT * FROM u");
    expect((await answer()).said).toBe("TCZI");
    // No transaction of the gateway's is left open.
    expect(
      await value(`SELECT string_agg(state, ',') FROM pg_stat_activity WHERE usename = '${role.name}'`),
    ).toBe("idle");
  });
});

describe("questions of the gateway's that fail", () => {
  beforeEach(() => rebuild(names));

  async function locked(body: () => Promise<void>): Promise<void> {
    await role.query(`SET ROLE ${role.name}`);
    await role.query("CREATE OR REPLACE VIEW hg.w AS SELECT id FROM hg.u");
    await role.query("BEGIN");
    await role.query("LOCK TABLE hg.w IN ACCESS EXCLUSIVE MODE");
    try {
      await body();
    } finally {
      await role.query("ROLLBACK");
      await role.query("RESET ROLE");
    }
  }

  test("are the statement's own failure, and leave nothing behind", async () => {
    await say("SET statement_timeout = '300ms'");
    await locked(async () => {
      expect(await say("SELECT * FROM w")).toBe("EZI 57014");
      expect(await say("SELECT * FROM w")).toBe("EZI 57014");
    });
    await say("SET statement_timeout = 0");
    expect(await say("SELECT count(*) FROM w")).toBe("TDCZI");
    expect(await say("SELECT count(*) FROM u")).toBe("TDCZI");
    agent.query("SELECT count(*) FROM pg_prepared_statements");
    expect((await answer()).bytes).toMatch(/0/);
    agent.query("SELECT string_agg(name, ',') FROM pg_prepared_statements");
    expect((await answer()).bytes).not.toContain("sluice");
  });

  test("inside of a batch are told once, before its ReadyForQuery", async () => {
    await say("SET lock_timeout = '200ms'");
    await locked(async () => {
      const { said } = await batch(
        ...run("UPDATE t SET v = 1 WHERE id = 1"),
        ...run("SELECT * FROM w"),
        ...run("UPDATE t SET v = 1 WHERE id = 2"),
      );
      expect(said).toBe("12CEZI 55P03");
      expect(await say("BEGIN")).toBe("CZT");
      expect(await say("SELECT * FROM w")).toBe("EZE 55P03");
      expect(await say("ROLLBACK")).toBe("CZI");
    });
    expect(await value("SELECT count(*)::int FROM hg.t WHERE v = 1")).toBe(0);
    expect((await batch(...run("SELECT count(*) FROM w"))).said).toBe("12DCZI");
  });
});

describe("limits", () => {
  beforeEach(() => rebuild(limits));

  test("a write that was prepared by the extended protocol is what EXECUTE runs", async () => {
    expect((await batch(...run("PREPARE p AS INSERT INTO u VALUES (4)"))).said).toBe("12CZI");
    expect((await batch(...run("EXECUTE p"))).said).toBe("12CZI");
    expect((await role.query("SELECT id FROM hg.u")).map(({ id }) => id)).toEqual([4]);
  });

  test("rows changed by FunctionCall count", async () => {
    await role.query(`SET ROLE ${role.name}`);
    await role.query(`CREATE FUNCTION hg.fill(n int) RETURNS int LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO hg.u SELECT generate_series(1, n); RETURN n; END $$`);
    await role.query(`RESET ROLE`);
    const oid = Number(await value("SELECT 'hg.fill(int)'::regprocedure::oid::int"));
    send({
      kind: "function_call",
      functionOid: oid,
      argumentFormats: [0],
      arguments: [Buffer.from("30")],
      resultFormat: 0,
    });
    await answer();
    expect(await value("SELECT count(*)::int FROM hg.u")).toBeLessThanOrEqual(10);
    expect(await say("SELECT hg.fill(30)")).toMatch(/EZI 54000$/);
    expect(await value("SELECT count(*)::int FROM hg.u")).toBe(0);
    // A cursor that is materialized at the end of its transaction.
    await say("DECLARE c CURSOR WITH HOLD FOR SELECT hg.fill(30)");
    expect(await value("SELECT count(*)::int FROM hg.u")).toBe(0);
    await say("BEGIN");
    await say("DECLARE c CURSOR WITH HOLD FOR SELECT hg.fill(30)");
    await say("COMMIT");
    expect(await value("SELECT count(*)::int FROM hg.u")).toBe(0);
    // A portal that runs a little with each Execute.
    await say("BEGIN");
    await batch(parse("SELECT hg.fill(4) FROM generate_series(1, 20)"), bind("", "c"), execute("c", 1));
    for (let i = 0; i < 10; i++) await batch(execute("c", 1));
    await say("COMMIT");
    expect(await value("SELECT count(*)::int FROM hg.u")).toBeLessThanOrEqual(10);
  });

  test("rows changed by TRUNCATE, CREATE TABLE AS, COPY, MERGE, DO and many statements count", async () => {
    await say("TRUNCATE t");
    expect(await rows()).toBe(100);
    await say("BEGIN; TRUNCATE t; COMMIT");
    expect(await rows()).toBe(100);
    await batch(...run("TRUNCATE t"));
    expect(await rows()).toBe(100);
    await say("ROLLBACK");
    expect(await say("CREATE TABLE copied AS SELECT * FROM t")).toMatch(/^EZI 54000/);
    expect(await say("SELECT * INTO copied FROM t")).toMatch(/^EZI 54000/);
    expect(await say("MERGE INTO u USING t ON t.id = u.id WHEN NOT MATCHED THEN INSERT VALUES (t.id)")).toBe(
      "EZI 54000",
    );
    expect(await say("DO $$ BEGIN INSERT INTO hg.u SELECT generate_series(1, 30); END $$")).toBe("EZI 54000");
    expect(
      await say(
        "INSERT INTO u SELECT 1; INSERT INTO u SELECT generate_series(1, 30); INSERT INTO u SELECT 2",
      ),
    ).toBe("CEZI 54000");
    expect(await say("EXPLAIN ANALYZE INSERT INTO u SELECT generate_series(1, 30)")).toMatch(/EZI 54000$/);
    expect(await say("PREPARE p AS INSERT INTO u SELECT generate_series(1, 30); EXECUTE p")).toBe(
      "CEZI 54000",
    );
    agent.query("COPY u FROM STDIN");
    const lines = Buffer.from(Array.from({ length: 30 }, (_, i) => `${i}\n`).join(""));
    send({ kind: "copy_data", data: lines }, { kind: "copy_done" });
    expect((await answer()).said).toBe("GEZI 54000");
    agent.query("COPY u FROM STDIN; SELECT 1");
    send({ kind: "copy_data", data: lines }, { kind: "copy_done" });
    expect((await answer()).said).toBe("GEZI 54000");
    agent.query("SELECT 1; COPY u FROM STDIN");
    send({ kind: "copy_data", data: Buffer.from("1\n") }, { kind: "copy_done" });
    expect((await answer()).said).toBe("TDCGCZI");
    expect(await value("SELECT count(*)::int FROM hg.u")).toBe(1);
  });

  test("rows changed by triggers that wait for the commit count", async () => {
    await role.query(`SET ROLE ${role.name}`);
    await role.query(`CREATE FUNCTION hg.later() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO hg.u SELECT generate_series(1, 30); RETURN NULL; END $$`);
    await role.query(`CREATE CONSTRAINT TRIGGER later AFTER UPDATE ON hg.t DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION hg.later()`);
    await role.query(`RESET ROLE`);
    await say("UPDATE t SET v = 1 WHERE id = 1");
    expect(await value("SELECT count(*)::int FROM hg.u")).toBe(0);
  });

  test("bytes returned by FunctionCall count", async () => {
    await role.query(`SET ROLE ${role.name}`);
    await role.query(
      `CREATE FUNCTION hg.big() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT repeat('x', 1000000) $$`,
    );
    await role.query(`RESET ROLE`);
    const oid = Number(await value("SELECT 'hg.big()'::regprocedure::oid::int"));
    send({ kind: "function_call", functionOid: oid, argumentFormats: [], arguments: [], resultFormat: 0 });
    const { said, bytes } = await answer();
    expect(bytes.length).toBeLessThan(70_000);
    expect(said).toBe("EZI 54000");
    expect(await say("SELECT hg.big()")).toBe("TEZI 54000");
    expect(await say("COPY (SELECT hg.big()) TO STDOUT")).toBe("HEZI 54000");
  });

  test("a cut in a pipeline is told once, and what follows runs as after any error", async () => {
    send(
      ...run("SELECT generate_series(1, 60)"),
      ...run("INSERT INTO u VALUES (1)"),
      SYNC,
      ...run("INSERT INTO u VALUES (2)"),
      SYNC,
    );
    const all = await answers(2);
    expect(all.map(({ said }) => said)).toEqual([`12${"D".repeat(50)}EZI 54000`, "12CZI"]);
    expect(await value("SELECT sum(id)::int FROM hg.u")).toBe(2);
    send(
      query("SELECT generate_series(1, 60)"),
      query("INSERT INTO u VALUES (3)"),
      query("SELECT generate_series(1, 60)"),
    );
    expect((await answers(3)).map(({ said }) => said.replaceAll("D", ""))).toEqual([
      "TEZI 54000",
      "CZI",
      "TEZI 54000",
    ]);
    expect(await value("SELECT sum(id)::int FROM hg.u")).toBe(5);
  });

  test("nothing that was refused is committed when the agent goes away", async () => {
    for (const leave of ["terminate", "cut", "close"] as const) {
      send(...run("INSERT INTO u SELECT generate_series(1, 30)"), SYNC);
      send(query("INSERT INTO u SELECT generate_series(1, 30) WHERE pg_sleep(0.2) IS NOT NULL"));
      if (leave === "terminate") agent.leave();
      else if (leave === "cut") agent.terminate();
      else agent.close();
      await expect.poll(() => role.connections(), { timeout: 10_000 }).toEqual([]);
      expect(await value("SELECT count(*)::int FROM hg.u")).toBe(0);
      agent = await HostileAgent.open(limits.url, "demo", await mint(), "gate-hostile");
      await say("SET search_path = hg");
    }
  });
});

describe("transactions of the gateway's", () => {
  beforeEach(() => rebuild(limits));

  test("end as PostgreSQL's implicit ones do", async () => {
    await role.query(`ALTER TABLE hg.u ADD UNIQUE (id) DEFERRABLE INITIALLY DEFERRED`);
    expect(await say("INSERT INTO u VALUES (1), (1)")).toBe("EZI 23505");
    expect(await say("INSERT INTO u VALUES (1); INSERT INTO u VALUES (1)")).toBe("CEZI 23505");
    expect(await say("INSERT INTO u VALUES (1); INSERT INTO u VALUES (1); COMMIT; SELECT 1")).toMatch(
      /EZI 23505$/,
    );
    expect(await say("INSERT INTO u VALUES (1); BEGIN READ ONLY; SELECT 1")).toBe("CCTDCZT");
    expect(await say("INSERT INTO u VALUES (2)")).toBe("EZE 25006");
    expect(await say("ROLLBACK")).toBe("CZI");
    expect(await say("INSERT INTO u VALUES (1); BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1")).toBe(
      "CEZI 25001",
    );
    expect(await say("INSERT INTO u VALUES (1); SAVEPOINT a")).toBe("CEZI 25P01");
    expect(await say("SELECT 1; COMMIT AND CHAIN")).toBe("TDCEZI 25P01");
    expect(await say("SELECT 1; SET LOCAL work_mem = '1MB'; SHOW work_mem")).toBe("TDCCTDCZI");
    expect(await say("SELECT 1; VACUUM u")).toBe("TDCEZI 25001");
    expect(
      await say(
        "BEGIN; INSERT INTO u VALUES (5); COMMIT AND CHAIN; INSERT INTO u VALUES (6); ROLLBACK; SELECT 1/0",
      ),
    ).toBe("CCCCCEZI 22012");
    expect(await value("SELECT count(*)::int FROM hg.u")).toBe(1);
    expect(await say("DECLARE c CURSOR FOR SELECT 1; FETCH c")).toBe("CTDCZI");
    expect(await say("FETCH c")).toBe("EZI 34000");
  });
});
