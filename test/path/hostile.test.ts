// Whatever an agent sends, it gets a clear error, the gateway stays up, the other sessions do not notice, the record says how
// it ended, and PostgreSQL keeps no connection of it. On a gateway of its own, with limits that a test can reach.

import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { encodeFrontend, encodeStartup } from "#core/wire";
import { CLOSE_CODES, SUBPROTOCOL_FLOW } from "../../client-shim/src/contract.ts";
import { failureOf, frame, HostileAgent, letters, password, startup } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";
import { until } from "./stack-process.ts";

const UNAUTHENTICATED_MS = 3_000;
const FRONTEND_MESSAGE_BYTES = 4 * 1024 * 1024;
const PREPARED_BYTES = 4 * 1024 * 1024;
const UNACKNOWLEDGED_BYTES = 4 * 1024 * 1024;
const FAREWELL_MS = 1_000;
const MB = 1024 * 1024;

let role: Role;
/** An issuer that takes connections and never answers. */
let mute: Server;
let issuer: string;
let gateway: Gateway;
let token: string;
let witness: HostileAgent;
let count = 0;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  mute = createServer().listen(0, "127.0.0.1");
  await until(() => mute.listening, 1_000);
  const address = mute.address();
  issuer = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  gateway = await startGateway({
    issuers: [issuer],
    targets: { demo: role.url("not-a-secret") },
    limits: {
      UNAUTHENTICATED_MS,
      FRONTEND_MESSAGE_BYTES,
      PREPARED_BYTES,
      UNACKNOWLEDGED_BYTES,
      FAREWELL_MS,
    },
  });
  token = await mint();
  witness = await HostileAgent.open(gateway.url, "demo", token, "witness");
});

afterEach(expectNobodyNoticed);

async function expectNobodyNoticed(): Promise<void> {
  expect(gateway.alive).toBe(true);
  witness.query("SELECT 'undisturbed'");
  expect(letters(await witness.ready())).toBe("TDCZ");
  await expect.poll(() => role.connections(), { timeout: 8_000 }).toEqual(["witness"]);
}

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.drop();
  mute?.close();
});

/** A name for a session, by which the record is found. */
function name(): string {
  count += 1;
  return `hostile-${count}`;
}

function dial(protocols: readonly string[] = []): Promise<HostileAgent> {
  return HostileAgent.dial(`${gateway.url}/v1/connect/demo`, {
    protocols,
    headers: { authorization: `Bearer ${token}` },
  });
}

const dialNeon = (): Promise<HostileAgent> => HostileAgent.dial(`${gateway.url}/v2?address=nowhere:1`);

async function endReason(application: string): Promise<string | null> {
  let reason: string | null = null;
  await until(async () => {
    reason = (await gateway.session(application))?.end_reason ?? null;
    return reason !== null;
  }, 8_000);
  return reason;
}

const agentStartup = (application: string): Uint8Array =>
  startup({ user: "agent", database: "demo", application_name: application });
const sync = encodeFrontend({ kind: "sync" });
const packet = (...words: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, i) => bytes.writeUInt32BE(word >>> 0, 4 * i));
  return bytes;
};
const SSL = encodeStartup({ kind: "ssl_request" });
const GSS = encodeStartup({ kind: "gssenc_request" });

