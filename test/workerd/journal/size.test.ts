// The journal's size, which is asked for in every turn: near to what SQLite says, and SQLite is seldom asked.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Journal } from "../../../durable-objects/journal/index.ts";
import { start } from "../records/entries.ts";

/** Counts how often the size is read. */
function counting(sql: SqlStorage): { readonly sql: SqlStorage; readonly asked: () => number } {
  let asked = 0;
  const proxy = new Proxy(sql, {
    get: (target, name) => {
      if (name === "databaseSize") asked++;
      const found: unknown = Reflect.get(target, name, target);
      return typeof found === "function" ? (found as (...all: unknown[]) => unknown).bind(target) : found;
    },
  });
  return { sql: proxy, asked: () => asked };
}

test("is never far from SQLite's own, while it grows and when rows are given up", () =>
  runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), (_, state) => {
    const { sql, asked } = counting(state.storage.sql);
    const journal = new Journal(sql);
    journal.start(start("0".repeat(32)));
    const off = (): number => Math.abs(journal.bytes - state.storage.sql.databaseSize);
    let most = 0;
    for (let seq = 1; seq <= 500; seq++) {
      journal.intend(seq, JSON.stringify({ seq, text: "x".repeat(seq % 900) }));
      most = Math.max(most, off());
    }
    for (let n = 0; n < 4; n++) {
      journal.chunk({ seq: 1, stream: "response", n, bytes: new Uint8Array(256 * 1024) });
      most = Math.max(most, off());
    }
    expect(most).toBeLessThan(64 * 1024);
    expect(asked()).toBeLessThan(40);
    journal.release({ seq: 500, chunk: 1_000, event: 0 });
    expect(off()).toBe(0);
    expect(journal.bytes).toBeLessThan(256 * 1024);
  }));
