// What the journal holds of hostile pipelines: the statement path in front of a real object's SQLite.
import { hmacSha256 } from "#core/masking";
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { concat, hexEncode, sha256, utf8Encode } from "#core/bytes";
import { compilePolicy, OPEN_DOCUMENT, parseDocument, type Policy } from "#core/policy";
import { CatalogCache } from "#core/sql";
import {
  type BackendMessage,
  Conversation,
  DEFAULT_FRAME_LIMITS,
  encodeBackend,
  encodeFrontend,
  type Frame,
  FrameReader,
  type FrontendMessage,
} from "#core/wire";
import { Journal, JournalError } from "../../../durable-objects/journal/index.ts";
import { Assembler } from "../../../durable-objects/session/assembler.ts";
import { Gate } from "../../../durable-objects/session/gate/gate.ts";
import { SessionMasks } from "../../../durable-objects/session/masking/session-masks.ts";
import { Names } from "../../../durable-objects/session/gate/names.ts";
import type { Statement } from "../../../durable-objects/session/statement.ts";
import { StatementPath } from "../../../durable-objects/session/statement-path.ts";
import { testGrammar } from "../grammar.ts";
import { start, T0 } from "../records/entries.ts";

const SYNC = { kind: "sync" } as const;

function parse(statement: string, text: string): FrontendMessage {
  return { kind: "parse", statement, text: utf8Encode(text), parameterTypes: [] };
}

function bind(portal: string, statement: string, ...parameters: Uint8Array[]): FrontendMessage {
  return { kind: "bind", portal, statement, parameterFormats: [], parameters, resultFormats: [] };
}

function execute(portal: string): FrontendMessage {
  return { kind: "execute", portal, maxRows: 0 };
}

function frames(direction: "frontend" | "backend", bytes: readonly Uint8Array[]): Frame[] {
  const reader = new FrameReader(direction, DEFAULT_FRAME_LIMITS);
  for (const each of bytes) reader.push(each);
  return bytes.map(() => {
    const frame = reader.next();
    if (!frame.ok || frame.value === null) throw new Error("the test's own frame cannot be read");
    return frame.value;
  });
}

/** Knows that there is nothing: no question is left to ask. */
class EmptyCatalog extends CatalogCache {
  override relation(): null {
    return null;
  }
  override functions(): readonly never[] {
    return [];
  }
  override type(): null {
    return null;
  }
}

function policyOf(text: string): Policy {
  const document = parseDocument(text);
  if (!document.ok) throw new Error("the test's own document is none");
  const principal = { issuer: "test", subject: "test", roles: [], groups: [] };
  return compilePolicy(document.value, "1", { principal, target: "demo" });
}

interface World {
  readonly journal: Journal;
  readonly path: StatementPath;
  agent(...messages: FrontendMessage[]): void;
  /** What the agent gets of it, in bytes. */
  upstream(...messages: BackendMessage[]): number;
  /** Moves the clock on. */
  later(ms: number): number;
  /** Operation and text of each statement. */
  recorded(): (readonly [string | undefined, string | undefined])[];
}

async function inObject(
  act: (world: World) => void,
  storage: (sql: SqlStorage) => SqlStorage = (sql) => sql,
  document = OPEN_DOCUMENT,
): Promise<void> {
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), (_, state) => {
    const journal = new Journal(storage(state.storage.sql));
    journal.start(start("0".repeat(32)));
    const path = new StatementPath(journal, () => undefined);
    const grammar = testGrammar();
    const parts = { grammar, catalog: new EmptyCatalog(), policy: policyOf(document), problem: null };
    path.govern(
      (exchange) => new Gate(parts, new Names(grammar, exchange.assembler.prepared)),
      (gate) => new SessionMasks({ gate, keyed: hmacSha256(new Uint8Array(32)), maxRowBytes: 1024 }),
      "nonce",
    );
    let now = T0;
    act({
      journal,
      path,
      agent: (...messages) => {
        expect(path.fromAgent(frames("frontend", messages.map(encodeFrontend)), now).ok).toBe(true);
      },
      upstream: (...messages) => {
        const taken = path.fromUpstream(frames("backend", messages.map(encodeBackend)), now);
        if (!taken.ok) throw new Error(taken.error);
        return taken.value.toAgent.reduce((sum, { length }) => sum + length, 0);
      },
      later: (ms) => (now += ms),
      recorded: () =>
        journal.heads(0, 100).map(({ seq }) => {
          const intent = journal.statement(seq)?.intent;
          return [intent?.operation, intent?.statement] as const;
        }),
    });
  });
}

