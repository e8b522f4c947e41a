// The outbox between a real object's SQLite and a real D1: what it sends, what it sends again, and what it must not lose.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { Journal, Outbox, type Progress, recover } from "../../../durable-objects/journal/index.ts";
import { Ledger, type LedgerBatch } from "../../../durable-objects/ledger/index.ts";
import { openLedger } from "../records/database.ts";
import { intent, outcome, start, T0 } from "../records/entries.ts";

declare module "cloudflare:workers" {
  namespace Cloudflare {
    interface Env {
      readonly NOTEBOOKS: DurableObjectNamespace;
    }
  }
}

const NOTHING = new Uint8Array(0);
const CHUNK_BYTES = 256 * 1024;

let db: D1Database;

beforeAll(async () => {
  db = await openLedger();
});

interface World {
  readonly id: string;
  readonly journal: Journal;
  readonly batches: LedgerBatch[];
  /** seq -> what the session would say; final where it says nothing. */
  readonly progress: Map<number, Progress>;
  fault: "none" | "before" | "after";
  /** An outbox as a new process would have it. */
  outbox(): Outbox;
  /** seq -> state, as D1 has it. */
  recorded(): Promise<Record<number, string>>;
}

async function inObject(act: (world: World) => Promise<void>): Promise<void> {
  const id = crypto.randomUUID().replaceAll("-", "");
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, state) => {
    const journal = new Journal(state.storage.sql);
    const ledger = new Ledger(db);
    const world: World = {
      id,
      journal,
      batches: [],
      progress: new Map(),
      fault: "none",
      outbox: () => {
        const faulty = {
          write: async (batch: LedgerBatch) => {
            world.batches.push(batch);
            if (world.fault === "before") throw new Error("D1 is away");
            const written = await ledger.write(batch);
            if (world.fault === "after") throw new Error("D1's answer was lost");
            return written;
          },
        };
        return new Outbox(journal, faulty, (seq) => world.progress.get(seq) ?? "final");
      },
      recorded: async () => {
        const { results } = await db
          .prepare("SELECT seq, state FROM statements WHERE session_id = ? ORDER BY seq")
          .bind(id)
          .all<{ seq: number; state: string }>();
        return Object.fromEntries(results.map(({ seq, state: is }) => [seq, is]));
      },
    };
    journal.start(start(id));
    await act(world);
  });
}

function intend({ journal }: World, from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) journal.intend(seq, JSON.stringify(intent(seq, `SELECT ${seq}`)));
}

function settle({ journal }: World, from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) journal.settle(seq, outcome(seq), NOTHING);
}

function states(from: number, to: number, state: string): Record<number, string> {
  return Object.fromEntries(Array.from({ length: to - from + 1 }, (_, i) => [from + i, state]));
}

