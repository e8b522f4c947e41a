// The record is what the client received: the responses of a session's statements, one after the other, are the bytes that
// came after the start-up, whatever the client and PostgreSQL said. And it says what was asked, with what, and what came of it.

import { beforeAll, describe, expect, inject, it } from "vitest";
import { type Frame, type FrontendMessage } from "#core/wire";
import {
  asynchronousOf,
  endedSession,
  type StatementItem,
  statementsOf,
  wireOf,
} from "../support/auditor.ts";
import { bytesOf, READY, WireClient } from "../support/wire-client.ts";
import {
  bind,
  closeStatement,
  CONVERSATIONS,
  copyFail,
  data,
  describePortal,
  describeStatement,
  done,
  execute,
  flush,
  parse,
  q,
  sync,
} from "./compat-conversations.ts";
import { CORPUS, MULTI } from "./compat-corpus.ts";
import { withCorpus } from "./compat-fixture.ts";

/** Requests under way at a time. */
const AT_ONCE = 16;

let named = 0;

async function connect(): Promise<{ readonly client: WireClient; readonly name: string }> {
  const name = `record ${Date.now()} ${named++}`;
  const client = await WireClient.connect(inject("stack").postgres, {
    parameters: { application_name: name },
  });
  return { client, name };
}

interface Recorded {
  readonly received: readonly Frame[];
  readonly statements: readonly StatementItem[];
  readonly responses: readonly Buffer[];
  readonly asynchronous: readonly Buffer[];
}

interface Held {
  readonly name: string;
  readonly received: readonly Frame[];
}

/** Holds the conversation and ends the session. */
async function hold(talk: (client: WireClient) => Promise<readonly Frame[]>): Promise<Held> {
  const { client, name } = await connect();
  const received = await talk(client);
  await client.end();
  return { name, received };
}

/** Reads back what was recorded. */
async function readBack({ name, received }: Held): Promise<Recorded> {
  const session = await endedSession(name);
  const statements = await statementsOf(session.id);
  const responses: Buffer[] = [];
  for (let at = 0; at < statements.length; at += AT_ONCE) {
    const page = statements.slice(at, at + AT_ONCE);
    responses.push(...(await Promise.all(page.map(({ seq }) => wireOf(session.id, seq)))));
  }
  return { received, statements, responses, asynchronous: await asynchronousOf(session.id) };
}

async function held(talk: (client: WireClient) => Promise<readonly Frame[]>): Promise<Recorded> {
  return readBack(await hold(talk));
}

function expectSame({ received, responses, asynchronous }: Recorded): void {
  const events = [...asynchronous];
  const expected = received.filter(({ bytes }) => {
    if (events[0]?.equals(bytes) !== true) return true;
    events.shift();
    return false;
  });
  expect(events).toEqual([]);
  const recorded = Buffer.concat(responses);
  const wire = bytesOf(expected);
  if (!recorded.equals(wire)) expect(recorded.toString("latin1")).toBe(wire.toString("latin1"));
}

async function say(messages: readonly (FrontendMessage | Uint8Array)[], readies = 1): Promise<Recorded> {
  return held(async (client) => {
    client.send(...messages);
    return client.ready(readies);
  });
}

const ask = (sql: string): FrontendMessage[] => [parse(sql), bind(), describePortal(), execute(), sync];
const outcomes = ({ statements }: Recorded): string[] => statements.map(({ outcome }) => outcome);
const texts = ({ statements }: Recorded): string[] => statements.map(({ statement }) => statement);

withCorpus();

