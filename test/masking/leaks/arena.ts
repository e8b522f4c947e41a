// Where leaks are looked for: a PostgreSQL of its own with the two worlds as templates, and the databases `a` and `b` that are
// fresh copies whenever a case changed them. A case is played in both at once. Owns the server and the connections.

import pg from "pg";
import { decodeBackend, encodeBackend, type Frame } from "#core/wire";
import { take } from "../../policy/play.ts";
import { runInDatabase, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { describe as say, WireClient, WireError } from "../../support/wire-client.ts";
import { fillStep, type Leak, plain, typedSecrets } from "./case.ts";
import { MarkerSearch, SLICE_AMONG_HASHES } from "./search.ts";
import { type Marker, Secrets, type WorldName } from "./secrets.ts";
import { makeRows, THINGS } from "./world.ts";

const WORLDS = ["a", "b"] as const;
const NOTIFICATION = "A".charCodeAt(0);
const PARAMETER_STATUS = "S".charCodeAt(0);
const READY = "Z".charCodeAt(0);
const ERROR = "E".charCodeAt(0);
const IDLE = "I".charCodeAt(0);
/** Of a transaction whose agent is gone. */
const GONE_MS = 3_000;

/** A way to both worlds: directly, or by the gateway's targets under one document. */
export type Ways = Readonly<Record<WorldName, string>>;

/** What came back in one world, for each step. */
export interface Heard {
  readonly frames: readonly (readonly Frame[])[];
  readonly closed: boolean;
}

export interface Verdict {
  readonly heard: Readonly<Record<WorldName, Heard>>;
  /** Secrets that were found in what came back, with what stood around them. */
  readonly found: ReadonlyMap<string, string>;
  /** The first difference between what came in the two worlds; null: none. */
  readonly difference: string | null;
  /** Errors in world a, for a person. */
  readonly errors: readonly string[];
}

export class LeakArena {
  readonly #postgres: TestPostgres;
  readonly #admin: pg.Client;
  /** One for each world. */
  readonly #admins: readonly pg.Client[];
  readonly secrets: Readonly<Record<WorldName, Secrets>>;
  readonly search = new MarkerSearch();
  /** For files that are full of hashes and signatures. */
  readonly searchAmongHashes = new MarkerSearch(SLICE_AMONG_HASHES);
  readonly #clients = new Map<string, WireClient>();
  readonly #oids = new Map<string, number>();
  #transaction = 0n;
  /** Of what a case makes. */
  #firstOid = 0;
  resets = 0;

  private constructor(
    postgres: TestPostgres,
    admins: readonly [pg.Client, ...pg.Client[]],
    secrets: Record<WorldName, Secrets>,
  ) {
    this.#postgres = postgres;
    this.#admins = admins;
    this.#admin = admins[0];
    this.secrets = secrets;
    for (const world of WORLDS)
      for (const [name, marker] of secrets[world].markers) this.#look(`${world}:${name}`, marker);
  }

  static async start(): Promise<LeakArena> {
    const postgres = await startPostgres({
      settings: {
        autovacuum: "off",
        synchronous_commit: "off",
        full_page_writes: "off",
        max_connections: "60",
        jit: "off",
        wal_level: "logical",
      },
      sql: [
        "CREATE ROLE gateway SUPERUSER LOGIN PASSWORD 'not-a-secret'",
        "CREATE ROLE reader",
        "CREATE DATABASE things",
      ],
    });
    const secrets = { a: new Secrets("a"), b: new Secrets("b") };
    await runInDatabase(postgres.url, "things", THINGS);
    const admin = new pg.Client({ connectionString: postgres.url });
    await admin.connect();
    for (const world of WORLDS) {
      await admin.query(`CREATE DATABASE template_${world} TEMPLATE things STRATEGY file_copy`);
      await runInDatabase(postgres.url, `template_${world}`, makeRows(secrets[world]));
    }
    const second = new pg.Client({ connectionString: postgres.url });
    await second.connect();
    const arena = new LeakArena(postgres, [admin, second], secrets);
    await arena.reset();
    const { rows } = await admin.query<{ oid: number }>("SELECT lo_create(0) AS oid");
    arena.#firstOid = rows[0]?.oid ?? 0;
    return arena;
  }

  /** Directly, as the superuser that the gateway is there: nothing but the gateway stands in the way. */
  url(world: WorldName): string {
    return `postgres://gateway:not-a-secret@127.0.0.1:${this.#postgres.port}/${world}?sslmode=disable`;
  }

  get direct(): Ways {
    return { a: this.url("a"), b: this.url("b") };
  }

  async play(ways: Ways, leak: Leak): Promise<Verdict> {
    for (const [word, marker] of typedSecrets(leak)) this.#look(`typed:${leak.name}:${word}`, marker);
    const [a, b] = await Promise.all(WORLDS.map((world) => this.#hear(ways[world], leak)));
    if (a === undefined || b === undefined) throw new Error("two worlds, two transcripts");
    if (await this.#changed()) await this.reset();
    const frames = a.frames.flat();
    return {
      heard: { a, b },
      found: new Map([...this.search.find(bytesOf(frames)), ...this.search.findIn(values(frames))]),
      difference: difference(a, b, this.#firstOid),
      errors: frames.filter(({ code }) => code === ERROR).map(say),
    };
  }

  #look(name: string, marker: Marker): void {
    this.search.add(name, marker);
    this.searchAmongHashes.add(name, marker);
  }

  /** New copies of both worlds; no connection outlives them. */
  async reset(): Promise<void> {
    this.resets++;
    for (const key of this.#clients.keys()) this.#drop(key);
    // pg runs the statements of one connection one after the other.
    const copies = WORLDS.map(async (world, at) => {
      const client = this.#admins[at] ?? this.#admin;
      await client.query(`DROP DATABASE IF EXISTS ${world} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${world} TEMPLATE template_${world} STRATEGY file_copy`);
    });
    await Promise.all(copies);
    this.#transaction = await this.#next();
  }

  /** In good order, so that sessions are recorded to their end. */
  async leave(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.end()));
    this.#clients.clear();
  }

  async stop(): Promise<void> {
    for (const key of this.#clients.keys()) this.#drop(key);
    for (const admin of this.#admins) await admin.end();
    await this.#postgres.stop();
  }

  async #hear(url: string, leak: Leak): Promise<Heard> {
    const alone = leak.fresh === true || leak.startup !== undefined;
    const main = alone ? `${url} alone` : url;
    const second = `${url} other`;
    const context = {
      directory: "/nowhere",
      port: this.#postgres.port,
      functionOid: (name: string) => this.#functionOid(name),
    };
    const frames: (readonly Frame[])[] = [];
    let closed = false;
    try {
      for (const step of leak.steps) {
        const key = typeof step !== "string" && "other" in step ? second : main;
        const client = await this.#client(key, url, key === main ? (leak.startup ?? {}) : {});
        if (client.closed) break;
        frames.push(await take(client, fillStep(leak, plain(step), this.secrets.a.values), context));
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // A start-up that is refused: its words count.
      frames.push([{ code: ERROR, bytes: Buffer.from(`E\0\0\0\0${String(error)}`) }]);
      closed = true;
    }
    closed ||= this.#clients.get(main)?.closed ?? true;
    const last = frames.flat().findLast(({ code }) => code === READY);
    if (alone || closed || last?.bytes.at(-1) !== IDLE) this.#drop(main);
    this.#drop(second);
    return { frames, closed };
  }

  async #client(key: string, url: string, parameters: Readonly<Record<string, string>>): Promise<WireClient> {
    const known = this.#clients.get(key);
    if (known !== undefined && !known.closed) return known;
    const client = await WireClient.connect(url, { parameters });
    this.#clients.set(key, client);
    return client;
  }

  #drop(key: string): void {
    this.#clients.get(key)?.destroy();
    this.#clients.delete(key);
  }

  /** A transaction that wrote something was committed since the last copy. */
  async #changed(): Promise<boolean> {
    const next = await this.#next();
    for (let id = this.#transaction; id < next; id++) {
      const status = await this.#status(id);
      if (status !== "aborted") return true;
    }
    this.#transaction = next;
    return false;
  }

  async #status(id: bigint): Promise<string> {
    for (const until = Date.now() + GONE_MS; ;) {
      const { rows } = await this.#admin.query<{ status: string }>(
        `SELECT pg_xact_status('${id}'::xid8) AS status`,
      );
      const status = rows[0]?.status ?? "";
      if (status !== "in progress" || Date.now() > until) return status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #next(): Promise<bigint> {
    const { rows } = await this.#admin.query<{ next: string }>(
      "SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next",
    );
    return BigInt(rows[0]?.next ?? 0);
  }

  async #functionOid(name: string): Promise<number> {
    const known = this.#oids.get(name);
    if (known !== undefined) return known;
    const client = new pg.Client({ connectionString: this.url("a") });
    await client.connect();
    const { rows } = await client.query<{ oid: number }>("SELECT $1::regprocedure::oid AS oid", [name]);
    await client.end();
    const oid = rows[0]?.oid ?? 0;
    this.#oids.set(name, oid);
    return oid;
  }
}

function bytesOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(frames.map(({ bytes }) => bytes));
}

/** Values of rows, lines of COPY, words of messages: what may be cut in pieces. By rows, then by columns. */
function values(frames: readonly Frame[]): readonly string[] {
  const rows = frames.flatMap((frame): readonly (readonly string[])[] => {
    const message = decodeBackend(frame);
    if (!message.ok) return [];
    switch (message.value.kind) {
      case "data_row":
        return [message.value.values.map((value) => Buffer.from(value ?? []).toString("latin1"))];
      case "copy_data":
        return [
          Buffer.from(message.value.data)
            .toString("latin1")
            .trimEnd()
            .split(/[\t,;|]/),
        ];
      case "error_response":
      case "notice_response":
        return [[message.value.fields.get("M") ?? ""]];
      case "notification_response":
        return [[message.value.payload]];
      default:
        return [];
    }
  });
  const width = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: width }, (_, at) => rows.map((row) => row[at] ?? ""));
  return [...rows.flat(), " ", ...columns.flat()];
}

/** Process ids, OIDs of what the case made, and settings that PostgreSQL reports are of no world. */
function comparable(frames: readonly Frame[], firstOid: number): readonly Frame[] {
  const known = (oid: number): number => (oid < firstOid ? oid : 0);
  return frames
    .filter(({ code }) => code !== PARAMETER_STATUS)
    .map((frame) => {
      const message = decodeBackend(frame);
      if (message.ok && message.value.kind === "row_description") {
        const fields = message.value.fields.map((field) =>
          Object.assign({}, field, { tableOid: known(field.tableOid), typeOid: known(field.typeOid) }),
        );
        return { code: frame.code, bytes: encodeBackend({ kind: "row_description", fields }) };
      }
      if (frame.code !== NOTIFICATION) return frame;
      const bytes = Uint8Array.from(frame.bytes);
      bytes.fill(0, 5, 9);
      return { code: frame.code, bytes };
    });
}

function difference(a: Heard, b: Heard, firstOid: number): string | null {
  const one = comparable(a.frames.flat(), firstOid);
  const two = comparable(b.frames.flat(), firstOid);
  for (let at = 0; at < Math.max(one.length, two.length); at++) {
    const [here, there] = [one[at], two[at]];
    if (here === undefined || there === undefined || Buffer.compare(here.bytes, there.bytes) !== 0)
      return `${here === undefined ? "nothing" : say(here)} and ${there === undefined ? "nothing" : say(there)}`;
  }
  return a.closed === b.closed ? null : "only one of the connections was closed";
}
