// Where a session's record goes: the shard that was written down at its start, over restarts and changes of SHARDS.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test, vi } from "vitest";
import { Journal, Outbox, recover } from "../../../durable-objects/journal/index.ts";
import { placeNow, shardWriter } from "../../../durable-objects/shards/index.ts";
import type { Env } from "../../../worker/env.ts";
import { intent, outcome, start, T0 } from "../records/entries.ts";
import { openTwoShards, SHARDS, type TwoShards } from "../records/two-shards.ts";

declare module "cloudflare:workers" {
  namespace Cloudflare {
    interface Env {
      readonly NOTEBOOKS: DurableObjectNamespace;
    }
  }
}

const CLOSED = '{"RECORD_1": {"open": false}}';

let two: TwoShards;

beforeAll(async () => {
  two = await openTwoShards();
});

/** An id whose session is placed on this shard by SHARDS. */
function idFor(shard: "LEDGER" | "RECORD_1"): string {
  for (;;) {
    const id = crypto.randomUUID().replaceAll("-", "");
    if (placeNow(two.env(), { id, target: "shop" }) === shard) return id;
  }
}

interface Opened {
  readonly journal: Journal;
  readonly outbox: Outbox;
}

/** One object's storage; `open` is a process that holds it, with its environment. */
async function inObject(act: (open: (env: Env) => Opened, sql: SqlStorage) => Promise<void>): Promise<void> {
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, state) => {
    const { sql } = state.storage;
    await act((bound) => {
      const journal = new Journal(sql, (from) => placeNow(bound, from));
      const writer = shardWriter(bound, () => journal.opened()?.shard ?? null);
      return { journal, outbox: new Outbox(journal, writer, () => "final") };
    }, sql);
  });
}

function run(journal: Journal, seq: number): void {
  journal.intend(seq, JSON.stringify(intent(seq, `select ${String(seq)}`)));
  journal.settle(seq, outcome(seq), Uint8Array.of(seq));
}

/** Statements of a session that each shard has; null where it does not know the session. */
async function recorded(id: string): Promise<(number | null)[]> {
  return Promise.all(
    [two.first, two.second].map(async (db) => {
      const known = await db.prepare("SELECT 1 FROM sessions WHERE id = ?").bind(id).first();
      const row = await db
        .prepare("SELECT count(*) AS n FROM statements WHERE session_id = ?")
        .bind(id)
        .first<{ n: number }>();
      return known === null ? null : (row?.n ?? 0);
    }),
  );
}

const bound = (shards: string | undefined, down?: "RECORD_1"): Env =>
  ({ ...two.env(down), SHARDS: shards }) as unknown as Env;

test("a session stays where it began, also when its shard is closed and its object starts anew", async () => {
  const id = idFor("RECORD_1");
  await inObject(async (open) => {
    const before = open(bound(SHARDS));
    before.journal.start(start(id));
    run(before.journal, 1);
    await before.outbox.drain();
    expect(await recorded(id)).toEqual([null, 1]);
    const after = open(bound(CLOSED));
    run(after.journal, 2);
    await after.outbox.drain();
    expect(await recorded(id)).toEqual([null, 2]);
    // Even where SHARDS does not name it any more.
    const last = open(bound(undefined));
    recover(last.journal, T0 + 60_000);
    expect(await last.outbox.drain()).toBe(true);
    expect(await recorded(id)).toEqual([null, 2]);
  });
  const { ended_at: ended } = (await two.second
    .prepare("SELECT ended_at FROM sessions WHERE id = ?")
    .bind(id)
    .first<{ ended_at: number }>()) ?? { ended_at: null };
  expect(ended).toBe(T0 + 60_000);
});

test("a session that begins on the same id after the shard was closed would be elsewhere", () => {
  expect(placeNow(bound(CLOSED), { id: idFor("RECORD_1"), target: "shop" })).toBe("LEDGER");
});

test("whoever has written to a shard that is nearly full places no session there", async () => {
  const [id, next] = [idFor("RECORD_1"), idFor("RECORD_1")];
  const full = { ...bound(SHARDS), RECORD_1: grown(two.second, 9.4e9) } as Env;
  const writeTo = (env: Env): Promise<void> =>
    inObject(async (open) => {
      const { journal, outbox } = open(env);
      journal.start(start(id));
      await outbox.drain();
    });
  await writeTo(full);
  expect(placeNow(full, { id: next, target: "shop" })).toBe("LEDGER");
  // Retention has made room.
  await inObject(async (_, sql) => {
    const journal = new Journal(sql, () => "RECORD_1");
    const writer = shardWriter(bound(SHARDS), () => "RECORD_1");
    journal.start(start(id));
    await new Outbox(journal, writer, () => "final").drain();
  });
  expect(placeNow(full, { id: next, target: "shop" })).toBe("RECORD_1");
});

/** The same database, which says that it is so large. */
function grown(db: D1Database, bytes: number): D1Database {
  return {
    prepare: (sql: string) => db.prepare(sql),
    batch: async (all: D1PreparedStatement[]) => {
      const results = await db.batch(all);
      for (const { meta } of results) meta.size_after = bytes;
      return results;
    },
  } as unknown as D1Database;
}

test("where its shard fails it waits, and others do not", async () => {
  const [id, other] = [idFor("RECORD_1"), idFor("LEDGER")];
  await inObject(async (open) => {
    const waiting = open(bound(SHARDS, "RECORD_1"));
    waiting.journal.start(start(id));
    run(waiting.journal, 1);
    await expect(waiting.outbox.drain()).rejects.toThrow("D1");
    await inObject(async (openOther) => {
      const { journal, outbox } = openOther(bound(SHARDS, "RECORD_1"));
      journal.start(start(other));
      run(journal, 1);
      await outbox.drain();
    });
    expect([await recorded(id), await recorded(other)]).toEqual([
      [null, null],
      [1, null],
    ]);
    await open(bound(SHARDS)).outbox.drain();
    expect(await recorded(id)).toEqual([null, 1]);
  });
});

test("where its shard is not bound any more it waits, says so, and goes nowhere else", async () => {
  const id = idFor("RECORD_1");
  const { error } = console;
  const told = vi.fn<(line: string) => void>();
  console.error = told;
  await inObject(async (open) => {
    const before = open(bound(SHARDS));
    before.journal.start(start(id));
    run(before.journal, 1);
    const without = open({ LEDGER: two.first } as Env);
    await expect(without.outbox.drain()).rejects.toMatchObject({ name: "LedgerError", kind: "unavailable" });
    expect(told).toHaveBeenCalledWith(expect.stringContaining("no D1 database is bound as RECORD_1"));
    expect(await recorded(id)).toEqual([null, null]);
    await open(bound(SHARDS)).outbox.drain();
    expect(await recorded(id)).toEqual([null, 1]);
  }).finally(() => (console.error = error));
});

test("a session of before there were shards is in the first", async () => {
  const id = idFor("RECORD_1");
  await inObject(async (open, sql) => {
    open(bound(SHARDS)).journal.start(start(id));
    sql.exec("ALTER TABLE session DROP COLUMN shard");
    const { journal, outbox } = open(bound(SHARDS));
    run(journal, 1);
    await outbox.drain();
    expect(await recorded(id)).toEqual([1, null]);
  });
});