describe("the recorded responses are the bytes that the client received", () => {
  describe("whole conversations", () => {
    const conversations = new Map<string, Held>();
    // All held before any is read: the record settles meanwhile.
    beforeAll(async () => {
      for (const [name, { messages, readies }] of Object.entries(CONVERSATIONS)) {
        const talk = (client: WireClient): Promise<Frame[]> => {
          client.send(...messages);
          return client.ready(readies);
        };
        conversations.set(name, await hold(talk));
      }
    });

    it.each(Object.entries(CONVERSATIONS))("%s", async (name, { syncsOfNothing = 0 }) => {
      const conversation = conversations.get(name);
      if (conversation === undefined) throw new Error("was not held");
      const { received } = conversation;
      // A Sync that no statement came before is recorded nowhere: its ReadyForQuery ends these conversations.
      const nothing = received.slice(received.length - syncsOfNothing);
      expect(nothing.every(({ code }) => code === READY)).toBe(true);
      const recorded = await readBack({
        name: conversation.name,
        received: received.slice(0, received.length - syncsOfNothing),
      });
      expectSame(recorded);
    });
  });

  it.each(Object.entries({ ...CORPUS, multi: MULTI }))(
    "the corpus by simple queries: %s",
    async (_, statements) => {
      const recorded = await held(async (client) => {
        const frames: Frame[] = [];
        for (const statement of statements) frames.push(...(await client.query(statement)));
        return frames;
      });
      expectSame(recorded);
      expect(texts(recorded)).toEqual(statements);
    },
  );

  it.each(Object.entries(CORPUS))("the corpus by the extended protocol: %s", async (_, statements) => {
    const recorded = await held(async (client) => {
      const frames: Frame[] = [];
      for (const statement of statements) {
        client.send(...ask(statement));
        frames.push(...(await client.ready()));
      }
      return frames;
    });
    expectSame(recorded);
    expect(texts(recorded)).toEqual(statements);
  });

  it("a result of 20 MB, in chunks", async () => {
    const recorded = await say([q("SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) AS n")]);
    expectSame(recorded);
    expect(recorded.statements[0]).toMatchObject({ rows: 20_000, outcome: "completed" });
  });

  it("postgres.js: Parse, Describe and Flush, and the rest when the types are known", async () => {
    const recorded = await held(async (client) => {
      client.send(parse("SELECT $1::int + 1 AS n", "s1"), describeStatement("s1"), flush);
      const first = await client.until("T".charCodeAt(0));
      client.send(bind({ statement: "s1", parameters: ["41"] }), execute(), sync);
      return [...first, ...(await client.ready())];
    });
    expectSame(recorded);
    expect(recorded.statements).toHaveLength(1);
    expect(recorded.statements[0]).toMatchObject({
      operation: "execute",
      statement: "SELECT $1::int + 1 AS n",
      prepared_statement: "s1",
      parameters: [{ type_oid: 0, format: "text", value: "41", encoding: "utf8" }],
      outcome: "completed",
    });
  });

  it("a client that waits for each reply with a Flush", async () => {
    const recorded = await held(async (client) => {
      const frames: Frame[] = [];
      for (const [message, code] of [
        [parse("SELECT 7"), "1"],
        [bind(), "2"],
        [describePortal(), "T"],
        [execute("", 1), "s"],
      ] as const) {
        client.send(message, flush);
        frames.push(...(await client.until(code.charCodeAt(0))));
      }
      client.send(sync);
      return [...frames, ...(await client.ready())];
    });
    expectSame(recorded);
    expect(outcomes(recorded)).toEqual(["suspended"]);
  });

  it("a notification while nothing runs is an event, not a response", async () => {
    const recorded = await held(async (client) => {
      const frames = await client.query("LISTEN news");
      const other = await WireClient.connect(inject("stack").upstream);
      await other.query("NOTIFY news, 'while idle'");
      await other.end();
      return [...frames, ...(await client.until("A".charCodeAt(0)))];
    });
    expectSame(recorded);
    expect(recorded.asynchronous).toHaveLength(1);
  });
});

