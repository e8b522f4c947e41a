// requireRole in front of a real Hono route, and the check that a session's object is given.

import { Hono } from "hono";
import { beforeEach, expect, test, vi } from "vitest";
import {
  authenticatorFor,
  createAuthenticate,
  createRequireRole,
  requireRole,
  type AuthEnv,
  type AuthVariables,
} from "../../../worker/auth/index.ts";
import { openWorld, type World } from "./world.ts";

const ENV = { ISSUERS: "[]" };
let world: World;
let app: Hono<{ Bindings: AuthEnv; Variables: AuthVariables }>;

beforeEach(async () => {
  world = await openWorld((make) => {
    const issuer = make("https://issuer.example");
    return Promise.resolve({ issuer, fetch: (url) => Promise.resolve(issuer.answer(new URL(url).pathname)) });
  });
  const guard = createRequireRole(() => world.authenticator);
  app = new Hono<{ Bindings: AuthEnv; Variables: AuthVariables }>();
  app.get("/records", guard("auditor", "admin"), (c) =>
    c.json({ subject: c.var.principal.subject, until: c.var.tokenExpiresAt }),
  );
});

async function get(token: string | null): Promise<Response> {
  return app.request(
    "/records",
    { headers: token === null ? {} : { authorization: `Bearer ${token}` } },
    ENV,
  );
}

test("a caller with one of the roles gets in, and the route knows who it is", async () => {
  const response = await get(await world.issuer.sign(world.ec, { roles: ["admin"] }));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ subject: "bot-1", until: world.clock.now + 3600_000 });
});

test("a caller without the role is told which one is needed", async () => {
  const response = await get(await world.issuer.sign(world.ec));
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({
    title: "Role missing",
    detail: expect.stringContaining("auditor or admin") as string,
  });
});

test("a caller without a token, or with a bad one, does not reach the route", async () => {
  expect((await get(null)).status).toBe(401);
  expect((await get(await world.issuer.sign(world.ec, { aud: "payroll", roles: ["admin"] }))).status).toBe(
    401,
  );
});

test("a session's object is told of an agent, and refuses all others as PostgreSQL would", async () => {
  const authenticate = createAuthenticate(world.authenticator);
  expect(await authenticate(await world.issuer.sign(world.ed))).toMatchObject({
    ok: true,
    value: { principal: { subject: "bot-1" } },
  });
  expect(await authenticate(await world.issuer.sign(world.ed, { roles: ["auditor"] }))).toEqual({
    ok: false,
    error: {
      sqlstate: "28000",
      message: "this needs the role agent, and the token gives only auditor",
      hint: expect.stringContaining("ISSUERS") as string,
    },
  });
  expect(await authenticate("")).toMatchObject({ ok: false, error: { sqlstate: "28000" } });
});

test("with ISSUERS broken nobody gets in: callers hear 500, the log hears why, once", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const env = { ISSUERS: '[{"issuer":"http://id.example","audiences":["sluice"]}]' };
  const broken = new Hono<{ Bindings: AuthEnv; Variables: AuthVariables }>();
  broken.get("/", requireRole("auditor"), (c) => c.text("in"));
  const token = await world.issuer.sign(world.ec, { roles: ["auditor"] });
  for (let n = 0; n < 3; n += 1) {
    const response = await broken.request("/", { headers: { authorization: `Bearer ${token}` } }, env);
    expect(response.status).toBe(500);
  }
  expect(log.mock.calls).toEqual([[expect.stringContaining("ISSUERS.0.issuer: must be an https URL")]]);
  log.mockRestore();
});

test("an isolate keeps one authenticator, and makes another when ISSUERS changes", () => {
  const first = authenticatorFor(ENV);
  expect(authenticatorFor({ ISSUERS: "[]" })).toBe(first);
  expect(authenticatorFor({ ISSUERS: "[ ]" })).not.toBe(first);
});
