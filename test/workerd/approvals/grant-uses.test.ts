// Limits over a grant's life, counted for several sessions at once in a real object's SQLite: together they never come past them,
// what is not used comes back, and what a lost session had reserved does not.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Grant } from "#core/approvals";
import { type GrantLimits, type GrantUse, NO_GRANT_LIMITS, termsWith } from "#core/policy";
import {
  Grants,
  GrantStore,
  GrantUses,
  ReservationStore,
  SessionBudgets,
} from "../../../durable-objects/approvals/index.ts";

interface World {
  readonly grants: Grants;
  readonly use: GrantUse;
  grant(): Grant;
  session(id: string, busyTries?: number): SessionBudgets;
  leave(id: string): void;
  asked: number;
  readonly changes: string[];
}

async function withGrant(limits: Partial<GrantLimits>, act: (world: World) => Promise<void>): Promise<void> {
  await runInDurableObject(env.NOTEBOOKS.get(env.NOTEBOOKS.newUniqueId()), async (_, state) => {
    const changes: string[] = [];
    const grants = new Grants({
      store: new GrantStore(state.storage.sql),
      now: () => 1_000,
      changed: (grant) => changes.push(grant.state),
    });
    const uses = new GrantUses(grants, new ReservationStore(state.storage.sql));
    const made = grants.want(
      {
        target: "demo",
        requester: { issuer: "i", subject: "bot" },
        relations: ["public.events"],
        kinds: ["select"],
        reason: "a ticket",
        durationMs: 60_000,
        limits: { ...NO_GRANT_LIMITS, ...limits },
        terms: termsWith({}),
      },
      true,
    );
    if (!made.ok) throw new Error("it is the first");
    const { id } = made.value;
    const world: World = {
      grants,
      use: { id, limits: { ...NO_GRANT_LIMITS, ...limits } },
      grant: () => {
        const grant = grants.get(id);
        if (grant === null) throw new Error("it is kept");
        return grant;
      },
      session: (sessionId, busyTries = 8) =>
        new SessionBudgets(
          {
            reserve: async (grantId, wants) => {
              world.asked++;
              return uses.reserve(grantId, sessionId, wants);
            },
            settle: async (grantId, used) => uses.settle(grantId, sessionId, used),
          },
          { givenBackMs: 10, busyMs: 5, busyTries },
        ),
      leave: (sessionId) => uses.leave(sessionId),
      asked: 0,
      changes,
    };
    await act(world);
  });
}

test("statements of all sessions are counted together, asked for in slices, and the grant is over with the last", () =>
  withGrant({ statements: 40 }, async (world) => {
    const sessions = ["a", "b", "c"].map((id) => world.session(id));
    let ran = 0;
    for (let i = 0; i < 60; i++) {
      const session = sessions[i % 3];
      if (session === undefined) continue;
      const shortage = await session.begin(world.use, false);
      if (shortage === null) {
        ran++;
        session.end(world.use);
        continue;
      }
      expect(["used_up", "over"]).toContain(shortage.kind);
    }
    // What others had reserved and not used came back.
    expect(ran).toBe(40);
    await Promise.all(sessions.map((each) => each.stop()));
    expect(world.grant()).toMatchObject({ state: "ended", usedUp: "statements", used: { statements: 40 } });
    expect(world.changes).toEqual(["active", "ended"]);
    expect(await world.session("d").begin(world.use, false)).toEqual({ kind: "over" });
  }));

test("rows are reserved before they come: of two sessions at once the second waits for what the first leaves", () =>
  withGrant({ rowsReturnedInAll: 10 }, async (world) => {
    const [a, b] = [world.session("a"), world.session("b")];
    expect(await a.begin(world.use, false)).toBeNull();
    const second = b.begin(world.use, false);
    for (let i = 0; i < 4; i++) expect(a.returns(world.use)).toBe(true);
    a.end(world.use);
    expect(await second).toBeNull();
    for (let i = 0; i < 6; i++) expect(b.returns(world.use)).toBe(true);
    expect(b.returns(world.use)).toBe(false);
    b.end(world.use);
    await b.stop();
    expect(world.grant().used).toMatchObject({ rowsReturned: 10 });
    expect(await a.begin(world.use, false)).toMatchObject({ kind: "used_up", limit: "rows_returned.grant" });
  }));