describe("before a session is open", () => {
  test("an agent that says nothing, or one byte at a time, is told so after UNAUTHENTICATED_MS", async () => {
    const nothing = new Uint8Array(0);
    const slow = [
      { first: nothing, each: nothing },
      { first: nothing, each: agentStartup("loris") },
      { first: agentStartup("loris"), each: password("x".repeat(100)) },
    ];
    await Promise.all(
      slow.map(async ({ first, each }) => {
        const agent = await dialNeon();
        const began = Date.now();
        agent.send(first);
        for (let i = 0; agent.closed === null && Date.now() - began < 2 * UNAUTHENTICATED_MS; i++) {
          if (i < each.length - 1) agent.send(each.slice(i, i + 1));
          await new Promise((done) => setTimeout(done, 100));
        }
        const failure = failureOf(await agent.toEnd());
        expect(failure).toMatchObject({ severity: "FATAL", sqlstate: "57014" });
        expect(failure?.message).toMatch(/UNAUTHENTICATED_MS/);
        expect(agent.closed?.code).toBe(CLOSE_CODES.unauthenticated);
        expect(Date.now() - began).toBeGreaterThan(UNAUTHENTICATED_MS - 100);
      }),
    );
  });

  test("an issuer that does not answer holds nobody longer, and what is sent meanwhile is bounded", async () => {
    const before = (await gateway.sessions()).length;
    const waiting = await dialNeon();
    const loud = await dialNeon();
    const began = Date.now();
    for (const agent of [waiting, loud]) {
      agent.send(agentStartup("kept-waiting"), password(await mint({ iss: issuer })));
    }
    loud.send(Buffer.alloc(2 * MB));
    expect(failureOf(await loud.toEnd())).toMatchObject({ severity: "FATAL", sqlstate: "54000" });
    expect(Date.now() - began).toBeLessThan(UNAUTHENTICATED_MS);
    expect(failureOf(await waiting.toEnd())).toMatchObject({ severity: "FATAL", sqlstate: "57014" });
    // The issuer's time-out is longer; what comes of it then concerns nobody any more.
    await new Promise((done) => setTimeout(done, 3_000));
    expect((await gateway.sessions()).length).toBe(before);
  });

  test("more than UNAUTHENTICATED_BYTES end it before a token has come", async () => {
    const agent = await dialNeon();
    agent.send(startup({ user: "agent", database: "demo" }), frame("Q", Buffer.alloc(MB), 3 * MB));
    agent.send(Buffer.alloc(MB));
    const frames = await agent.toEnd();
    expect(failureOf(frames)).toMatchObject({ severity: "FATAL", sqlstate: "54000" });
    expect(failureOf(frames)?.message).toMatch(/UNAUTHENTICATED_BYTES/);
  });

  test.for([
    { what: "a length of four gigabytes", bytes: packet(0xffffffff, 196608), sqlstate: "08P01" },
    { what: "a length of ten megabytes", bytes: packet(10 * MB, 196608), sqlstate: "08P01" },
    { what: "a length of 0", bytes: packet(0, 196608), sqlstate: "08P01" },
    { what: "a length of 7", bytes: packet(7, 196608), sqlstate: "08P01" },
    { what: "a length of 8", bytes: packet(8, 196608), sqlstate: "08P01" },
    { what: "HTTP", bytes: Buffer.from("GET / HTTP/1.1\r\n\r\n"), sqlstate: "08P01" },
    { what: "protocol 2.0", bytes: packet(296, 0x20000, ...Array(72).fill(0)), sqlstate: "0A000" },
    { what: "protocol 4.0", bytes: packet(9, 0x40000, 0).subarray(0, 9), sqlstate: "0A000" },
    { what: "a parameter without a value", bytes: rawStartup("user\0"), sqlstate: "08P01" },
    { what: "parameters without an end", bytes: rawStartup("user\0agent"), sqlstate: "08P01" },
    { what: "bytes behind the end", bytes: rawStartup("user\0a\0\0role\0postgres\0\0"), sqlstate: "08P01" },
    { what: "a name given twice", bytes: rawStartup("user\0a\0user\0b\0\0"), sqlstate: "08P01" },
    { what: "an empty name first", bytes: rawStartup("\0user\0a\0\0"), sqlstate: "08P01" },
    {
      what: "bytes that are no UTF-8",
      bytes: rawStartup("user\0\xff\xfe\0\0"),
      sqlstate: "08P01",
    },
    { what: "no user", bytes: rawStartup("database\0demo\0\0"), sqlstate: "28000" },
    { what: "another database", bytes: rawStartup("user\0a\0database\0other\0\0"), sqlstate: "3D000" },
    { what: "replication", bytes: rawStartup("user\0a\0replication\0database\0\0"), sqlstate: "0A000" },
    { what: "replication=1", bytes: rawStartup("user\0a\0replication\x001\0\0"), sqlstate: "0A000" },
    {
      what: "options=-c search_path=…",
      bytes: rawStartup("user\0a\0options\0-c search_path=evil\0\0"),
      sqlstate: "42501",
    },
    { what: "search_path", bytes: rawStartup("user\0a\0search_path\0evil\0\0"), sqlstate: "42501" },
    { what: "role", bytes: rawStartup("user\0a\0role\0postgres\0\0"), sqlstate: "42501" },
    {
      what: "client_encoding=LATIN1",
      bytes: rawStartup("user\0a\0client_encoding\0LATIN1\0\0"),
      sqlstate: "22023",
    },
    { what: "a password first", bytes: Buffer.from(password("token")), sqlstate: "08P01" },
  ])("a start-up with $what is FATAL $sqlstate", async ({ bytes, sqlstate }) => {
    const before = (await gateway.sessions()).length;
    const agent = await dial();
    agent.send(bytes);
    const frames = await agent.toEnd();
    expect(letters(frames)).toBe("E");
    expect(failureOf(frames)).toMatchObject({ severity: "FATAL", sqlstate });
    expect(failureOf(frames)?.message).toMatch(/^[a-z]/);
    expect((await gateway.sessions()).length).toBe(before);
  });

  test("a start-up arrives whole however it is cut, and leaves nothing where it is broken off", async () => {
    const bytes = agentStartup(name());
    const agent = await dial();
    for (let at = 0; at < bytes.length; at++) agent.send(bytes.slice(at, at + 1));
    await agent.ready();
    agent.close();
    const cuts = Array.from({ length: bytes.length }, (_, at) => at);
    while (cuts.length > 0) {
      await Promise.all(
        cuts.splice(0, 10).map(async (at) => {
          const cut = await dial();
          cut.send(bytes.slice(0, at));
          if (at % 2 === 0) cut.close();
          else cut.terminate();
        }),
      );
    }
  });

  test("encryption is refused once for each kind, and bytes behind the request are read", async () => {
    const application = name();
    const agent = await dial();
    agent.expectAnswers(2);
    agent.send(SSL, GSS, agentStartup(application));
    expect(letters(await agent.ready())).toMatch(/^RS+KZ$/);
    expect(agent.answers).toBe("NN");
    agent.leave();
    expect(await endReason(application)).toBe("agent_terminated");

    for (const kind of [SSL, GSS]) {
      const insistent = await dial();
      insistent.expectAnswers(1);
      insistent.send(kind, kind);
      expect(failureOf(await insistent.toEnd())).toMatchObject({ severity: "FATAL", sqlstate: "08P01" });
      expect(insistent.answers).toBe("N");
    }
  });

  test.for([
    { asks: { major: 3, minor: 1 }, options: {}, starts: "vR" },
    { asks: { major: 3, minor: 9 }, options: {}, starts: "vR" },
    { asks: { major: 3, minor: 9999 }, options: { "_pq_.a": "1", "_pq_.b": "" }, starts: "vR" },
    { asks: { major: 3, minor: 0 }, options: { "_pq_.command_compression": "on" }, starts: "vR" },
    { asks: { major: 3, minor: 2 }, options: {}, starts: "RS" },
  ])("a client that asks for $asks with $options is answered $starts…", async ({ asks, options, starts }) => {
    const agent = await dial();
    agent.send(startup({ user: "agent", database: "demo", ...options }, asks));
    expect(letters(await agent.ready())).toMatch(new RegExp(`^${starts}.*KZ$`));
    agent.close();
    // A client without a token yet hears it before it is asked for one, as PostgreSQL does.
    const unknown = await dialNeon();
    unknown.send(startup({ user: "agent", database: "demo", ...options }, asks));
    if (starts === "vR") expect((await unknown.frame())?.code).toBe("v".charCodeAt(0));
    expect((await unknown.frame())?.code).toBe("R".charCodeAt(0));
    unknown.close();
  });

  test("twenty that are abandoned at once in the middle leave nothing", async () => {
    const application = name();
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const agent = i % 2 === 0 ? await dial() : await dialNeon();
        agent.send(agentStartup(application));
        await new Promise((done) => setTimeout(done, 5 * i));
        agent.terminate();
      }),
    );
    await until(async () => {
      const mine = (await gateway.sessions()).filter((one) => one.application_name === application);
      return mine.every((one) => one.end_reason === "agent_lost" || one.end_reason === "agent_terminated");
    }, 8_000);
  });
});

