// The queue of expected replies against a model of PostgreSQL, in random conversations and random interleavings: each
// reply is attributed to the message that caused it, and at the end nothing is awaited that will not come.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Conversation, mayCopyIn, PreparedState } from "#core/wire";
import { ModelServer, type Replied, type Said } from "./conversation-model.ts";

const COPY_PASSES: ReadonlySet<Said["kind"]> = new Set(["copy_data", "copy_done", "copy_fail", "flush"]);

/** The gateway's rules in front of the conversation (statement-path.ts): what waits, what is not forwarded. */
class Gateway {
  readonly conversation = new Conversation<number>();
  readonly attributed: Replied[] = [];
  readonly skipped = new Set<number>();
  readonly #server = new ModelServer();
  readonly #inbox: Said[] = [];
  /** Replies that are under way. */
  readonly #wire: Replied[] = [];
  readonly caused: Replied[] = [];
  /** The session was ended: a message that has no place in a COPY. */
  over = false;

  say(message: Said): void {
    this.#inbox.push(message);
    this.#forward();
  }

  /** One reply arrives. False when none is under way. */
  hear(): boolean {
    const reply = this.#wire.shift();
    if (reply === undefined) return false;
    const received = this.conversation.receive(reply.code.charCodeAt(0));
    if (!received.ok)
      throw new Error(`lost count at ${reply.code} of ${reply.id}: ${JSON.stringify(received.error)}`);
    this.attributed.push({ code: reply.code, id: received.value.unit ?? -1 });
    for (const unit of received.value.skipped) this.skipped.add(unit);
    this.#forward();
    return true;
  }

  #forward(): void {
    if (this.over) return;
    for (let message = this.#inbox[0]; message !== undefined; message = this.#inbox[0]) {
      const { copyState } = this.conversation;
      const passes = COPY_PASSES.has(message.kind);
      if (copyState === "perhaps" && !passes) return;
      this.#inbox.shift();
      if (copyState === "open" && !passes) {
        if (message.kind === "sync") continue;
        this.over = true;
        return;
      }
      if (message.kind === "copy_done" || message.kind === "copy_fail") this.conversation.endCopy();
      else if (message.kind !== "copy_data" && message.kind !== "flush") {
        const mayCopy = (message.kind === "query" || message.kind === "execute") && message.copies > 0;
        if (!this.conversation.expect(message.kind, message.id, null, mayCopy)) this.skipped.add(message.id);
      }
      this.#send(message);
    }
  }

  #send(message: Said): void {
    const replies = this.#server.take(message);
    this.#wire.push(...replies);
    this.caused.push(...replies);
  }

  get waiting(): number {
    return this.#inbox.length;
  }
}

const kinds: Said["kind"][] = [
  "query",
  "function_call",
  "parse",
  "bind",
  "describe",
  "close",
  "execute",
  "sync",
  "flush",
  "copy_data",
  "copy_done",
  "copy_fail",
];
const said = fc.record({
  kind: fc.constantFrom(...kinds, "execute" as const, "sync" as const, "copy_done" as const),
  fails: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  rows: fc.nat(3),
  copies: fc.nat(2),
  bad: fc.boolean(),
  suspends: fc.boolean(),
});
/** A COPY as drivers hold it, with or without libpq's extra Sync, pipelined or not. */
const copy = fc
  .tuple(said, fc.constantFrom("query", "execute"), fc.constantFrom("copy_done", "copy_fail"), fc.boolean())
  .map(([some, kind, end, extraSync]) => {
    const sync = { ...some, kind: "sync" as const, fails: false };
    const begin = { ...some, kind, fails: false, copies: 1 };
    const data = { ...some, kind: "copy_data" as const };
    return [begin, extraSync ? sync : data, data, { ...some, kind: end }, sync];
  });
const messages = fc
  .array(fc.oneof({ weight: 3, arbitrary: said.map((one) => [one]) }, { weight: 1, arbitrary: copy }), {
    maxLength: 30,
  })
  .map((parts) => parts.flat());
/** How many replies arrive after each message. */
const arrivals = fc.array(fc.nat(6), { minLength: 150, maxLength: 150 });

/** What a client ends with, whatever is open: twice, since a Query may hold two COPYs. */
const ENDING: readonly Said[] = (["copy_fail", "copy_fail", "sync"] as const).map((kind) => ({
  kind,
  id: 1000,
  fails: false,
  rows: 0,
  copies: 0,
  bad: false,
  suspends: false,
}));

function hold(said: readonly Omit<Said, "id">[], heard: readonly number[]): Gateway {
  const gateway = new Gateway();
  said.forEach((message, id) => {
    gateway.say({ ...message, id });
    for (let left = heard[id] ?? 0; left > 0 && gateway.hear(); left--);
  });
  for (const message of ENDING) {
    gateway.say(message);
    while (gateway.hear());
  }
  return gateway;
}

