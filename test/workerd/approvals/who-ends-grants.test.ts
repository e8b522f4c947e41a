// Who may end a grant, of those who may see it.
import { Hono, type MiddlewareHandler } from "hono";
import { expect, test } from "vitest";
import type { Grant } from "#core/approvals";
import { type Role, termsWith } from "#core/policy";
import { grantsApi } from "../../../worker/grants/index.ts";

const ID = `shop-${"0".repeat(24)}`;
const GRANT: Grant = {
  id: ID,
  revision: 2,
  state: "active",
  target: "shop",
  requester: { issuer: "https://issuer.test", subject: "bot-1" },
  relations: ["public.orders"],
  kinds: ["select"],
  reason: "ticket 4711",
  durationMs: 60_000,
  terms: termsWith({}),
  createdAt: 0,
  expiresAt: 60_000,
  grantedAt: 0,
  endsAt: 60_000,
  votes: [],
  revokedBy: null,
  history: [{ state: "active", at: 0 }],
};

async function end(subject: string, ...roles: readonly Role[]): Promise<{ status: number; ended: boolean }> {
  let ended = false;
  const object = {
    readGrant: async (id: string) => (id === ID ? GRANT : null),
    revokeGrant: async () => {
      ended = true;
      return { ok: true, value: GRANT };
    },
  };
  const env = { TARGETS: '{"shop": {}}', APPROVALS: { idFromName: () => null, get: () => object } };
  const as: MiddlewareHandler = async (c, next) => {
    c.set("principal", { issuer: "https://issuer.test", subject, roles, groups: [] });
    return next();
  };
  const guards = { requireAgent: as, requireApprover: as, requireParty: as, requireReader: as };
  const app = new Hono().route("/v1", grantsApi({ ...guards, now: () => 0 }) as never);
  const response = await app.request(`/v1/grants/${ID}`, { method: "DELETE" }, env);
  return { status: response.status, ended };
}

test("an agent ends its own, an approver or admin any; an auditor none for having an agent's role too", async () => {
  expect(await end("bot-1", "agent")).toEqual({ status: 200, ended: true });
  expect(await end("bot-2", "agent")).toEqual({ status: 404, ended: false });
  expect(await end("ann", "approver")).toEqual({ status: 200, ended: true });
  expect(await end("ann", "admin")).toEqual({ status: 200, ended: true });
  expect(await end("ann", "agent", "auditor")).toEqual({ status: 403, ended: false });
  expect(await end("bot-1", "agent", "auditor")).toEqual({ status: 200, ended: true });
});