describe("the record says what was asked and what came of it", () => {
  it("names each state of a pipeline with an error in its middle", async () => {
    const recorded = await say(
      [
        ...ask("SELECT 1").slice(0, -1),
        ...ask("SELECT 1/0").slice(0, -1),
        ...ask("SELECT 3"),
        ...ask("SELECT 4"),
      ],
      2,
    );
    expect(outcomes(recorded)).toEqual(["completed", "failed", "skipped", "completed"]);
    expect(recorded.statements[1]?.error?.sqlstate).toBe("22012");
    expect(recorded.statements[0]?.command_tags).toEqual(["SELECT 1"]);
  });

  it("keeps parameters in text and in binary, NULL among them, with their types", async () => {
    const recorded = await say([
      parse("SELECT $1::int, $2::text, $3::bytea", "", [23, 25, 17]),
      bind({ parameters: [Uint8Array.of(0, 0, 0, 42), null, Uint8Array.of(0, 255)], formats: [1, 0, 1] }),
      execute(),
      sync,
    ]);
    expect(recorded.statements[0]?.parameters).toEqual([
      { type_oid: 23, format: "binary", value: "AAAAKg==", encoding: "base64" },
      { type_oid: 25, format: "text", value: null, encoding: "utf8" },
      { type_oid: 17, format: "binary", value: "AP8=", encoding: "base64" },
    ]);
  });

  it("records the text of a named statement with each execution of it", async () => {
    const recorded = await say(
      [
        parse("SELECT $1::int", "again"),
        sync,
        bind({ statement: "again", parameters: ["1"] }),
        execute(),
        sync,
        bind({ statement: "again", parameters: ["2"] }),
        execute(),
        sync,
        closeStatement("again"),
        sync,
      ],
      4,
    );
    expect(recorded.statements.map(({ operation }) => operation)).toEqual([
      "prepare",
      "execute",
      "execute",
      "prepare",
    ]);
    expect(new Set(texts(recorded))).toEqual(new Set(["SELECT $1::int"]));
    expect(recorded.statements[2]?.parameters[0]?.value).toBe("2");
  });

  it("records each part of a portal that is read in parts", async () => {
    const recorded = await say([
      parse("SELECT generate_series(1, 5)"),
      bind({ portal: "p" }),
      execute("p", 2),
      execute("p", 2),
      execute("p", 2),
      sync,
    ]);
    expect(recorded.statements.map(({ rows, outcome }) => [rows, outcome])).toEqual([
      [2, "suspended"],
      [2, "suspended"],
      [1, "completed"],
    ]);
  });

  it("counts what was copied in, and says how a copy ended", async () => {
    const rows = "1\tone\n2\ttwo\n";
    const recorded = await say(
      [
        q("COPY compat.target FROM STDIN"),
        data(rows),
        done,
        q("COPY compat.target FROM STDIN"),
        data("1\tone\n"),
        copyFail("changed my mind"),
        q("COPY compat.target FROM STDIN"),
        data("x\tone\n"),
        done,
        q("TRUNCATE compat.target"),
      ],
      4,
    );
    expect(outcomes(recorded)).toEqual(["completed", "failed", "failed", "completed"]);
    expect(recorded.statements.map(({ error }) => error?.sqlstate ?? null)).toEqual([
      null,
      "57014",
      "22P02",
      null,
    ]);
    // CopyData and CopyDone with their headers.
    expect(recorded.statements[0]).toMatchObject({
      request_bytes: rows.length + 10,
      command_tags: ["COPY 2"],
    });
  });

  it("records a tag for each statement of a Query, up to the one that failed", async () => {
    const recorded = await say([q("SELECT 1; SELECT 2; SELECT 1/0; SELECT 3")]);
    expect(recorded.statements[0]).toMatchObject({
      operation: "query",
      protocol: "simple",
      command_tags: ["SELECT 1", "SELECT 1"],
      outcome: "failed",
      transaction_status: "I",
    });
  });

  it("records the messages that a statement was asked with, so that it can be asked again as it was", async () => {
    const recorded = await say(
      [
        parse("SELECT $1 + 1", "add", [23]),
        { kind: "describe", target: "S", name: "add" },
        sync,
        bind({ statement: "add", parameters: [Buffer.from("x")] }),
        { kind: "describe", target: "P", name: "" },
        execute(),
        parse("SELECT 2"),
        bind(),
        execute(),
        { kind: "close", target: "S", name: "add" },
        sync,
        q("SELECT 3"),
        sync,
        sync,
        q("SELECT 4"),
      ],
      6,
    );
    expect(recorded.statements.map(({ outcome, messages }) => [outcome, messages])).toEqual([
      ["completed", ["P23", "DSadd", "S"]],
      ["failed", ["Badd", "DP", "E"]],
      ["skipped", ["P", "B", "E", "CSadd", "S"]],
      ["completed", null],
      ["completed", ["S"]],
    ]);
  });

  it("records a function call with its arguments", async () => {
    const recorded = await say([
      {
        kind: "function_call",
        functionOid: 1397,
        argumentFormats: [0],
        arguments: [Buffer.from("-5")],
        resultFormat: 0,
      },
    ]);
    expect(recorded.statements[0]).toMatchObject({
      operation: "function_call",
      outcome: "completed",
      parameters: [{ format: "text", value: "-5" }],
    });
  });

  it("records notices, and a statement that is no UTF-8 as it was", async () => {
    const recorded = await say(
      [
        q("SELECT compat.chatter(3)"),
        { kind: "query", text: Uint8Array.of(...Buffer.from("SELECT '"), 0xff, 0x27) },
      ],
      2,
    );
    expect(recorded.statements[0]).toMatchObject({ notices: 4, outcome: "completed" });
    expect(recorded.statements[1]).toMatchObject({ statement_encoding: "base64", outcome: "failed" });
    expect(Buffer.from(recorded.statements[1]?.statement ?? "", "base64").at(-2)).toBe(0xff);
  });
});