function rawStartup(parameters: string): Buffer {
  const body = Buffer.from(parameters, "latin1");
  return Buffer.concat([packet(8 + body.length, 196608), body]);
}

describe("in a session", () => {
  test.for([
    { what: "an unknown type", bytes: frame("y") },
    { what: "the type 0", bytes: frame("\0") },
    { what: "a backend message", bytes: frame("Z", Buffer.from("I")) },
    { what: "a length of 0", bytes: frame("Q", Buffer.alloc(0), 0) },
    { what: "a length of 3", bytes: frame("Q", Buffer.alloc(0), 3) },
    { what: "a Sync of four gigabytes", bytes: frame("S", Buffer.alloc(0), 0xffffffff) },
    { what: "a Query without an end", bytes: frame("Q", Buffer.from("SELECT 1")) },
    { what: "a Query that ends early", bytes: frame("Q", Buffer.from("SELECT 1\0; DROP TABLE x\0")) },
    { what: "a Parse that is cut", bytes: frame("P", Buffer.from("\0SELECT 1\0\0")) },
    { what: "a Parse with fewer types than it says", bytes: frame("P", Buffer.from("\0SELECT 1\0\x7f\xff")) },
    { what: "a Bind that counts wrong", bytes: frame("B", Buffer.from("\0\0\0\0\xff\xff", "latin1")) },
    { what: "a password", bytes: Buffer.from(password("again")) },
    { what: "a second start-up", bytes: Buffer.from(agentStartup("again")) },
    { what: "an SSLRequest", bytes: Buffer.from(SSL) },
  ])("$what is FATAL 08P01, and nothing in its turn is run", async ({ bytes }) => {
    const application = name();
    const agent = await HostileAgent.open(gateway.url, "demo", token, application);
    agent.send(frame("Q", Buffer.from("SELECT pg_advisory_lock(4711)\0")), bytes);
    const frames = await agent.toEnd();
    expect(failureOf(frames)).toMatchObject({ severity: "FATAL", sqlstate: "08P01" });
    expect(agent.closed?.code).toBe(CLOSE_CODES.protocolViolation);
    expect(await endReason(application)).toBe("protocol_violation");
  });

  test("a message over FRONTEND_MESSAGE_BYTES is refused by its header, by the limit's name", async () => {
    const application = name();
    const agent = await HostileAgent.open(gateway.url, "demo", token, application);
    agent.send(frame("Q", Buffer.alloc(100), FRONTEND_MESSAGE_BYTES));
    const failure = failureOf(await agent.toEnd());
    expect(failure).toMatchObject({ severity: "FATAL", sqlstate: "54000" });
    expect(failure?.message).toMatch(/FRONTEND_MESSAGE_BYTES/);
    expect(failure?.hint).not.toBe("");
    expect(await endReason(application)).toBe("limit_exceeded");
  });

  test("a text message to an end without flow control is FATAL 08P01", async () => {
    const application = name();
    const agent = await HostileAgent.open(gateway.url, "demo", token, application);
    agent.text('{"ack":0}');
    expect(failureOf(await agent.toEnd())).toMatchObject({ severity: "FATAL", sqlstate: "08P01" });
    expect(await endReason(application)).toBe("protocol_violation");
  });

  test("CopyData, CopyDone and CopyFail outside COPY are ignored, as PostgreSQL does, in any number", async () => {
    const application = name();
    const agent = await HostileAgent.open(gateway.url, "demo", token, application);
    agent.send(frame("d", Buffer.from("stray")), frame("c"), frame("f", Buffer.from("stray\0")));
    agent.send(Buffer.alloc(5 * 120_000, frame("c")));
    agent.query("SELECT 1");
    expect(letters(await agent.ready())).toBe("TDCZ");
    agent.leave();
    expect(await endReason(application)).toBe("agent_terminated");
  });

  test("150,000 rows of COPY in one message arrive, and so do 150,000 Flushes before a Sync", async () => {
    const agent = await HostileAgent.open(gateway.url, "demo", token, name());
    agent.query("CREATE TEMP TABLE sink (n text)");
    await agent.ready();
    agent.query("COPY sink FROM STDIN");
    expect((await agent.frame())?.code).toBe("G".charCodeAt(0));
    const rows = 150_000;
    agent.send(Buffer.alloc(7 * rows, frame("d", Buffer.from("x\n"))), frame("c"));
    expect(letters(await agent.ready())).toBe("CZ");
    agent.send(Buffer.alloc(5 * rows, frame("H")), sync);
    expect(letters(await agent.ready())).toBe("Z");
    agent.query("SELECT count(*) FROM sink");
    const [, row] = await agent.ready();
    expect(Buffer.from(row?.bytes ?? []).toString("latin1")).toContain(String(rows));
    agent.close();
  });

  test("200,000 Syncs in one go are answered one by one", async () => {
    const agent = await HostileAgent.open(gateway.url, "demo", token, name());
    agent.send(Buffer.alloc(5 * 200_000, sync));
    expect((await agent.ready(200_000)).length).toBe(200_000);
    agent.close();
  });

  test("10,000 prepared statements are kept, and PREPARED_BYTES ends the session that wants more", async () => {
    const application = name();
    const agent = await HostileAgent.open(gateway.url, "demo", token, application);
    const parse = (statement: string, text: string): Uint8Array =>
      encodeFrontend({ kind: "parse", statement, text: Buffer.from(text), parameterTypes: [] });
    const many = Array.from({ length: 10_000 }, (_, i) => parse(`statement_${i}`, `SELECT ${i}`));
    agent.send(...many, sync);
    expect(letters(await agent.ready())).toBe(`${"1".repeat(10_000)}Z`);
    const text = `SELECT '${"x".repeat(MB)}'`;
    for (let i = 0; i < 4; i++) agent.send(parse(`large_${i}`, text), sync);
    const failure = failureOf(await agent.toEnd());
    expect(failure).toMatchObject({ severity: "FATAL", sqlstate: "54000" });
    expect(failure?.message).toMatch(/PREPARED_BYTES/);
    expect(await endReason(application)).toBe("limit_exceeded");
  });

  test("an error of three megabytes and a query of 200,000 statements are passed on and recorded", async () => {
    const application = name();
    const agent = await HostileAgent.open(gateway.url, "demo", token, application);
    agent.query("DO $$ BEGIN RAISE EXCEPTION '%', repeat('x', 3000000); END $$");
    expect(failureOf(await agent.ready())?.message.length).toBe(3_000_000);
    agent.query("BEGIN;COMMIT;".repeat(100_000));
    expect((await agent.ready()).length).toBe(200_001);
    agent.leave();
    expect(await endReason(application)).toBe("agent_terminated");
    const { id = "" } = (await gateway.session(application)) ?? {};
    const statements = (await (await gateway.api(`/v1/sessions/${id}/statements`)).json()) as {
      data: readonly { outcome: string }[];
    };
    expect(statements.data.map(({ outcome }) => outcome)).toEqual(["failed", "completed"]);
  });
});