describe("the conversation", () => {
  it("attributes each reply to the message that caused it, whatever is said and in whatever order it arrives", () => {
    fc.assert(
      fc.property(messages, arrivals, (said, heard) => {
        const gateway = hold(said, heard);
        expect(gateway.attributed).toEqual(gateway.caused);
        if (gateway.over) return;
        expect(gateway.waiting).toBe(0);
        expect(gateway.conversation.depth).toBe(0);
        expect(gateway.conversation.copyState).toBe("none");
      }),
      { numRuns: 3000 },
    );
  });

  it("answers as PostgreSQL would without it", () => {
    // Where a COPY fails by itself, what PostgreSQL has read of the messages behind it by then is chance there, not here.
    const orderly = messages.map((said) => said.map((message) => ({ ...message, bad: false })));
    fc.assert(
      fc.property(orderly, arrivals, (said, heard) => {
        const server = new ModelServer();
        const direct = [...said.map((message, id) => ({ ...message, id })), ...ENDING].flatMap((message) =>
          server.take(message),
        );
        const gateway = hold(said, heard);
        expect(gateway.over).toBe(server.over);
        // The error that ends the connection is the gateway's own.
        const expected = server.over ? direct.slice(0, -1) : direct;
        expect(gateway.attributed.map(({ code }) => code)).toEqual(expected.map(({ code }) => code));
      }),
      { numRuns: 2000 },
    );
  });

  it("takes back what was assumed of a message that PostgreSQL skipped, the last first", () => {
    const conversation = new Conversation<string>();
    const undone: string[] = [];
    for (const name of ["a", "b", "c"]) conversation.expect("parse", name, () => undone.push(name));
    conversation.expect("sync", "s");
    conversation.receive("1".charCodeAt(0));
    const reply = conversation.receive("E".charCodeAt(0));
    expect(reply).toMatchObject({ ok: true, value: { unit: "b", closes: "message", skipped: ["c"] } });
    expect(undone).toEqual(["c", "b"]);
    expect(conversation.depth).toBe(1);
  });

  it("says that a message after an error and before its Sync gets no reply", () => {
    const conversation = new Conversation<string>();
    conversation.expect("parse", "a");
    conversation.receive("E".charCodeAt(0));
    expect(conversation.expect("bind", "a")).toBe(false);
    expect(conversation.expect("sync", "a")).toBe(true);
    expect(conversation.expect("bind", "b")).toBe(true);
  });

  it("takes no reply that nobody asked for", () => {
    const conversation = new Conversation<string>();
    expect(conversation.receive("C".charCodeAt(0)).ok).toBe(false);
    conversation.expect("parse", "a");
    expect(conversation.receive("2".charCodeAt(0)).ok).toBe(false);
  });

  it("refuses to go on when a COPY that nobody took for one asks for data behind which more was sent", () => {
    const conversation = new Conversation<string>();
    conversation.expect("execute", "not seen as a copy");
    conversation.expect("sync", null);
    expect(conversation.receive("G".charCodeAt(0)).ok).toBe(false);
  });

  it("knows a copy that failed by itself for over, and its Query for answered with the ReadyForQuery only", () => {
    const conversation = new Conversation<string>();
    conversation.expect("query", "copy", null, true);
    const states = Array.from("GEZ", (code) => {
      expect(conversation.receive(code.charCodeAt(0)).ok).toBe(true);
      return conversation.copyState;
    });
    expect(states).toEqual(["open", "perhaps", "none"]);
  });

  it("lets an extended pipeline go on as soon as the copy data has ended", () => {
    const conversation = new Conversation<string>();
    conversation.expect("execute", "copy", null, true);
    conversation.receive("G".charCodeAt(0));
    conversation.endCopy();
    expect(conversation.copyState).toBe("none");
    expect(conversation.copying).toBeNull();
  });

  it("passes notices, parameters and notifications at any time", () => {
    const conversation = new Conversation<string>();
    for (const code of "ANS") {
      expect(conversation.receive(code.charCodeAt(0))).toMatchObject({
        ok: true,
        value: { unit: null, asynchronous: true },
      });
    }
    conversation.expect("query", "q");
    expect(conversation.receive("N".charCodeAt(0))).toMatchObject({
      ok: true,
      value: { unit: "q", closes: "nothing" },
    });
  });
});

describe("whether a text may ask for copy data", () => {
  it.each([
    "COPY t FROM STDIN",
    "copy t from stdin",
    "CoPy/**/t/* x */FROM\nSTDIN WITH (FORMAT csv)",
    "SELECT 1; COPY t (a, b) FROM STDIN; SELECT 2",
    "COPY t FROM STDOUT",
    "COPY t FROM/**/stdin",
  ])("yes: %s", (text) => {
    expect(mayCopyIn(Buffer.from(text))).toBe(true);
  });

  it.each(["SELECT 1", "", "COPY t TO STDOUT", "INSERT INTO copy SELECT 'stdin'", "cop", "COPY"])(
    "no: %s",
    (text) => {
      expect(mayCopyIn(Buffer.from(text))).toBe(false);
    },
  );
});

describe("what is prepared", () => {
  const statement = (name: string, text: string) => ({ name, text: Buffer.from(text), parameterTypes: [] });

  it("comes back when the message that replaced or closed it failed", () => {
    const state = new PreparedState();
    state.parse(statement("s", "SELECT 1"));
    const bytes = state.bytes;
    const unparse = state.parse(statement("s", "SELECT 22"));
    unparse();
    const unclose = state.closeStatement("s");
    expect(state.statement("s")).toBeNull();
    unclose();
    expect(Buffer.from(state.statement("s")?.text ?? []).toString()).toBe("SELECT 1");
    expect(state.bytes).toBe(bytes);
  });

  it("counts to zero when everything is closed", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("", "a", "b"), fc.string())), (texts) => {
        const state = new PreparedState();
        for (const [name, text] of texts) state.parse(statement(name, text));
        for (const name of ["", "a", "b"]) state.closeStatement(name);
        expect(state.bytes).toBe(0);
      }),
    );
  });
});
