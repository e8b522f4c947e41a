// A journal that takes no more, under each thing that a policy may say of it; and what the record tells afterwards.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { RecordUnavailable } from "#core/policy";
import { Journal, JournalError, Outbox, recover } from "../../../durable-objects/journal/index.ts";
import { Ledger } from "../../../durable-objects/ledger/index.ts";
import { headSigner, readRecordKey } from "../../../durable-objects/record-key.ts";
import { KeptJournal } from "../../../durable-objects/session/kept-journal.ts";
import { type Api, openApiUnderTest } from "../records/api.ts";
import { openLedger } from "../records/database.ts";
import { intent, outcome, start, T0 } from "../records/entries.ts";

const RECORD_KEY = "42".repeat(32);
const TAIL = Uint8Array.of(90, 0, 0, 0, 5, 73);

let db: D1Database;
let api: Api;

beforeAll(async () => {
  db = await openLedger();
  api = openApiUnderTest(db, async () => {}, { RECORD_KEY });
});

interface World {
  readonly journal: Journal;
  readonly kept: KeptJournal;
  readonly limits: { JOURNAL_BYTES: number; UNRECORDED_STATEMENTS: number };
  failing: boolean;
  now: number;
  run(seq: number, kind?: string, access?: "read" | "write"): void;
  /** What events of kind `unrecorded` tell. */
  told(): unknown[];
  /** The verdict on what D1 has when all of it is carried there. */
  verdict(): Promise<unknown>;
}

async function inSession(
  unavailable: RecordUnavailable,
  act: (world: World) => Promise<void> | void,
): Promise<void> {
  const id = crypto.randomUUID().replaceAll("-", "");
  const read = await readRecordKey(RECORD_KEY);
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, state) => {
    const journal = new Journal(failingWhen(state.storage.sql, () => world.failing));
    const limits = { JOURNAL_BYTES: 1e9, UNRECORDED_STATEMENTS: 100 };
    const kept = new KeptJournal({ journal, unavailable: () => unavailable, limits, now: () => world.now });
    const world: World = {
      journal,
      kept,
      limits,
      failing: false,
      now: T0,
      run: (seq, kind = "select", access = "read") => {
        const asked = intent(seq, "SELECT 1", { kinds: [kind], relations: [{ name: "public.t", access }] });
        kept.intend(seq, JSON.stringify(asked));
        kept.settle(seq, outcome(seq, { responseBytes: TAIL.length }), TAIL);
      },
      told: () =>
        journal
          .events(0, 100)
          .flatMap(({ kind, detail }) => (kind === "unrecorded" ? [JSON.parse(detail)] : [])),
      verdict: async () => {
        const signer = read.ok ? headSigner(read.value) : null;
        await new Outbox(journal, new Ledger(db), () => "final", signer).drain();
        return (await api.get(`/sessions/${id}/verify`)).json();
      },
    };
    kept.start(start(id));
    await act(world);
  });
}

