// The canaries: the gateway's credentials, its key and every token are values that occur nowhere else. Everything is made to
// fail that can be, and all that came out is searched: bytes to agents and to HTTP clients, the output of every process,
// D1, the objects' storage, and every other file below the state directory.
// A search that finds nothing proves little, so each place is first shown to be reached: what belongs there is found.

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join, relative, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { decodeBackend, encodeFrontend, encodeStartup } from "#core/wire";
import { SUBPROTOCOL_FLOW, SUBPROTOCOL_TOKEN_PREFIX } from "../../client-shim/src/contract.ts";
import type { DevFile } from "../../dev/state.ts";
import { type DialOptions, frame, HostileAgent, letters, password, startup } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";
import { SecretSearch } from "./secrets-search.ts";
import { until } from "./stack-process.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Where the gateway believes the database to be: an address that nothing else here uses. */
const HOST = "127.83.61.47";
/** With characters that have to be written otherwise in a URL. */
const CREDENTIAL = `Kan@rien:${randomBytes(16).toString("hex")}/ä`;
const WRONG_CREDENTIAL = `wrong:${randomBytes(16).toString("hex")}`;
const SESSION_KEY = randomBytes(32).toString("hex");
const RECORD_KEY = randomBytes(32).toString("hex");
const TYPED_PASSWORD = `typed-${randomBytes(16).toString("hex")}`;
/** Not a secret: what the record has to hold. */
const MARK = `mark_${randomBytes(8).toString("hex")}`;

const search = new SecretSearch();
/** Everything that anybody outside got, with where from. */
const outside: { readonly from: string; readonly bytes: Buffer }[] = [];
/** What start-ups that failed at the database were told: there the upstream's user and host are nobody's business. */
const startupFailures: Buffer[] = [];

let role: Role;
let gateway: Gateway;
let broken: Gateway;
let database: Server;
let liar: Server;
const rejected: Buffer[] = [];
const toDatabase = new Set<Socket>();
const shims: { readonly process: ChildProcess; readonly port: number }[] = [];
let shimOutput = "";
const tokens: Record<
  "header" | "subprotocol" | "password" | "expired" | "foreign" | "auditor" | "forged",
  string
> = {
  header: "",
  subprotocol: "",
  password: "",
  expired: "",
  foreign: "",
  auditor: "",
  forged: "",
};