describe("every text that was sent is in the record, and with the statement that it belongs to", () => {
  test("a Parse in front of the Execute of another portal", () =>
    inObject(({ agent, recorded }) => {
      agent(parse("safe", "select 1"), bind("p", "safe"), parse("other", "drop table t"), execute("p"), SYNC);
      expect(recorded()).toEqual([
        ["prepare", "select 1"],
        ["prepare", "drop table t"],
        ["execute", "select 1"],
      ]);
    }));

  test("a Parse in front of the Bind of another statement", () =>
    inObject(({ agent, recorded }) => {
      agent(parse("safe", "select 1"), SYNC);
      agent(parse("other", "drop table t"), bind("", "safe"), execute(""), SYNC);
      expect(recorded().slice(1)).toEqual([
        ["prepare", "drop table t"],
        ["execute", "select 1"],
      ]);
    }));

  test("an empty query in front of the Close of a statement that has a text", () =>
    inObject(({ agent, recorded }) => {
      agent(parse("safe", "select 1"), SYNC);
      agent(parse("", ""), bind("", ""), execute(""), { kind: "close", target: "S", name: "safe" }, SYNC);
      expect(recorded().slice(1)).toEqual([["execute", ""]]);
    }));
});

describe("what the gateway added to a statement", () => {
  const DONE = [
    { kind: "command_complete", tag: "SELECT 1" },
    { kind: "ready_for_query", status: "I" },
  ] as const;
  const ask = { kind: "query", text: utf8Encode("select 1") } as const;

  test("is the time until it had left, and not PostgreSQL's", () =>
    inObject(({ agent, upstream, path, journal, later }) => {
      agent(ask);
      path.written(later(3));
      later(40);
      upstream(...DONE);
      expect(journal.statement(1)?.outcome).toMatchObject({ addedMs: 3, endedAt: T0 + 43 });
      later(1000);
      agent(ask);
      path.written(later(1));
      upstream(...DONE);
      expect(journal.statement(2)?.outcome).toMatchObject({ addedMs: 1 });
    }));

  test("is not what it waits behind others of its pipeline", () =>
    inObject(({ agent, upstream, path, journal, later }) => {
      agent(parse("", "select 1"), bind("", ""), execute(""), SYNC);
      path.written(later(2));
      later(5);
      agent(parse("", "select 2"), bind("", ""), execute(""), SYNC);
      path.written(later(30));
      const parts = [{ kind: "parse_complete" }, { kind: "bind_complete" }, ...DONE] as const;
      upstream(...parts);
      later(20);
      upstream(...parts);
      expect(journal.statement(1)?.outcome?.addedMs).toBe(2);
      expect(journal.statement(2)?.outcome?.addedMs).toBe(0);
    }));

  test("is not made up where the answer came before it was known to have left", () =>
    inObject(({ agent, upstream, path, journal, later }) => {
      agent(ask);
      later(50);
      upstream(...DONE);
      path.written(later(1));
      expect(journal.statement(1)?.outcome?.addedMs).toBe(0);
    }));
});

test("an answer that comes when the session was given up is neither recorded nor sent: its outcome stays unknown", () =>
  inObject(({ agent, upstream, path, journal }) => {
    agent({ kind: "query", text: utf8Encode("insert into t values (1)") });
    path.abandon(T0);
    const sent = upstream(
      { kind: "command_complete", tag: "INSERT 0 1" },
      { kind: "ready_for_query", status: "I" },
    );
    expect(sent).toBe(0);
    expect(journal.statement(1)?.outcome?.state).toBe("unknown");
  }));