describe("what is sent", () => {
  test("a drain sends what is there in batches of fifty, once, and ends", () =>
    inObject(async (world) => {
      intend(world, 1, 120);
      settle(world, 1, 120);
      const outbox = world.outbox();
      expect(await outbox.drain()).toBe(false);
      expect(world.batches.map(({ statements }) => statements.length)).toEqual([50, 50, 20]);
      expect(await world.recorded()).toEqual(states(1, 120, "completed"));
      expect(await outbox.drain()).toBe(false);
      expect(world.batches).toHaveLength(3);
    }));

  test("one that has just begun is sent when it is over, unless somebody looks", () =>
    inObject(async (world) => {
      const outbox = world.outbox();
      world.journal.intend(1, JSON.stringify(intent(1, "SELECT 1", { startedAt: Date.now() })));
      world.progress.set(1, "running");
      await outbox.drain(false);
      expect(await world.recorded()).toEqual({});
      // Whoever looks gets it, also while a drain of the others' is under way.
      await Promise.all([outbox.drain(false), outbox.drain(false), outbox.drain()]);
      expect(await world.recorded()).toEqual({ 1: "running" });
      world.journal.intend(2, JSON.stringify(intent(2, "SELECT 2", { startedAt: Date.now() - 2_000 })));
      world.progress.set(2, "running");
      await outbox.drain(false);
      expect(await world.recorded()).toEqual({ 1: "running", 2: "running" });
    }));

  test("a running statement is sent as its intent, once, and again with its outcome", () =>
    inObject(async (world) => {
      const outbox = world.outbox();
      intend(world, 1, 2);
      settle(world, 1, 1);
      world.progress.set(2, "running");
      await outbox.drain();
      await outbox.drain();
      expect(world.batches).toHaveLength(1);
      expect(await world.recorded()).toEqual({ 1: "completed", 2: "running" });
      settle(world, 2, 2);
      world.progress.delete(2);
      await outbox.drain();
      expect(await world.recorded()).toEqual({ 1: "completed", 2: "completed" });
    }));

  test("a pipeline behind a slow statement is sent as it runs and as it ends", () =>
    inObject(async (world) => {
      const outbox = world.outbox();
      intend(world, 1, 300);
      for (let seq = 1; seq <= 300; seq++) world.progress.set(seq, "running");
      await outbox.drain();
      expect(await world.recorded()).toEqual(states(1, 300, "running"));
      settle(world, 1, 170);
      for (let seq = 1; seq <= 170; seq++) world.progress.delete(seq);
      await outbox.drain();
      expect(await world.recorded()).toEqual({
        ...states(1, 170, "completed"),
        ...states(171, 300, "running"),
      });
      settle(world, 171, 300);
      world.progress.clear();
      await outbox.drain();
      expect(await world.recorded()).toEqual(states(1, 300, "completed"));
    }));

  test("nothing of a statement that is being assembled is sent", () =>
    inObject(async (world) => {
      intend(world, 1, 2);
      settle(world, 1, 1);
      world.progress.set(2, "assembling");
      const outbox = world.outbox();
      await outbox.drain();
      expect(await world.recorded()).toEqual({ 1: "completed" });
      world.progress.set(2, "running");
      await outbox.drain();
      expect(await world.recorded()).toEqual({ 1: "completed", 2: "running" });
    }));
});