beforeAll(async () => {
  role = await Role.create(CREDENTIAL);
  const now = Math.floor(Date.now() / 1000);
  tokens.header = await mint({ sub: `${MARK}-header` });
  tokens.subprotocol = await mint({ sub: `${MARK}-subprotocol` });
  tokens.password = await mint({ sub: `${MARK}-password` });
  tokens.expired = await mint({ exp: now - 300, iat: now - 600 });
  tokens.foreign = await mint({ aud: "elsewhere" });
  tokens.auditor = await mint({ roles: ["auditor"] });
  tokens.forged = `${tokens.header.slice(0, -30)}${randomBytes(20).toString("hex").slice(0, 30)}`;
  for (const [name, token] of Object.entries(tokens)) search.addToken(`token ${name}`, token);
  search.add("credential", CREDENTIAL);
  search.add("wrong credential", WRONG_CREDENTIAL);
  search.add("SESSION_KEY", SESSION_KEY);
  search.add("RECORD_KEY", RECORD_KEY);
  search.add("typed password", TYPED_PASSWORD);

  const upstream = new URL(inject("stack").upstream);
  database = await listen((socket) => {
    const real = connect(Number(upstream.port), upstream.hostname);
    toDatabase.add(socket);
    for (const end of [socket, real]) end.on("error", () => undefined);
    socket.on("close", () => real.destroy()).pipe(real);
    real.on("close", () => socket.destroy()).pipe(socket);
  });
  // Says all that it hears of the gateway in its error, as a careless database or proxy might.
  liar = await listen((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (heard: Buffer) => {
      const said = heard.toString("latin1").replaceAll("\0", " ");
      const fields = `SFATAL\0VFATAL\0C53300\0Mno room for ${said} at ${HOST} with ${CREDENTIAL}\0\0`;
      socket.end(frame("E", Buffer.from(fields)));
    });
  });

  const url = (change: (url: URL) => void = () => undefined): string => {
    const changed = new URL(role.url(""));
    changed.hostname = HOST;
    changed.port = String(portOf(database));
    changed.password = encodeURIComponent(CREDENTIAL);
    change(changed);
    return changed.href;
  };
  gateway = await startGateway({
    sessionKey: SESSION_KEY,
    recordKey: RECORD_KEY,
    limits: { FRONTEND_MESSAGE_BYTES: 1024 * 1024, UNAUTHENTICATED_MS: 4_000 },
    targets: {
      demo: url(),
      wrongpassword: url((it) => (it.password = WRONG_CREDENTIAL)),
      wronguser: url((it) => (it.username = `${role.name}_unknown`)),
      wrongdatabase: url((it) => (it.pathname = `/${role.name}_unknown`)),
      down: url((it) => (it.port = "1")),
      tls: url((it) => it.searchParams.set("sslmode", "require")),
      liar: url((it) => (it.port = String(portOf(liar)))),
      malformed: url().replace(/:\d+\//, ":port/"),
      unset: null,
    },
  });
  broken = await startGateway({
    sessionKey: SESSION_KEY,
    recordKey: RECORD_KEY,
    targets: { demo: url() },
    limits: { [CREDENTIAL]: 1 },
  });
  shims.push(await startShim(tokens.header), await startShim(tokens.expired));
});

afterAll(async () => {
  for (const shim of shims) shim.process.kill("SIGTERM");
  await gateway?.stop();
  await broken?.stop();
  gateway?.remove();
  broken?.remove();
  database?.close();
  liar?.close();
  await role?.drop();
});

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function listen(serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer(serve).listen(0, HOST);
  await until(() => server.listening, 1_000);
  return server;
}

/** `sluice connect`, the token in its environment. */
async function startShim(token: string): Promise<{ process: ChildProcess; port: number }> {
  const words = ["client-shim/src/main.ts", "connect", "--gateway", gateway.url, "--target", "demo"];
  const child = spawn(process.execPath, [...words, "--listen", "127.0.0.1:0", "--token-env", "CANARY"], {
    cwd: ROOT,
    env: { ...process.env, CANARY: token },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      shimOutput += chunk.toString();
    });
  }
  await until(() => /listening on \S+:\d+/.test(said), 10_000);
  return { process: child, port: Number(/listening on \S+:(\d+)/.exec(said)?.[1]) };
}

/** Sends all of it, waits for the end or a while, and keeps what came. */
async function converse(
  path: string,
  options: DialOptions,
  sends: readonly Uint8Array[],
  keepTo?: Buffer[],
): Promise<void> {
  const attempt = await HostileAgent.attempt(`${gateway.url}${path}`, options).catch(() => null);
  if (attempt === null) return;
  if (!(attempt instanceof HostileAgent)) {
    outside.push({ from: `upgrade ${path}`, bytes: Buffer.from(JSON.stringify(attempt)) });
    return;
  }
  attempt.keep = true;
  for (const bytes of sends) attempt.send(bytes);
  await attempt.toEnd(2_000).catch(() => undefined);
  attempt.terminate();
  const bytes = Buffer.concat(attempt.kept);
  outside.push({ from: `wire ${path}`, bytes }, { from: `close ${path}`, bytes: closeOf(attempt) });
  outside.push({ from: `upgrade ${path}`, bytes: Buffer.from(JSON.stringify(attempt.upgrade?.rawHeaders)) });
  keepTo?.push(bytes);
}

function closeOf(agent: HostileAgent): Buffer {
  return Buffer.from(JSON.stringify([agent.closed, agent.texts]));
}