test("a statement reserves no more than it may use, and a burst of them asks once", () =>
  withGrant({ rowsReturned: 3, rowsReturnedInAll: 100, statements: 80 }, async (world) => {
    const a = world.session("a");
    for (let i = 0; i < 8; i++) {
      expect(await a.begin(world.use, false)).toBeNull();
      a.end(world.use);
    }
    expect(world.asked).toBe(1);
    const b = world.session("b");
    expect(await b.begin(world.use, false)).toBeNull();
    await Promise.all([a.stop(), b.stop()]);
    expect(world.grant().used).toEqual({ statements: 9, rowsReturned: 0, rowsChanged: 0 });
  }));

test("changed rows are counted apart, and what reads needs none of them", () =>
  withGrant({ rowsChangedInAll: 5 }, async (world) => {
    const a = world.session("a");
    expect(await a.begin(world.use, true)).toBeNull();
    expect(a.mayChange(world.use)).toBe(5);
    a.changed(world.use, 5);
    expect(a.mayChange(world.use)).toBe(0);
    a.end(world.use);
    expect(await a.begin(world.use, false)).toBeNull();
    expect(a.returns(world.use)).toBe(true);
    a.end(world.use);
    expect(await a.begin(world.use, true)).toMatchObject({ kind: "used_up", limit: "rows_changed.grant" });
    expect(world.grant().used).toMatchObject({ rowsChanged: 5 });
  }));

test("what a session that is lost had reserved counts as used", () =>
  withGrant({ statements: 8 }, async (world) => {
    const lost = world.session("lost");
    expect(await lost.begin(world.use, false)).toBeNull();
    const next = world.session("next");
    for (let i = 0; i < 7; i++) {
      expect(await next.begin(world.use, false)).toBeNull();
      next.end(world.use);
    }
    world.leave("lost");
    await next.stop();
    expect(world.grant().used).toMatchObject({ statements: 8 });
    expect(await world.session("third").begin(world.use, false)).toMatchObject({ kind: "used_up" });
  }));

test("60 seeded schedules of three sessions, some lost, never run more than the grant has", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    let state = seed;
    const next = (most: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * most);
    };
    const limits = { statements: 1 + next(12), rowsReturnedInAll: 1 + next(20), rowsReturned: 1 + next(5) };
    await withGrant(limits, async (world) => {
      const total = { statements: 0, rows: 0 };
      let lost = 0;
      // Whoever would have to wait does not here.
      const fresh = (which: number): { id: string; budgets: SessionBudgets; runs: boolean } => {
        const id = `${which}-${lost}`;
        return { id, budgets: world.session(id, 1), runs: false };
      };
      const sessions = [0, 1, 2].map(fresh);
      for (let i = 0; i < 40; i++) {
        const which = next(3);
        const session = sessions[which] ?? fresh(which);
        const act = next(10);
        if (act < 6 && !session.runs) {
          if ((await session.budgets.begin(world.use, false)) !== null) continue;
          session.runs = true;
          total.statements++;
          for (let row = next(6); row > 0; row--) total.rows += session.budgets.returns(world.use) ? 1 : 0;
        } else if (act < 8 && session.runs) {
          session.runs = false;
          session.budgets.end(world.use);
        } else if (act > 7) {
          if (act === 8) await session.budgets.stop();
          world.leave(session.id);
          lost++;
          sessions[which] = fresh(which);
        }
      }
      expect(total.statements, `seed ${seed}`).toBeLessThanOrEqual(limits.statements);
      expect(total.rows, `seed ${seed}`).toBeLessThanOrEqual(limits.rowsReturnedInAll);
    });
  }
});
