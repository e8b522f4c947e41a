// Sessions that are behind, and what became of publishing, in a real object's SQLite.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { BehindStore } from "../../../durable-objects/log/behind.ts";
import { PublishingStore } from "../../../durable-objects/log/publishing.ts";

const T0 = 1_800_000_000_000;

function inObject(act: (sql: SqlStorage) => void): Promise<void> {
  const stub = env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId());
  return runInDurableObject(stub, (_, state) => act(state.storage.sql));
}

test("sessions count as behind while they say so", () =>
  inObject((sql) => {
    const behind = new BehindStore(sql);
    const one = { session: "a", target: "shop", since: T0, statements: 3, bytes: 100, problem: "D1_ERROR" };
    behind.say(one, T0 + 10_000);
    behind.say({ ...one, statements: 5 }, T0 + 70_000);
    behind.say({ ...one, session: "b", since: T0 - 5_000, statements: 1 }, T0 + 70_000);
    expect(behind.backlog(T0 + 80_000)).toMatchObject({
      sessions: 2,
      statements: 6,
      bytes: 200,
      oldest: T0 - 5_000,
      worst: [{ session: "b" }, { session: "a", statements: 5 }],
    });
    behind.caughtUp("b");
    expect(behind.backlog(T0 + 80_000)).toMatchObject({ sessions: 1, oldest: T0 });
    // One that is not heard of any more has caught up, or is no session any more.
    expect(behind.backlog(T0 + 300_000)).toEqual({
      sessions: 0,
      statements: 0,
      bytes: 0,
      oldest: null,
      worst: [],
    });
  }));

test("publishing says since when it fails, until it does not", () =>
  inObject((sql) => {
    const publishing = new PublishingStore(sql);
    publishing.succeeded(T0);
    publishing.failed("no answer", T0 + 1);
    publishing.failed("the checkpoint's webhook answers 500", T0 + 2);
    expect(publishing.state()).toEqual({
      publishedAt: T0,
      failingSince: T0 + 1,
      problem: "the checkpoint's webhook answers 500",
    });
    publishing.succeeded(T0 + 3);
    expect(publishing.state()).toEqual({ publishedAt: T0 + 3, failingSince: null, problem: null });
  }));