const bearer = (token: string): DialOptions => ({ headers: { authorization: `Bearer ${token}` } });
const hello = (target: string, more: Record<string, string> = {}): Uint8Array =>
  startup({ user: "agent", database: target, application_name: MARK, ...more });
const query = (text: string): Uint8Array => encodeFrontend({ kind: "query", text: Buffer.from(text) });
const terminate = encodeFrontend({ kind: "terminate" });

describe("everything is made to fail", () => {
  test("the database, in every way that a start-up can end there", async () => {
    for (const target of [
      "wrongpassword",
      "wronguser",
      "wrongdatabase",
      "down",
      "tls",
      "liar",
      "malformed",
      "unset",
    ]) {
      await converse(`/v1/connect/${target}`, bearer(tokens.header), [hello(target)], startupFailures);
      await converse(
        "/v2",
        {},
        [hello(target), password(tokens.password), query("SELECT 1")],
        startupFailures,
      );
    }
    expect(startupFailures.length).toBe(16);
    for (const bytes of startupFailures) expect(bytes.toString("latin1")).toMatch(/SFATAL\0/);
  });

  test("the agent's token, by each way, and its start-up", async () => {
    for (const bad of [tokens.expired, tokens.foreign, tokens.auditor, tokens.forged, TYPED_PASSWORD]) {
      const offer = { protocols: [SUBPROTOCOL_FLOW, `${SUBPROTOCOL_TOKEN_PREFIX}${bad}`] };
      await converse("/v1/connect/demo", bearer(bad), []);
      await converse("/v1/connect/demo", offer, []);
      await converse("/v1/connect/demo", { protocols: [bad] }, []);
      await converse(`/v1/connect/demo?token=${bad}`, {}, []);
      await converse(`/v2?address=${bad}`, {}, [hello("demo"), password(bad)]);
      await converse("/v2", { headers: { authorization: bad } }, []);
    }
    const good = tokens.header;
    await converse("/v2", { protocols: [good] }, []);
    await converse("/v2", { ...bearer(good), protocols: [SUBPROTOCOL_FLOW, good] }, [
      hello("demo"),
      terminate,
    ]);
    await converse(`/v1/connect/${good}`, bearer(good), []);
    for (const parameters of [
      { database: good },
      { user: good },
      { application_name: good },
      { options: `-c x=${good}` },
      { options: good },
      { search_path: good },
      { [good]: "1" },
      { client_encoding: good },
      { replication: good },
      { TimeZone: good },
      { DateStyle: good },
    ]) {
      await converse("/v1/connect/demo", bearer(good), [hello("demo", parameters), terminate]);
    }
    const typed = [
      { TimeZone: TYPED_PASSWORD },
      { DateStyle: TYPED_PASSWORD },
      { extra_float_digits: TYPED_PASSWORD },
    ];
    for (const parameters of typed)
      await converse("/v1/connect/demo", bearer(good), [hello("demo", parameters), terminate], rejected);
    expect(rejected.length).toBe(typed.length);
    for (const bytes of rejected)
      expect(bytes.toString("latin1")).toMatch(/C22023\0Mthe database does not accept the value of start-up/);
    await converse("/v1/connect/demo", bearer(good), [password(good)]);
    await converse("/v1/connect/demo", bearer(good), [hello("demo"), password(good)]);
    await converse("/v1/connect/demo", bearer(good), [Buffer.from(`GET /${good} HTTP/1.1\r\n\r\n`)]);
    await converse("/v1/connect/demo", bearer(good), [hello("demo").slice(0, 30)]);
  });

  test("statements, COPY, the protocol, limits, cancel and kill", async () => {
    const ways: readonly (readonly [string, DialOptions, readonly Uint8Array[]])[] = [
      ["/v1/connect/demo", bearer(tokens.header), [hello("demo")]],
      [
        "/v1/connect/demo",
        { protocols: [SUBPROTOCOL_FLOW, `${SUBPROTOCOL_TOKEN_PREFIX}${tokens.subprotocol}`] },
        [hello("demo")],
      ],
      ["/v2", {}, [hello("demo"), password(tokens.password)]],
    ];
    for (const [path, options, opening] of ways) {
      await converse(path, options, [
        ...opening,
        query(`SELECT '${MARK}'`),
        query("SELEC 1"),
        query("SELECT 1/0; SELECT nothing FROM nowhere"),
        query("SELECT pg_read_file('/etc/passwd'); "),
        query("SELECT * FROM pg_authid"),
        query("SHOW ALL"),
        query("ALTER ROLE postgres PASSWORD 'x'"),
        query("COPY pg_authid TO STDOUT"),
        query("COPY (SELECT 1) TO PROGRAM 'env'"),
        query("CREATE TEMP TABLE t (n int); COPY t FROM STDIN"),
        frame("d", Buffer.from("not a number\n")),
        frame("c"),
        query("DO $$ BEGIN RAISE WARNING '%', current_setting('search_path'); END $$"),
        terminate,
      ]);
      await converse(path, options, [...opening, frame("y")]);
      await converse(path, options, [...opening, frame("Q", Buffer.alloc(10), 2_000_000)]);
    }

    const agent = await HostileAgent.dial(`${gateway.url}/v1/connect/demo`, bearer(tokens.header));
    agent.keep = true;
    agent.send(hello("demo"));
    const key = (await agent.ready()).map((one) => decodeBackend(one)).find((it) => keyOf(it) !== null);
    agent.query("SELECT pg_sleep(30)");
    await new Promise((done) => setTimeout(done, 300));
    const { processId, secretKey } = keyOf(key) ?? { processId: 0, secretKey: new Uint8Array(4) };
    await converse("/v2", {}, [
      encodeStartup({ kind: "cancel_request", processId, secretKey: new Uint8Array(4) }),
    ]);
    await converse("/v2", {}, [encodeStartup({ kind: "cancel_request", processId, secretKey })]);
    expect(letters(await agent.ready())).toContain("E");
    agent.query("SELECT pg_sleep(30)");
    await new Promise((done) => setTimeout(done, 300));
    for (const socket of toDatabase) socket.destroy();
    await agent.toEnd();
    outside.push({ from: "wire, database lost", bytes: Buffer.concat(agent.kept) });

    const victim = await HostileAgent.open(gateway.url, "demo", tokens.header, `${MARK}-victim`);
    victim.keep = true;
    await until(async () => (await gateway.session(`${MARK}-victim`)) !== undefined, 5_000);
    const { id = "" } = (await gateway.session(`${MARK}-victim`)) ?? {};
    expect((await gateway.api(`/v1/sessions/${id}`, "admin", "DELETE")).status).toBe(204);
    await victim.toEnd();
    outside.push({ from: "wire, terminated", bytes: Buffer.concat(victim.kept) });
  });

  test("the HTTP API, and a gateway that is configured wrongly", async () => {
    const sessions = await gateway.sessions();
    const some = sessions[0]?.id ?? "";
    const paths = [
      "/",
      "/v1",
      "/v1/nothing",
      "/v1/healthz",
      "/v1/openapi.json",
      "/v1/sessions",
      "/v1/sessions?limit=x",
      "/v1/sessions?cursor=x",
      `/v1/sessions?text=${MARK}`,
      "/v1/sessions/x",
      `/v1/sessions/${"0".repeat(32)}`,
      ...sessions.flatMap(({ id }) => [
        `/v1/sessions/${id}`,
        `/v1/sessions/${id}/statements`,
        `/v1/sessions/${id}/events`,
      ]),
      `/v1/sessions/${some}/statements/1/result?format=json`,
      `/v1/sessions/${some}/statements/1/result?format=csv`,
      `/v1/sessions/${some}/statements/1/result?format=wire`,
      `/v1/sessions/${some}/statements/1/result?format=xml`,
      `/v1/sessions/${some}/replay?speed=max`,
      `/v1/connect/demo?token=${tokens.header}`,
      `/v1/${tokens.header}`,
    ];
    const statuses = new Set<number>();
    for (const [at, base] of [gateway, broken].entries()) {
      for (const path of paths) {
        for (const token of [tokens.auditor, tokens.header, tokens.expired, null]) {
          if (at === 1 && token === tokens.expired) continue;
          const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
          const response = await fetch(`${base.url}${path}`, { headers });
          statuses.add(response.status);
          const heads = JSON.stringify([...response.headers]);
          outside.push({ from: `http ${path}`, bytes: Buffer.from(heads + (await response.text())) });
        }
      }
    }
    for (const method of ["POST", "PUT", "DELETE"]) {
      const body = method === "DELETE" ? {} : { body: tokens.header };
      const response = await fetch(`${gateway.url}/v1/sessions`, {
        method,
        ...body,
        ...bearer(tokens.auditor),
      });
      statuses.add(response.status);
      outside.push({ from: `http ${method}`, bytes: Buffer.from(await response.text()) });
    }
    const refused = await HostileAgent.attempt(`${broken.url}/v1/connect/demo`, bearer(tokens.header));
    outside.push({ from: "broken gateway", bytes: Buffer.from(JSON.stringify(refused, ["status", "body"])) });
    expect(refused).toMatchObject({ status: 500 });
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 426]));
  });

  test("the shim: a good token, one that has expired, a gateway that is gone", async () => {
    for (const [at, opening] of [
      [0, [hello("demo"), query(`SELECT '${MARK}'`), query("SELEC 1"), terminate]],
      [0, [Buffer.from("GET / HTTP/1.1\r\n\r\n")]],
      [0, [startup({ user: "agent", database: "other" })]],
      [1, [hello("demo")]],
    ] as const) {
      const socket = connect(shims[at]?.port ?? 0, "127.0.0.1");
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => undefined);
      for (const bytes of opening) socket.write(bytes);
      await new Promise((resolve) => socket.once("close", resolve));
      outside.push({ from: `shim ${at}`, bytes: Buffer.concat(chunks) });
    }
    expect(shimOutput).toContain("expired");
  });
});