describe("a result that nobody reads", () => {
  const HUNDRED_MB = "SELECT repeat('x', 10000) FROM generate_series(1, 10000)";

  test.for([
    { text: '{"ack":-1}' },
    { text: '{"ack":9007199254740991}' },
    { text: '{"ack":1e400}' },
    { text: '{"ack":0.5}' },
    { text: '{"ack":"0"}' },
    { text: "[0]" },
    { text: "null" },
    { text: "not JSON" },
    { text: "" },
    { text: `{"ack":${" ".repeat(1_000_000)}0}` },
  ])("an acknowledgement like $text.length characters ($text) is FATAL 08P01", async ({ text }) => {
    const application = name();
    const agent = await HostileAgent.openFlow(gateway.url, "demo", token, application);
    agent.text(text);
    expect(failureOf(await agent.toEnd())).toMatchObject({ severity: "FATAL", sqlstate: "08P01" });
    expect(await endReason(application)).toBe("protocol_violation");
  });

  test("is held back while its reader acknowledges nothing, and can be cancelled", async () => {
    const application = name();
    const agent = await HostileAgent.openFlow(gateway.url, "demo", token, application);
    const before = gateway.residentBytes;
    agent.query(HUNDRED_MB);
    await agent.untilBytes(MB - 1024);
    await new Promise((done) => setTimeout(done, 500));
    expect(agent.receivedBytes).toBeLessThanOrEqual(MB + 4096);
    expect(gateway.residentBytes - before).toBeLessThan(40 * MB);

    await role.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = '${application}'`,
    );
    for (let failed = false; !failed;) {
      agent.text(JSON.stringify({ ack: agent.receivedBytes }));
      const next = await agent.frame();
      failed = next?.code === "E".charCodeAt(0);
      if (failed && next !== null) expect(failureOf([next])?.sqlstate).toBe("57014");
    }
    expect(letters(await agent.ready())).toBe("Z");
    expect(agent.receivedBytes).toBeLessThan(50 * MB);
    agent.leave();
    expect(await endReason(application)).toBe("agent_terminated");
  });

  test("ends with its reader, who left in the middle", async () => {
    const application = name();
    const agent = await HostileAgent.openFlow(gateway.url, "demo", token, application);
    agent.query(HUNDRED_MB);
    await agent.untilBytes(MB / 2);
    agent.terminate();
    expect(await endReason(application)).toBe("agent_lost");
  });

  test("does not keep a session open beyond its end: what is left is dropped after FAREWELL_MS", async () => {
    const application = name();
    const agent = await HostileAgent.openFlow(gateway.url, "demo", token, application);
    agent.query(HUNDRED_MB);
    await agent.untilBytes(MB / 2);
    await until(async () => (await gateway.session(application)) !== undefined, 5_000);
    const { id = "" } = (await gateway.session(application)) ?? {};
    expect((await gateway.api(`/v1/sessions/${id}`, "admin", "DELETE")).status).toBe(204);
    expect(await endReason(application)).toBe("terminated_by_admin");
    await until(() => agent.closed !== null, FAREWELL_MS + 3_000);
  });

  test("without flow control ends with an ERROR that names the way out, and the session goes on", async () => {
    const application = name();
    const agent = await HostileAgent.open(gateway.url, "demo", token, application);
    agent.pause();
    agent.query(HUNDRED_MB);
    await until(async () => {
      const rows = await role.query(
        `SELECT state FROM pg_stat_activity WHERE application_name = '${application}'`,
      );
      return rows[0]?.["state"] === "idle";
    }, 10_000);
    agent.resume();
    const failure = failureOf(await agent.ready());
    expect(failure).toMatchObject({ severity: "ERROR", sqlstate: "54000" });
    expect(failure?.hint).toMatch(/cursor.*LIMIT.*shim/);
    agent.query("SELECT 1");
    expect(letters(await agent.ready())).toBe("TDCZ");
    agent.close();
  });

  test("without flow control cannot be stretched by messages that say nothing", async () => {
    const application = name();
    const agent = await HostileAgent.open(gateway.url, "demo", token, application);
    agent.query(HUNDRED_MB);
    const chatter = setInterval(() => agent.send(new Uint8Array(0)), 1);
    const frames = await agent.ready().finally(() => clearInterval(chatter));
    expect(failureOf(frames)).toMatchObject({ severity: "ERROR", sqlstate: "54000" });
    expect(agent.receivedBytes).toBeLessThan(UNACKNOWLEDGED_BYTES + MB);
    agent.close();
  });
});

test("flow control is spoken only where the sub-protocol names it", async () => {
  const agent = await dial([SUBPROTOCOL_FLOW]);
  expect(agent.upgrade?.headers["sec-websocket-protocol"]).toBe(SUBPROTOCOL_FLOW);
  agent.close();
});

test("the record of every session is whole, whatever its agent did", async () => {
  expect(await gateway.notWhole()).toEqual([]);
});