test("the Executes of a portal share one copy of its parameters", () => {
  const assembler = new Assembler(new Conversation<Statement>(), () => undefined);
  const messages = [parse("", "select $1"), bind("", "", utf8Encode("x")), execute(""), execute("")];
  const taken = frames("frontend", messages.map(encodeFrontend)).map((frame) => assembler.take(frame, T0));
  const [first, second] = taken
    .slice(2)
    .map((each) => (each.ok && each.value.kind === "forward" ? each.value.statement : null));
  expect(first?.parameters).toHaveLength(1);
  expect(second).not.toBe(first);
  expect(second?.parameters).toBe(first?.parameters);
});

describe("a journal that cannot be written", () => {
  /** Storage that fails from when it is told to. */
  function failingFrom(sql: SqlStorage, failing: () => boolean): SqlStorage {
    return new Proxy(sql, {
      get: (target, name) => {
        if (name !== "exec") return Reflect.get(target, name) as unknown;
        return (query: string, ...bindings: SqlStorageValue[]) => {
          if (failing() && !query.trimStart().startsWith("SELECT")) throw new Error("SQLITE_FULL: a canary");
          return target.exec(query, ...bindings);
        };
      },
    });
  }

  test("sends nothing to PostgreSQL without its intent", () => {
    let failing = false;
    return inObject(
      ({ path }) => {
        failing = true;
        const asked = frames("frontend", [encodeFrontend({ kind: "query", text: utf8Encode("select 2") })]);
        expect(() => path.fromAgent(asked, T0)).toThrow(new JournalError());
      },
      (sql) => failingFrom(sql, () => failing),
    );
  });

  test("sends nothing to the agent without its outcome", () => {
    let failing = false;
    return inObject(
      ({ agent, upstream }) => {
        agent({ kind: "query", text: utf8Encode("select 1") });
        failing = true;
        const done = { kind: "command_complete", tag: "SELECT 1" } as const;
        const ready = { kind: "ready_for_query", status: "I" } as const;
        expect(() => upstream(done, ready)).toThrow(new JournalError());
      },
      (sql) => failingFrom(sql, () => failing),
    );
  });
});