/** Empty where its object gave it up since it was listed. */
function content(file: string): Buffer {
  return existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
}

/** Every file below a directory but those named; with SQLite's -wal and -shm beside the databases. */
function files(directory: string, but: readonly string[]): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !but.some((one) => relative(directory, file).startsWith(one)));
}

/** What D1 holds compressed, as it was. */
function unpackedLedger(state: string): Buffer {
  const directory = join(state, "gateway/d1/miniflare-D1DatabaseObject");
  const parts: Uint8Array[] = [];
  for (const name of readdirSync(directory)) {
    if (!name.endsWith(".sqlite") || name === "metadata.sqlite") continue;
    const db = new DatabaseSync(join(directory, name), { readOnly: true });
    for (const cells of [
      "SELECT bytes, encoding FROM chunks",
      "SELECT response_tail AS bytes, tail_encoding AS encoding FROM statements",
    ])
      for (const { bytes, encoding } of db.prepare(cells).all())
        parts.push(encoding === "deflate" ? inflateRawSync(bytes as Uint8Array) : (bytes as Uint8Array));
    db.close();
  }
  return Buffer.concat(parts);
}

function keyOf(
  message: ReturnType<typeof decodeBackend> | undefined,
): { readonly processId: number; readonly secretKey: Uint8Array } | null {
  return message?.ok === true && message.value.kind === "backend_key_data" ? message.value : null;
}