describe("what must not be lost", () => {
  test.for(["before", "after"] as const)(
    "when D1 fails %s it wrote, the next drain sends it again",
    (fault) =>
      inObject(async (world) => {
        const outbox = world.outbox();
        intend(world, 1, 60);
        settle(world, 1, 60);
        world.fault = fault;
        await expect(outbox.drain()).rejects.toThrow("D1");
        world.fault = "none";
        await outbox.drain();
        expect(await world.recorded()).toEqual(states(1, 60, "completed"));
      }),
  );

  test("a D1 that does not answer is given up on, is then asked with little, and may do late what it was asked", () =>
    inObject(async (world) => {
      intend(world, 1, 120);
      settle(world, 1, 120);
      const ledger = new Ledger(db);
      const abandoned: LedgerBatch[] = [];
      const sizes: number[] = [];
      let answers = false;
      const write = (batch: LedgerBatch): Promise<unknown> => {
        sizes.push(batch.statements.length);
        if (answers) return ledger.write(batch);
        abandoned.push(batch);
        return new Promise(() => undefined);
      };
      const outbox = new Outbox(world.journal, { write } as Ledger, () => "final", null, 20);
      for (let i = 0; i < 2; i++)
        await expect(outbox.drain()).rejects.toMatchObject({ name: "LedgerError", kind: "unavailable" });
      answers = true;
      await outbox.drain();
      expect(sizes).toEqual([50, 10, 10, 50, 50, 10]);
      const now = await db.prepare("SELECT * FROM statements WHERE session_id = ?").bind(world.id).all();
      expect(await world.recorded()).toEqual(states(1, 120, "completed"));
      for (const batch of abandoned) await ledger.write(batch);
      const later = await db.prepare("SELECT * FROM statements WHERE session_id = ?").bind(world.id).all();
      expect(later.results).toEqual(now.results);
    }));

  test("a new process on the same journal sends again what it does not know to be there, and D1 stays as it is", () =>
    inObject(async (world) => {
      intend(world, 1, 200);
      settle(world, 1, 199);
      world.progress.set(200, "running");
      await world.outbox().drain();
      recover(world.journal, T0 + 999_000);
      world.progress.clear();
      expect(await world.outbox().drain()).toBe(true);
      expect(await world.recorded()).toEqual({ ...states(1, 199, "completed"), 200: "unknown" });
      const session = await db.prepare("SELECT * FROM sessions WHERE id = ?").bind(world.id).first();
      expect(session).toMatchObject({ statements: 200, unknown: 1, end_reason: "gateway_lost" });
    }));

  test("the end is linked once, however often the last of a session is sent until its object has left", () =>
    inObject(async (world) => {
      // Enough that the marks are written down.
      intend(world, 1, 70);
      settle(world, 1, 70);
      world.journal.end({ endedAt: T0 + 9_000, reason: "agent_terminated", detail: null });
      const outbox = world.outbox();
      expect(outbox.wholeChain).toBeNull();
      expect(await outbox.drain()).toBe(true);
      const { wholeChain } = outbox;
      expect(wholeChain?.entries).toBe(1 + 2 * 70 + 1);
      // A reader asks the object to hurry, or its alarm comes, while its leaf is on the way to the log, or that failed.
      expect(await outbox.drain()).toBe(true);
      expect(outbox.wholeChain).toEqual(wholeChain);
      const anew = world.outbox();
      expect(await anew.drain()).toBe(true);
      expect(anew.wholeChain).toEqual(wholeChain);
      const ends = world.batches.flatMap(({ chainEnd }) => (chainEnd === null ? [] : [chainEnd]));
      expect(ends).toEqual([wholeChain, wholeChain, wholeChain]);
    }));

  test("chunks that come after a release are sent, though SQLite gives out small numbers again", () =>
    inObject(async (world) => {
      const outbox = world.outbox();
      const bytes = new Uint8Array(CHUNK_BYTES);
      intend(world, 1, 1);
      world.progress.set(1, "running");
      // More than is left in place (16 MiB): the confirmed ones are given up.
      for (let n = 0; n < 80; n++) {
        world.journal.chunk({ seq: 1, stream: "response", n, bytes });
        if (n % 8 === 7) await outbox.drain();
      }
      expect(world.journal.bytes).toBeLessThan(17 * 1024 * 1024);
      for (let n = 80; n < 90; n++) world.journal.chunk({ seq: 1, stream: "response", n, bytes });
      await world.outbox().drain();
      const { results } = await db
        .prepare("SELECT n FROM chunks WHERE session_id = ? ORDER BY n")
        .bind(world.id)
        .all<{ n: number }>();
      expect(results.map(({ n }) => n)).toEqual(Array.from({ length: 90 }, (_, n) => n));
    }));

  test("events that D1 has are released too: a flood of notifications does not stay", () =>
    inObject(async (world) => {
      const outbox = world.outbox();
      // NOTIFY takes 8,000 bytes; in base64, 1,800 of them pass what is left in place (16 MiB).
      const detail = "x".repeat(10_700);
      for (let n = 1; n <= 1_800; n++)
        world.journal.event({ n, at: T0, kind: "asynchronous_message", detail });
      await outbox.drain();
      expect(world.journal.bytes).toBeLessThan(17 * 1024 * 1024);
      const [row] = await db
        .prepare("SELECT count(*) AS events FROM events WHERE session_id = ?")
        .bind(world.id)
        .all<{ events: number }>()
        .then(({ results }) => results);
      expect(row?.events).toBe(1_800);
    }));
});