describe("what the policy keeps of responses", () => {
  const rowOf = (text: string): BackendMessage => ({ kind: "data_row", values: [utf8Encode(text)] });
  const READY = { kind: "ready_for_query", status: "I" } as const;
  const DONE = { kind: "command_complete", tag: "SELECT 1" } as const;
  const CANCELLED: BackendMessage = {
    kind: "error_response",
    fields: new Map([
      ["S", "ERROR"],
      ["C", "57014"],
      ["M", "canceling statement due to user request"],
    ]),
  };
  const query = (text: string): FrontendMessage => ({ kind: "query", text: utf8Encode(text) });
  const digestOf = (...messages: BackendMessage[]): string =>
    hexEncode(sha256(concat(messages.map(encodeBackend))));
  const keeping = (document: string, act: (world: World) => void): Promise<void> =>
    inObject(act, (sql) => sql, `extends: owner\n${document}`);

  test("a digest stands in the outcome, over what the agent got, and nothing is stored", () =>
    keeping("record: { level: digest }", ({ agent, upstream, journal }) => {
      agent(query("select 1"));
      upstream(rowOf("a"), rowOf("b"), DONE, READY);
      const { outcome, responseTail, intent } = journal.statement(1) ?? {};
      expect(intent?.decision).toMatchObject({ recorded: false, level: "digest" });
      expect(outcome).toMatchObject({
        recorded: "digest",
        digest: digestOf(rowOf("a"), rowOf("b"), DONE, READY),
        rows: 2,
        state: "completed",
      });
      expect(responseTail?.length).toBe(0);
    }));

  test("past a statement's ceiling the beginning stays, in whole frames, with the digest of all", () =>
    keeping("record: { ceiling: { statement: 300KB } }", ({ agent, upstream, journal }) => {
      const row = rowOf("x".repeat(100_000));
      agent(query("select 1"));
      const sent = upstream(row, row, row, row, DONE, READY);
      const frame = encodeBackend(row).length;
      const { outcome, responseTail } = journal.statement(1) ?? {};
      // Three frames and their headers are a little more than the ceiling.
      expect(outcome).toMatchObject({
        recorded: "truncated",
        storedBytes: 2 * frame,
        digest: digestOf(row, row, row, row, DONE, READY),
        responseBytes: sent,
        rows: 4,
      });
      expect(responseTail?.length).toBe(2 * frame);
    }));

  test("chunks that are written already are in the digest too", () =>
    keeping("record: { ceiling: { statement: 600KB } }", ({ agent, upstream, journal }) => {
      const row = rowOf("y".repeat(100_000));
      const rows = Array.from({ length: 8 }, () => row);
      agent(query("select 1"));
      upstream(...rows, DONE, READY);
      const { outcome, responseTail } = journal.statement(1) ?? {};
      const chunks = journal.chunks(0, 10).reduce((sum, { bytes }) => sum + bytes.length, 0);
      expect(outcome).toMatchObject({ recorded: "truncated", digest: digestOf(...rows, DONE, READY) });
      expect(chunks).toBeGreaterThan(0);
      expect(chunks + (responseTail?.length ?? 0)).toBe(outcome?.storedBytes);
    }));

  test("past a session's ceiling only digests follow", () =>
    keeping("record: { ceiling: { session: 55B } }", ({ agent, upstream, journal }) => {
      for (const text of ["select 1", "select 2", "select 3"]) {
        agent(query(text));
        upstream(rowOf("1234"), DONE, READY);
      }
      const recorded = [1, 2, 3].map((seq) => journal.statement(seq)?.outcome?.recorded);
      expect(recorded).toEqual([undefined, "truncated", "digest"]);
    }));

  test("or the statement ends with 54000, and in PostgreSQL too", () =>
    keeping("record: { ceiling: { statement: 40B, then: refuse } }", ({ agent, upstream, path, journal }) => {
      agent(query("select 1"));
      upstream(rowOf("1234"));
      const taken = path.fromUpstream(frames("backend", [encodeBackend(rowOf("x".repeat(40)))]), T0);
      expect(taken.ok && taken.value.cancel).toBe(true);
      path.cancelled();
      upstream(CANCELLED, READY);
      const outcome = journal.statement(1)?.outcome;
      expect(outcome).toMatchObject({
        state: "failed",
        rows: 1,
        error: {
          sqlstate: "54000",
          message: "the result is larger than 40 bytes, the most that the record takes of a statement",
        },
      });
      expect(outcome?.recorded).toBeUndefined();
      agent(query("select 2"));
      upstream(rowOf("1234"), DONE, READY);
      expect(journal.statement(2)?.outcome).toMatchObject({ state: "completed" });
    }));

  test("or the session's statements are refused from then on", () =>
    keeping("record: { ceiling: { session: 60B, then: refuse } }", ({ agent, upstream, path, journal }) => {
      agent(query("select 1"));
      upstream(rowOf("x".repeat(60)));
      path.cancelled();
      upstream(CANCELLED, READY);
      expect(journal.statement(1)?.outcome?.error?.sqlstate).toBe("54000");
      agent(query("select 2"));
      const intent = journal.statement(2)?.intent;
      expect(intent?.decision).toMatchObject({ effect: "deny", rule: "record.ceiling" });
    }));

  test("what is excluded in one part of a message is excluded in all that follows", () =>
    keeping(
      "rules: [{ id: s, when: { kind: show }, then: allow, record: false }]",
      ({ agent, upstream, journal }) => {
        agent(query("show a; select 1"));
        upstream({ kind: "command_complete", tag: "BEGIN" }, { kind: "ready_for_query", status: "T" });
        upstream(rowOf("secret"), DONE, { kind: "ready_for_query", status: "T" });
        upstream(rowOf("1"), DONE, { kind: "ready_for_query", status: "T" });
        upstream({ kind: "command_complete", tag: "COMMIT" }, READY);
        const { outcome, responseTail } = journal.statement(1) ?? {};
        expect(outcome).toMatchObject({ state: "completed", recorded: "counts", rows: 2 });
        expect(responseTail?.length).toBe(0);
      },
    ));
});
