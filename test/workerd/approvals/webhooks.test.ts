// The outbox of webhooks in a real object's SQLite: what a receiver gets that is down for an hour, that is slow, that wants
// nothing any more; and that an event told twice is sent once.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { type Endpoint, endpointId, parseEndpoints } from "../../../durable-objects/webhooks/config.ts";
import { type WebhookEvent, WebhookOutbox, WebhookSender } from "../../../durable-objects/webhooks/index.ts";

const T0 = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;

interface World {
  now: number;
  readonly outbox: WebhookOutbox;
  readonly got: { readonly id: string; readonly at: number; readonly url: string }[];
  answer: (url: string) => Promise<Response>;
  tell(id: string): void;
  /** As the object's alarm does, until nothing is due before `until`. */
  run(until: number): Promise<void>;
  restart(): void;
}

async function inObject(json: string, act: (world: World) => Promise<void>): Promise<void> {
  const parsed = parseEndpoints(json, false);
  if (!parsed.ok) throw new Error(parsed.error);
  const endpoints: readonly Endpoint[] = parsed.value;
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, state) => {
    const outbox = new WebhookOutbox(state.storage.sql);
    const start = (): WebhookSender =>
      new WebhookSender({
        outbox,
        endpoints: () => endpoints,
        secret: () => SECRET,
        now: () => world.now,
        complete: async (body) => ({ ok: true, value: body }),
        fetch: async (url, init) => {
          const response = await world.answer(url);
          const id = new Headers(init.headers).get("webhook-id") ?? "";
          if (response.ok) world.got.push({ id, at: world.now, url });
          return response;
        },
      });
    let sender: WebhookSender | null = null;
    const world: World = {
      now: T0,
      outbox,
      got: [],
      answer: async () => new Response(null, { status: 204 }),
      tell: (id) => {
        const event: WebhookEvent = { id, type: "session.started", at: world.now, data: {}, statement: null };
        outbox.put(event, "demo", endpoints, world.now);
      },
      run: async (until) => {
        sender ??= start();
        for (;;) {
          await sender.send();
          const due = outbox.nextDue();
          if (due === null || due > until) break;
          world.now = Math.max(world.now, due);
        }
        world.now = Math.max(world.now, until);
      },
      restart: () => {
        sender = start();
      },
    };
    await act(world);
  });
}

const ONE = '[{"url": "https://hooks.example.com/"}]';

test("a receiver that is down for an hour gets every event after it, in order and under one id", async () => {
  await inObject(ONE, async (world) => {
    world.answer = async () => new Response(null, { status: world.now < T0 + HOUR_MS ? 503 : 200 });
    for (let i = 0; i < 30; i++) {
      world.tell(`s.${i}`);
      world.tell(`s.${i}`);
      await world.run(world.now + 60_000);
      if (i === 15) world.restart();
    }
    expect(world.got).toEqual([]);
    await world.run(T0 + 3 * HOUR_MS);
    expect(world.got.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, i) => `s.${i}`));
    // Not long after it is back: the longest wait is an hour, and most are far shorter.
    expect(Math.max(...world.got.map(({ at }) => at))).toBeLessThan(T0 + 2 * HOUR_MS);
    expect(world.outbox.list(null, null, 10)).toEqual([]);
  });
});

test("one that never answers is given up after three days, seen, and the next goes on", async () => {
  await inObject(ONE, async (world) => {
    world.answer = async () => {
      throw new Error("canary: connection refused at 10.1.2.3");
    };
    world.tell("first");
    await world.run(T0 + 4 * 24 * HOUR_MS);
    const [dead] = world.outbox.list(true, null, 10);
    expect(dead).toMatchObject({ eventId: "first", dead: true, problem: "no answer" });
    world.answer = async () => new Response(null);
    world.tell("second");
    await world.run(world.now);
    expect(world.got.map(({ id }) => id)).toEqual(["second"]);
  });
});

test("one that is gone for good, or sends elsewhere, is not followed", async () => {
  await inObject(ONE, async (world) => {
    world.answer = async () => new Response(null, { status: 410 });
    world.tell("gone");
    await world.run(T0);
    expect(world.outbox.list(true, null, 10)).toMatchObject([{ eventId: "gone", problem: "HTTP 410" }]);
    world.answer = async () => new Response(null, { status: 302, headers: { location: "http://10.0.0.1/" } });
    world.tell("moved");
    await world.run(T0);
    expect(world.outbox.list(false, null, 10)).toMatchObject([{ eventId: "moved", problem: "HTTP 302" }]);
  });
});

test("a slow receiver keeps nobody else waiting, and gets one event at a time", async () => {
  const two = '[{"url": "https://slow.example.com/"}, {"url": "https://fast.example.com/"}]';
  await inObject(two, async (world) => {
    let release = (): void => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    let asked = 0;
    world.answer = async (url) => {
      if (!url.includes("slow")) return new Response(null);
      asked++;
      await slow;
      return new Response(null);
    };
    world.tell("a");
    world.tell("b");
    const running = world.run(T0);
    await expect.poll(() => world.got.length).toBe(2);
    expect(world.got.every(({ url }) => url.includes("fast"))).toBe(true);
    expect(asked).toBe(1);
    release();
    await running;
    expect(world.got.filter(({ url }) => url.includes("slow")).map(({ id }) => id)).toEqual(["a", "b"]);
  });
});