/** Storage that takes nothing, and can be read. */
function failingWhen(sql: SqlStorage, failing: () => boolean): SqlStorage {
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

const END = { endedAt: T0 + 60_000, reason: "agent_terminated", detail: null } as const;

describe("where the policy refuses", () => {
  test("nothing runs that is not recorded, whatever it is", () =>
    inSession("refuse", (world) => {
      world.failing = true;
      expect(() => world.run(1)).toThrow(new JournalError());
      world.failing = false;
      expect(world.told()).toEqual([]);
    }));

  test("a journal that is too large is for the session to end at", () =>
    inSession("refuse", (world) => {
      world.limits.JOURNAL_BYTES = 1;
      world.run(1);
      expect(world.kept.ends).toBe(true);
    }));
});

describe("where the policy lets it run", () => {
  test("what ran is counted, and told before anything else is recorded", () =>
    inSession("run", async (world) => {
      world.run(1);
      world.failing = true;
      world.now = T0 + 10;
      for (const seq of [2, 3, 4]) world.run(seq, "update", "write");
      world.kept.event({ at: T0, kind: "cancel_requested", detail: "" });
      world.now = T0 + 20;
      world.failing = false;
      world.run(5);
      const gap = { from: T0 + 10, until: T0 + 20, why: "failed", statements: 3, first: 2, last: 4 };
      expect(world.told()).toEqual([{ ...gap, outcomes: 0, events: 1 }]);
      const [event] = world.journal.events(0, 1);
      expect(event?.place).toBeLessThan(world.journal.statement(5)?.asked ?? 0);
      expect(world.journal.heads(0, 10).map(({ seq }) => seq)).toEqual([1, 5]);
      world.kept.end(END);
      expect(await world.verdict()).toMatchObject({ verdict: "whole", breaks: [] });
    }));

  test("a statement whose outcome or response is lost has an unknown one, as soon as anything can be written", () =>
    inSession("run", async (world) => {
      const { kept, journal } = world;
      kept.intend(1, JSON.stringify(intent(1, "SELECT 1")));
      kept.intend(2, JSON.stringify(intent(2, "SELECT 2")));
      kept.chunk({ seq: 2, stream: "response", n: 0, bytes: TAIL });
      world.failing = true;
      kept.settle(1, outcome(1), TAIL);
      kept.chunk({ seq: 2, stream: "response", n: 1, bytes: TAIL });
      world.failing = false;
      world.run(3);
      // It is still running: nothing of it is written until it ends, and then that it is not known.
      kept.chunk({ seq: 2, stream: "response", n: 2, bytes: TAIL });
      expect(journal.statement(2)?.outcome).toBeNull();
      kept.settle(2, outcome(2), TAIL);
      kept.settle(2, outcome(2), TAIL);
      expect(world.told()).toMatchObject([{ statements: 0, outcomes: 2 }]);
      for (const seq of [1, 2]) expect(journal.statement(seq)?.outcome?.state).toBe("unknown");
      expect(journal.chunks(0, 10)).toHaveLength(1);
      kept.end(END);
      expect(await world.verdict()).toMatchObject({ verdict: "whole", breaks: [] });
    }));

  test("a large intent that stops half way leaves nothing behind", () =>
    inSession("run", async (world) => {
      const { kept, journal } = world;
      const bytes = new TextEncoder().encode(JSON.stringify(intent(1, "SELECT 1")));
      kept.chunk({ seq: 1, stream: "intent", n: 0, bytes });
      world.limits.JOURNAL_BYTES = 1;
      kept.chunk({ seq: 1, stream: "intent", n: 1, bytes });
      kept.intend(1, null, JSON.stringify(intent(1, "SELECT 1")));
      kept.settle(1, outcome(1), TAIL);
      expect(journal.chunks(0, 10)).toEqual([]);
      kept.end(END);
      expect(world.told()).toMatchObject([{ why: "full" }, { statements: 1, first: 1 }]);
      expect(await world.verdict()).toMatchObject({ verdict: "whole", breaks: [] });
    }));

  test("a journal that waits for D1 says at once from when on, and goes on when it has become smaller", () =>
    inSession("run", async (world) => {
      world.kept.intend(1, JSON.stringify(intent(1, "SELECT 1")));
      world.limits.JOURNAL_BYTES = 1;
      world.run(2);
      expect(world.told()).toEqual([{ from: T0, why: "full" }]);
      // What ran before has its outcome, and what happens is told: that is small.
      world.kept.settle(1, outcome(1, { responseBytes: TAIL.length }), TAIL);
      world.kept.event({ at: T0, kind: "approval", detail: "{}" });
      expect(world.journal.statement(1)?.outcome?.state).toBe("completed");
      world.limits.JOURNAL_BYTES = 1e9;
      world.run(3);
      expect(world.told()).toMatchObject([{ why: "full" }, { until: T0, statements: 1, events: 0 }]);
      expect(world.kept.ends).toBe(false);
      world.kept.end(END);
      expect(await world.verdict()).toMatchObject({ verdict: "whole", breaks: [] });
    }));

  test("what an approver let go is noted, or does not run", () =>
    inSession("run", (world) => {
      world.failing = true;
      world.run(1);
      expect(() => world.kept.event({ at: T0, kind: "approval", detail: "{}" })).toThrow(new JournalError());
    }));

  test("it ends at UNRECORDED_STATEMENTS, and a session that cannot say so is recovered as lost", () =>
    inSession("run", async (world) => {
      world.limits.UNRECORDED_STATEMENTS = 2;
      world.run(1);
      world.failing = true;
      world.run(2);
      world.run(3);
      expect(() => world.run(4)).toThrow(new JournalError());
      expect(() => world.kept.end(END)).toThrow(new JournalError());
      world.failing = false;
      recover(world.journal, T0 + 1);
      expect(world.journal.opened()?.end?.reason).toBe("gateway_lost");
      expect(await world.verdict()).toMatchObject({ verdict: "whole", breaks: [] });
    }));

  test("reads alone, where it says so", () =>
    inSession("run_reads", (world) => {
      world.failing = true;
      world.run(1);
      world.run(2, "explain");
      expect(() => world.run(3, "update", "write")).toThrow(new JournalError());
      // A SELECT that writes, by a function.
      expect(() => world.run(4, "select", "write")).toThrow(new JournalError());
      expect(() => world.run(5, "commit")).toThrow(new JournalError());
      world.failing = false;
      world.run(6);
      expect(world.told()).toMatchObject([{ statements: 2, first: 1, last: 2 }]);
    }));
});
