// Where cases are played: a PostgreSQL of its own with the world as a template, and a database that is a fresh copy of it
// whenever the last case changed it. Owns the server, the directory for files, and the judge's connection.

import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { runInDatabase, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { WireClient } from "../support/wire-client.ts";
import type { Harm, Step } from "./case.ts";
import { BEYOND, difference, findCanary, type Fingerprint, Judge } from "./judge.ts";
import { play, type PlayContext, type Played } from "./play.ts";
import { CANARY, PLAIN_HASH, ROLES, WORLD } from "./world.ts";

const DATABASE = "world";
const TEMPLATE = "world_template";
/** A statement that goes on in the database this long after its agent is gone goes on for good. */
const GONE_MS = 3_000;

/** As they are when a case has limits (limits.ts has them as policy). */
export const LIMITS = { rows: 100, rowBytes: 64 * 1024, slackBytes: 32 * 1024, stepMs: 1_300 } as const;

export interface Verdict {
  /** Harms that were done, each with what was seen. */
  readonly harms: ReadonlyMap<Harm, string>;
  readonly played: Played;
  readonly closed: boolean;
}

export interface Bout {
  readonly steps: readonly Step[];
  readonly startup?: Readonly<Record<string, string>>;
  readonly allowed?: number;
  readonly harm?: Harm;
}

export class Arena {
  readonly #postgres: TestPostgres;
  readonly #admin: pg.Client;
  readonly #bystander: pg.Client;
  readonly #directory: string;
  #judge: Judge | null = null;
  #before: Fingerprint = new Map();
  #files = "";

  private constructor(postgres: TestPostgres, admin: pg.Client, bystander: pg.Client, directory: string) {
    this.#postgres = postgres;
    this.#admin = admin;
    this.#bystander = bystander;
    this.#directory = directory;
  }

  static async start(): Promise<Arena> {
    const directory = mkdtempSync(join(tmpdir(), "sluice-policy-"));
    // The server runs under another account and tries to read and write here.
    chmodSync(directory, 0o777);
    const secret = join(directory, `${CANARY}.txt`);
    writeFileSync(secret, `${CANARY}\n`, { mode: 0o644 });
    chmodSync(secret, 0o644);
    const postgres = await startPostgres({
      settings: {
        autovacuum: "off",
        synchronous_commit: "off",
        full_page_writes: "off",
        max_prepared_transactions: "5",
        max_connections: "40",
        jit: "off",
      },
      sql: [...ROLES, `CREATE DATABASE ${TEMPLATE}`],
    });
    await runInDatabase(postgres.url, TEMPLATE, WORLD);
    await runInDatabase(postgres.url, "postgres", [`ALTER DATABASE ${TEMPLATE} IS_TEMPLATE true`]);
    const admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    const bystander = new pg.Client({ connectionString: postgres.url });
    await bystander.connect();
    // What pg_stat_activity shows of another session.
    await bystander.query(`SELECT '${CANARY}'`);
    const arena = new Arena(postgres, admin, bystander, directory);
    await arena.reset();
    return arena;
  }

  /** Directly, as the role that the gateway uses: a superuser, so that nothing but the gateway stands in the way. */
  get url(): string {
    return `postgres://gateway:not-a-secret@127.0.0.1:${this.#postgres.port}/${DATABASE}?sslmode=disable`;
  }

  /** A new copy of the world. `beyond`: something changed that is not of the database alone. */
  async reset(beyond = true): Promise<void> {
    await this.#judge?.end();
    if (beyond) await this.#heal();
    await this.#admin.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
    await this.#admin.query(`CREATE DATABASE ${DATABASE} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
    if (beyond) await this.#healRoles();
    const judged = new URL(this.#postgres.url);
    judged.pathname = `/${DATABASE}`;
    this.#judge = await Judge.connect(judged.href, this.#directory);
    // A copy has the same OIDs and file numbers as the copy before.
    const now = await this.#judge.fingerprint();
    if (this.#before.size === 0) this.#before = now;
    const left = difference(this.#before, now);
    if (left.length > 0) throw new Error(`the world is not what it was: ${left.join(", ")}`);
    this.#files = this.#judge.files();
  }

  /** Plays a conversation over `url` and says what it did; the next one has the world as it was. */
  async bout(url: string, bout: Bout): Promise<Verdict> {
    const judge = this.#judge;
    if (judge === null) throw new Error("no world to play in");
    const harms = new Map<Harm, string>();
    judge.told.length = 0;
    const client = await WireClient.connect(url, { parameters: bout.startup ?? {} }).catch(
      (error: unknown) => {
        // A start-up that is refused does no harm; what it says is looked at all the same.
        return { refused: String(error) };
      },
    );
    if ("refused" in client) {
      if (findCanary(Buffer.from(client.refused)) !== null) harms.set("leaked", client.refused);
      return { harms, closed: true, played: { ...NOTHING, errors: [client.refused] } };
    }
    let played: Played;
    let closed = false;
    try {
      played = await play(client, bout.steps, this.#context(judge));
      const held = bout.harm === "held" ? await judge.held() : "";
      if (held !== "") harms.set("held", held);
      closed = client.closed;
    } finally {
      client.destroy();
    }
    if (!(await this.#quiet(judge))) harms.set("slow", "a statement goes on without its agent");
    await judge.settle();
    const after = await judge.fingerprint();
    const changed = difference(this.#before, after).filter(
      (part) => bout.allowed === undefined || part !== "app.ledger",
    );
    const ledger = bout.allowed === undefined ? 0 : await judge.ledger();
    if (changed.length > 0) harms.set("changed", changed.join(", "));
    if (ledger > (bout.allowed ?? 0)) harms.set("changed", `${ledger} rows of app.ledger`);
    const canary = findCanary(played.bytes);
    if (canary !== null) harms.set("leaked", canary);
    if (played.rows > LIMITS.rows) harms.set("flooded", `${played.rows} rows`);
    if (played.rowBytes > LIMITS.rowBytes + LIMITS.slackBytes)
      harms.set("flooded", `${played.rowBytes} bytes`);
    if (played.slowestStepMs > LIMITS.stepMs) harms.set("slow", `${Math.round(played.slowestStepMs)} ms`);
    if (judge.told.length > 0) harms.set("told", judge.told.join(", "));
    const files = judge.files();
    if (files !== this.#files) harms.set("outside", files);
    const all = difference(this.#before, after);
    const beyond = harms.has("outside") || harms.has("slow") || all.some((part) => BEYOND.has(part));
    if (beyond || all.length > 0) await this.reset(beyond);
    return { harms, played, closed };
  }

  async stop(): Promise<void> {
    await this.#judge?.end();
    await this.#bystander.end();
    await this.#admin.end();
    await this.#postgres.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #context(judge: Judge): PlayContext {
    return {
      directory: this.#directory,
      port: this.#postgres.port,
      functionOid: (name) => judge.functionOid(name),
    };
  }

  /** Nothing of the agent's runs any more. */
  async #quiet(judge: Judge): Promise<boolean> {
    for (const until = Date.now() + GONE_MS; Date.now() < until;) {
      if ((await judge.running()) === 0) return true;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return false;
  }

  /** What a case may have done beyond its database. */
  async #heal(): Promise<void> {
    const list = async (text: string): Promise<readonly string[]> =>
      (await this.#admin.query<[string]>({ text, rowMode: "array" })).rows.map(([one]) => one);
    const waiting = await list(`SELECT gid FROM pg_prepared_xacts WHERE database = '${DATABASE}'`);
    if (waiting.length > 0) {
      const inside = new pg.Client({ connectionString: this.url });
      await inside.connect();
      for (const gid of waiting) await inside.query(`ROLLBACK PREPARED '${gid}'`);
      await inside.end();
    }
    await this.#admin.query("ALTER SYSTEM RESET ALL");
    await this.#admin.query("SELECT pg_reload_conf()");
    await this.#admin.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
    await this.#admin.query("SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin");
    for (const name of await list("SELECT parname FROM pg_parameter_acl"))
      await this.#admin.query(`REVOKE ALL ON PARAMETER ${name} FROM plain`);
    const kept = `'postgres', 'template0', 'template1', '${TEMPLATE}', '${DATABASE}'`;
    for (const name of await list(`SELECT datname FROM pg_database WHERE datname NOT IN (${kept})`))
      await this.#admin.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    for (const name of readdirSync(this.#directory))
      if (!name.startsWith(CANARY)) rmSync(join(this.#directory, name), { recursive: true, force: true });
  }

  async #healRoles(): Promise<void> {
    await this.#admin.query(`DO $$ DECLARE r record; BEGIN
      FOR r IN SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname NOT IN ('superuser', 'bystander', 'keeper', 'gateway', 'plain')
        LOOP EXECUTE format('DROP ROLE %I', r.rolname); END LOOP;
      FOR r IN SELECT m.rolname AS member, g.rolname AS role FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.roleid
        WHERE m.rolname !~ '^pg_' LOOP EXECUTE format('REVOKE %I FROM %I', r.role, r.member); END LOOP;
      FOR r IN SELECT rolname FROM pg_roles WHERE rolname IN ('bystander', 'keeper', 'gateway', 'plain') LOOP EXECUTE format('ALTER ROLE %I RESET ALL', r.rolname); END LOOP;
      ALTER ROLE bystander NOSUPERUSER NOCREATEROLE NOCREATEDB LOGIN; ALTER ROLE keeper NOSUPERUSER NOLOGIN; ALTER ROLE plain NOSUPERUSER NOCREATEROLE NOCREATEDB LOGIN;
    END $$`);
    await this.#admin.query(`ALTER ROLE plain PASSWORD 'md5${PLAIN_HASH}'`);
  }
}

const NOTHING: Played = {
  frames: [],
  errors: [],
  bytes: Buffer.alloc(0),
  rows: 0,
  rowBytes: 0,
  slowestStepMs: 0,
};