describe("what was given up and is sent again", () => {
  const by = { issuer: "https://login.example.com", subject: "ada", at: T0 };

  async function dead(world: World, ...ids: string[]): Promise<void> {
    world.answer = async () => new Response(null, { status: 410 });
    for (const id of ids) world.tell(id);
    await world.run(world.now);
    expect(world.outbox.backlog()).toEqual({ waiting: 0, dead: ids.length, oldestWaiting: null });
  }

  const endpointOf = (world: World): string => endpointId(world.outbox.list(null, null, 1)[0]?.url ?? "");

  test("goes out once under its id, ahead of what waits, and is gone", async () => {
    await inObject(ONE, async (world) => {
      await dead(world, "old");
      const n = world.outbox.list(true, null, 1)[0]?.n ?? 0;
      world.answer = async () => new Response(null);
      world.tell("new");
      expect(world.outbox.resend({ n }, by)).toMatchObject({ kind: "resent", eventIds: ["old"] });
      expect(world.outbox.resend({ n }, by)).toEqual({ kind: "waiting" });
      world.restart();
      await world.run(world.now);
      expect(world.got.map(({ id }) => id)).toEqual(["old", "new"]);
      expect(world.outbox.resend({ n }, by)).toEqual({ kind: "missing" });
    });
  });

  test("has one attempt, and holds up nothing: days after it happened too", async () => {
    await inObject(ONE, async (world) => {
      await dead(world, "old");
      world.now += 20 * 24 * HOUR_MS;
      const n = world.outbox.list(true, null, 1)[0]?.n ?? 0;
      world.outbox.resend({ n }, { ...by, at: world.now });
      world.answer = async () => new Response(null, { status: 400 });
      await world.run(world.now);
      expect(world.outbox.list(null, null, 9)).toMatchObject([
        { dead: true, attempts: 2, problem: "HTTP 400", resentBy: { subject: "ada", at: world.now } },
      ]);
    });
  });

  test("all of an endpoint, in order; one that it does not want keeps back none of the others", async () => {
    await inObject(ONE, async (world) => {
      await dead(world, "a", "b", "c");
      expect(world.outbox.resend({ endpoint: endpointOf(world) }, by)).toMatchObject({
        eventIds: ["a", "b", "c"],
      });
      let asked = 0;
      world.answer = async () => new Response(null, { status: ++asked === 2 ? 422 : 200 });
      await world.run(world.now);
      expect(world.got.map(({ id }) => id)).toEqual(["a", "c"]);
      expect(world.outbox.list(null, null, 9)).toMatchObject([{ eventId: "b", dead: true }]);
    });
  });

  test("is given up at once with the rest where the receiver is down, and what is new goes on", async () => {
    await inObject(ONE, async (world) => {
      await dead(world, "a", "b", "c");
      world.outbox.resend({ endpoint: endpointOf(world) }, by);
      let asked = 0;
      world.answer = async () => {
        asked++;
        throw new Error("down");
      };
      world.tell("new");
      await world.run(world.now);
      expect(asked).toBe(2);
      expect(world.outbox.backlog()).toMatchObject({ waiting: 1, dead: 3 });
      expect(world.outbox.resend({ endpoint: "0".repeat(16) }, by)).toEqual({ kind: "missing" });
    });
  });

  test("is kept for 30 days", async () => {
    await inObject(ONE, async (world) => {
      await dead(world, "old");
      world.now += 31 * 24 * HOUR_MS;
      world.tell("other");
      await world.run(world.now);
      expect(world.outbox.list(true, null, 9).map(({ eventId }) => eventId)).toEqual(["other"]);
    });
  });
});

test("however much waits, to put one in and to look for the next reads a few rows; the oldest of too many are given up", async () => {
  const parsed = parseEndpoints(
    '[{"url": "https://a.example.com/"}, {"url": "https://b.example.com/"}]',
    false,
  );
  if (!parsed.ok) throw new Error(parsed.error);
  const endpoints = parsed.value;
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, { storage }) => {
    const cursors: { readonly rowsRead: number }[] = [];
    const outbox = new WebhookOutbox({
      exec: (text, ...values) => {
        const cursor = storage.sql.exec<never>(text, ...values);
        cursors.push(cursor);
        return cursor;
      },
    });
    const put = (n: number): void =>
      outbox.put(
        { id: `s.${n}`, type: "session.started", at: T0, data: {}, statement: null },
        "demo",
        endpoints,
        T0,
      );
    for (let n = 0; n < 6_500; n++) put(n);
    cursors.length = 0;
    put(6_500);
    expect(outbox.heads().map(({ delivery }) => [delivery.url, delivery.eventId])).toEqual([
      ["https://a.example.com/", "s.0"],
      ["https://b.example.com/", "s.0"],
    ]);
    outbox.nextDue();
    expect(cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThan(100);
    for (let n = 6_501; n < 11_500; n++) put(n);
    expect(outbox.backlog()).toMatchObject({ waiting: 2 * 10_500, dead: 2 * 1_000 });
    expect(outbox.heads().map(({ delivery }) => delivery.eventId)).toEqual(["s.1000", "s.1000"]);
  });
});