describe("and no secret is found", () => {
  const found = (name: string, bytes: Uint8Array | string): string[] =>
    [...search.find(bytes)].map((secret) => `${secret} in ${name}`);

  test("by a search that would find one, in any form and in parts", () => {
    const payload = tokens.header.split(".")[1] ?? "";
    for (const form of [
      CREDENTIAL,
      encodeURIComponent(CREDENTIAL),
      Buffer.from(`x${CREDENTIAL}y`).toString("base64"),
      Buffer.from(`xy${CREDENTIAL}`).toString("base64url"),
      Buffer.from(CREDENTIAL).toString("hex"),
      tokens.header,
      payload.slice(40, 61),
      Buffer.from(tokens.header).toString("base64"),
      SESSION_KEY.slice(10, 31),
    ]) {
      expect(search.find(`… ${form} …`).size).toBeGreaterThan(0);
    }
    expect(search.find(MARK).size).toBe(0);
  });

  test("in what agents and HTTP clients got, where errors and results are", () => {
    const all = Buffer.concat(outside.map(({ bytes }) => bytes)).toString("latin1");
    for (const there of [
      MARK,
      "28P01",
      "42601",
      "57014",
      "57P01",
      "54000",
      "08P01",
      "08001",
      "08004",
      "application/problem+json",
    ])
      expect(all).toContain(there);
    expect(outside.flatMap(({ from, bytes }) => found(from, bytes))).toEqual([]);
  });

  test("nor where the database is, or as whom the gateway goes there, when that fails", () => {
    for (const bytes of startupFailures) {
      expect(bytes.toString("latin1")).not.toContain(HOST);
      expect(bytes.toString("latin1")).not.toContain(role.name);
    }
    for (const { from, bytes } of outside) {
      if (bytes.toString("latin1").includes(HOST)) throw new Error(`the database's address in ${from}`);
      if (from.startsWith("http /v1/sessions?") || !from.startsWith("http")) continue;
      if (bytes.includes(CREDENTIAL)) throw new Error(`the credential in ${from}`);
    }
  });

  test("in what gateway and shim wrote to their terminals", () => {
    expect(gateway.output).toContain("ready");
    expect(shimOutput).toContain("listening");
    expect(found("the gateway's output", gateway.output + broken.output)).toEqual([]);
    expect(found("the shim's output", shimOutput)).toEqual([]);
    expect(gateway.output).not.toContain(HOST);
  });

  test("in D1, in the objects' storage, and in any other file of the state", async () => {
    // One that is live: the others' objects give their storage up, now or in a moment.
    const live = await HostileAgent.open(gateway.url, "demo", tokens.header, "live");
    const state = files(gateway.state, []);
    const holding = state.filter((file) => content(file).includes(MARK));
    expect(holding.some((file) => file.includes("D1Database"))).toBe(true);
    expect(holding.some((file) => file.includes("sluice-Session"))).toBe(true);
    const leaks = [...state, ...files(broken.state, [])].flatMap((file) => found(file, content(file)));
    expect(leaks).toEqual([]);
    expect(state.filter((file) => content(file).includes(HOST))).toEqual([]);
    live.close();
    const unpacked = unpackedLedger(gateway.state);
    expect(unpacked.includes(MARK)).toBe(true);
    expect(found("D1, unpacked", unpacked)).toEqual([]);
    expect(unpacked.includes(HOST)).toBe(false);
  });

  test("of the shared stack in its state, but for the files that are there to hold them", () => {
    const own = new SecretSearch();
    const directory = inject("stateDirectory");
    const dev = JSON.parse(readFileSync(join(directory, "dev.json"), "utf8")) as DevFile;
    const secrets = JSON.parse(readFileSync(join(directory, "secrets.json"), "utf8")) as Record<
      string,
      unknown
    >;
    for (const [name, token] of Object.entries(dev.tokens)) own.addToken(`token ${name}`, token);
    for (const [name, secret] of Object.entries(secrets))
      if (typeof secret === "string") own.add(name, secret);
    const holders = files(directory, ["postgres/"]).filter((file) => own.find(readFileSync(file)).size > 0);
    expect(holders.map((file) => relative(directory, file)).toSorted()).toEqual(["dev.json", "secrets.json"]);
  });
});
