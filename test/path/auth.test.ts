// Who has no good token gets in nowhere: by none of the three ways, and not to the HTTP API. Whatever was tried, nothing is
// stored and PostgreSQL hears nothing of it.

import { createServer } from "node:net";
import { createPublicKey } from "node:crypto";
import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import {
  SUBPROTOCOL_FLOW,
  SUBPROTOCOL_RAW,
  SUBPROTOCOL_TOKEN_PREFIX,
} from "../../client-shim/src/contract.ts";
import { failureOf, HostileAgent, letters, password, type RefusedUpgrade, startup } from "./hostile-agent.ts";
import { type Gateway, issuerKeys, mint, Role, startGateway } from "./hostile-gateway.ts";
import { until } from "./stack-process.ts";

let role: Role;
let gateway: Gateway;
let good: string;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") } });
  good = await mint();
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.drop();
});

const seconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow;

/** Claims of a good token, for those that are signed otherwise. */
function claims(): Record<string, unknown> {
  return {
    iss: inject("stack").issuer,
    aud: "sluice",
    sub: "mallory",
    roles: ["agent", "admin", "auditor"],
    iat: seconds(0),
    exp: seconds(600),
  };
}

async function signedWithThePublicKey(form: "pem" | "modulus"): Promise<string> {
  const { kid = "", n = "", kty = "", e = "" } = issuerKeys().signing;
  const pem = await exportSPKI(createPublicKey({ key: { kty, n, e }, format: "jwk" }));
  const secret = form === "pem" ? Buffer.from(pem) : Buffer.from(n, "base64url");
  return new SignJWT(claims()).setProtectedHeader({ alg: "HS256", typ: "JWT", kid }).sign(secret);
}

async function signedBySomebodyElse(header: Record<string, unknown> = {}): Promise<string> {
  const { privateKey } = await generateKeyPair("RS256");
  const { kid = "" } = issuerKeys().signing;
  return new SignJWT(claims()).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(privateKey);
}

async function withForeignPayload(): Promise<string> {
  const [header, payload = "", signature] = (await mint()).split(".");
  const changed = { ...(JSON.parse(Buffer.from(payload, "base64url").toString()) as object), sub: "root" };
  return [header, Buffer.from(JSON.stringify(changed)).toString("base64url"), signature].join(".");
}

async function without(claim: string): Promise<string> {
  const { [claim]: _, ...rest } = claims();
  const header = { alg: "RS256", kid: issuerKeys().signing.kid ?? "" };
  return new SignJWT(rest).setProtectedHeader(header).sign(await importJWK(issuerKeys().signing, "RS256"));
}

/** `says` tells one from the others; `sqlstate` and `status` are those of DESIGN.md's two doors. */
const BAD: readonly {
  readonly what: string;
  readonly token: () => Promise<string>;
  readonly sqlstate: "28000" | "28P01";
  readonly status: 401 | 403;
  readonly says: RegExp;
}[] = [
  {
    what: "expired",
    token: () => mint({ exp: seconds(-120), iat: seconds(-600) }),
    sqlstate: "28P01",
    status: 401,
    says: /token expired at 20/i,
  },
  {
    what: "for another audience",
    token: () => mint({ aud: "elsewhere" }),
    sqlstate: "28P01",
    status: 401,
    says: /another audience/i,
  },
  { what: "for no audience", token: () => without("aud"), sqlstate: "28P01", status: 401, says: /audience/i },
  {
    what: "of an unknown issuer",
    token: () => mint({ iss: "https://issuer.example" }),
    sqlstate: "28P01",
    status: 401,
    says: /issuer is unknown/i,
  },
  {
    what: "of the issuer with a slash",
    token: () => mint({ iss: `${inject("stack").issuer}/` }),
    sqlstate: "28P01",
    status: 401,
    says: /issuer is unknown/i,
  },
  {
    what: "not yet valid",
    token: () => mint({ nbf: seconds(300) }),
    sqlstate: "28P01",
    status: 401,
    says: /not valid before/i,
  },
  {
    what: "issued in the future",
    token: () => mint({ iat: seconds(300) }),
    sqlstate: "28P01",
    status: 401,
    says: /not valid before/i,
  },
  {
    what: "of alg none",
    token: () => Promise.resolve(new UnsecuredJWT(claims()).encode()),
    sqlstate: "28P01",
    status: 401,
    says: /algorithm, none, is not accepted/i,
  },
  {
    what: "signed by HS256 with the public key as PEM",
    token: () => signedWithThePublicKey("pem"),
    sqlstate: "28P01",
    status: 401,
    says: /algorithm, HS256, is not accepted/i,
  },
  {
    what: "signed by HS256 with the modulus",
    token: () => signedWithThePublicKey("modulus"),
    sqlstate: "28P01",
    status: 401,
    says: /algorithm, HS256, is not accepted/i,
  },
  {
    what: "signed by another key under the issuer's kid",
    token: () => signedBySomebodyElse(),
    sqlstate: "28P01",
    status: 401,
    says: /signature is wrong/i,
  },
  {
    what: "signed by another key under its own kid",
    token: () => signedBySomebodyElse({ kid: "mine" }),
    sqlstate: "28P01",
    status: 401,
    says: /key that its issuer does not publish/i,
  },
  {
    what: "changed after it was signed",
    token: withForeignPayload,
    sqlstate: "28P01",
    status: 401,
    says: /signature is wrong/i,
  },
  {
    what: "cut short",
    token: async () => (await mint()).slice(0, -20),
    sqlstate: "28P01",
    status: 401,
    says: /signature is wrong|not a JSON Web Token|not valid/i,
  },
  {
    what: "without an expiry",
    token: () => without("exp"),
    sqlstate: "28P01",
    status: 401,
    says: /no time of expiry/i,
  },
  {
    what: "without a subject",
    token: () => without("sub"),
    sqlstate: "28P01",
    status: 401,
    says: /no subject/i,
  },
  {
    what: "no token at all",
    token: () => Promise.resolve("letmein"),
    sqlstate: "28P01",
    status: 401,
    says: /not a JSON Web Token/i,
  },
  {
    what: "of an approver",
    token: () => mint({ roles: ["approver"] }),
    sqlstate: "28000",
    status: 403,
    says: /needs the role agent/i,
  },
  {
    what: "without a role",
    token: () => mint({ roles: [] }),
    sqlstate: "28000",
    status: 403,
    says: /needs the role agent, and the token gives none/i,
  },
];

describe("a token that is no good", () => {
  let before: ReadonlySet<string>;
  beforeAll(() => {
    before = new Set(gateway.tables().keys());
  });

  afterEach(expectNothingLeft);

  async function expectNothingLeft(): Promise<void> {
    expect(await gateway.sessions()).toEqual([]);
    const stored = [...gateway.tables()].filter(
      ([object, tables]) => !before.has(object) && tables.length > 0,
    );
    expect(stored).toEqual([]);
    expect(await role.connections()).toEqual([]);
  }

  test.for(BAD)("$what gets in by none of the three ways", async ({ token, sqlstate, status, says }) => {
    const bad = await token();
    const path = `${gateway.url}/v1/connect/demo`;
    const offers = [SUBPROTOCOL_FLOW, `${SUBPROTOCOL_TOKEN_PREFIX}${bad}`];
    for (const attempt of [
      await HostileAgent.attempt(path, { headers: { authorization: `Bearer ${bad}` } }),
      await HostileAgent.attempt(path, { protocols: offers }),
      await HostileAgent.attempt(`${gateway.url}/v2`, { headers: { authorization: `Bearer ${bad}` } }),
      await HostileAgent.attempt(`${gateway.url}/v2`, { protocols: offers }),
    ]) {
      expectRefusal(attempt, status, says);
      expect(JSON.stringify(attempt)).not.toContain(bad);
    }

    const agent = await HostileAgent.dial(`${gateway.url}/v2?address=db:5432`);
    agent.send(
      startup({ user: "agent", database: "demo" }),
      password(bad),
      Buffer.from("Q\0\0\0\x0dSELECT 1\0", "latin1"),
    );
    const frames = await agent.toEnd();
    expect(letters(frames)).toBe("RE");
    expect(failureOf(frames)).toMatchObject({ severity: "FATAL", sqlstate });
    expect(failureOf(frames)?.message).toMatch(says);
    expect(failureOf(frames)?.hint).not.toBe("");
    expect(agent.closed?.code).toBe(4401);
  });

  test.for(BAD.filter(({ status }) => status === 401))("$what opens no call of the HTTP API", async (bad) => {
    const authorization = `Bearer ${await bad.token()}`;
    for (const [method, path] of CALLS) {
      const response = await fetch(`${gateway.url}${path}`, { method, headers: { authorization } });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toMatch(
        /^Bearer realm="sluice", error="invalid_token"/,
      );
      expect(((await response.json()) as { detail: string }).detail).toMatch(bad.says);
    }
  });

  test("an agent's token does not read the record or end sessions, nor does an auditor's connect", async () => {
    for (const [method, path] of CALLS) {
      const response = await gateway.api(path, "agent", method);
      expect(response.status).toBe(403);
      expect(response.headers.get("www-authenticate")).toMatch(/error="insufficient_scope"/);
    }
    expect((await gateway.api(`/v1/sessions/${"0".repeat(32)}`, "auditor", "DELETE")).status).toBe(403);
    const authorization = `Bearer ${await mint({ roles: ["auditor"] })}`;
    const auditor = await HostileAgent.attempt(`${gateway.url}/v1/connect/demo`, {
      headers: { authorization },
    });
    expectRefusal(auditor, 403, /needs the role agent/i);
  });

  test("none at all is asked for, in each place", async () => {
    const refused = await HostileAgent.attempt(`${gateway.url}/v1/connect/demo`);
    expectRefusal(refused, 401, /no token was given/i);
    for (const [method, path] of CALLS) {
      const response = await fetch(`${gateway.url}${path}`, { method });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe('Bearer realm="sluice"');
    }
    const agent = await HostileAgent.dial(`${gateway.url}/v2`);
    agent.send(startup({ user: "agent", database: "demo" }), password(""));
    expect(failureOf(await agent.toEnd())).toMatchObject({ severity: "FATAL", sqlstate: "28000" });
  });

  test.for([
    {
      how: "Basic",
      headers: { authorization: `Basic ${Buffer.from("a:b").toString("base64")}` },
      protocols: [],
    },
    { how: "Bearer without a token", headers: { authorization: "Bearer" }, protocols: [] },
    { how: "two tokens in a header", headers: { authorization: "Bearer a, Bearer b" }, protocols: [] },
    {
      how: "an empty sub-protocol token",
      headers: {},
      protocols: [SUBPROTOCOL_RAW, SUBPROTOCOL_TOKEN_PREFIX],
    },
    {
      how: "two tokens as sub-protocols",
      headers: {},
      protocols: [SUBPROTOCOL_RAW, `${SUBPROTOCOL_TOKEN_PREFIX}a`, `${SUBPROTOCOL_TOKEN_PREFIX}b`],
    },
  ])("brought as $how is refused", async ({ headers, protocols }) => {
    const attempt = await HostileAgent.attempt(`${gateway.url}/v1/connect/demo`, { headers, protocols });
    expectRefusal(attempt, 401, /./);
  });

  test("good in the header and another in the sub-protocol is refused, even if both are good", async () => {
    const attempt = await HostileAgent.attempt(`${gateway.url}/v1/connect/demo`, {
      headers: { authorization: `Bearer ${good}` },
      protocols: [SUBPROTOCOL_FLOW, `${SUBPROTOCOL_TOKEN_PREFIX}${await mint({ jti: "another" })}`],
    });
    expectRefusal(attempt, 401, /two different tokens/i);
  });

  test("good but in the query string is not looked at", async () => {
    const attempt = await HostileAgent.attempt(
      `${gateway.url}/v1/connect/demo?token=${good}&access_token=${good}`,
    );
    expectRefusal(attempt, 401, /no token was given/i);
    expect(JSON.stringify(attempt)).not.toContain(good);
  });

  test("good for a target that does not exist opens nothing", async () => {
    const headers = { authorization: `Bearer ${good}` };
    const attempt = await HostileAgent.attempt(`${gateway.url}/v1/connect/other`, { headers });
    expect(attempt).toMatchObject({ status: 404 });
    const agent = await HostileAgent.dial(`${gateway.url}/v2`);
    agent.send(startup({ user: "agent", database: "other" }), password(good));
    expect(failureOf(await agent.toEnd())).toMatchObject({ severity: "FATAL", sqlstate: "3D000" });
  });
});

const CALLS = [
  ["GET", "/v1/sessions"],
  ["GET", `/v1/sessions/${"0".repeat(32)}`],
  ["GET", `/v1/sessions/${"0".repeat(32)}/statements`],
  ["GET", `/v1/sessions/${"0".repeat(32)}/statements/1`],
  ["GET", `/v1/sessions/${"0".repeat(32)}/statements/1/result?format=wire`],
  ["GET", `/v1/sessions/${"0".repeat(32)}/events`],
  ["GET", `/v1/sessions/${"0".repeat(32)}/replay`],
  ["DELETE", `/v1/sessions/${"0".repeat(32)}`],
] as const;

function expectRefusal(attempt: HostileAgent | RefusedUpgrade, status: number, says: RegExp): void {
  if (attempt instanceof HostileAgent) throw new Error("it got in");
  expect(attempt.status).toBe(status);
  expect(attempt.headers["www-authenticate"]).toMatch(/^Bearer realm="sluice"/);
  expect(attempt.headers["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(attempt.body)).toMatchObject({ status, detail: expect.stringMatching(says) });
}

describe("a good token", () => {
  const name = "good";
  const query = Buffer.from("Q\0\0\0\x0dSELECT 1\0", "latin1");
  const hello = startup({ user: "anybody", database: "demo", application_name: name });

  test.for([
    { way: "the Authorization header", path: "/v1/connect/demo", header: true, offers: [] },
    {
      way: "the sub-protocol, with flow",
      path: "/v1/connect/demo",
      header: false,
      offers: [SUBPROTOCOL_FLOW],
    },
    { way: "the sub-protocol, raw", path: "/v1/connect/demo", header: false, offers: [SUBPROTOCOL_RAW] },
    { way: "the sub-protocol on /v2", path: "/v2?address=x:1", header: false, offers: [SUBPROTOCOL_RAW] },
    { way: "header and sub-protocol alike", path: "/v2", header: true, offers: [SUBPROTOCOL_FLOW] },
  ])("gets in by $way, and no header sends it back", async ({ path, header, offers }) => {
    const agent = await HostileAgent.dial(`${gateway.url}${path}`, {
      headers: header ? { authorization: `Bearer ${good}` } : {},
      protocols: offers.length === 0 ? [] : [...offers, `${SUBPROTOCOL_TOKEN_PREFIX}${good}`],
    });
    agent.send(hello, query);
    expect(letters(await agent.ready(2))).toMatch(/^RS+KZTDCZ$/);
    expect(agent.upgrade?.headers["sec-websocket-protocol"]).toBe(offers[0]);
    expect(JSON.stringify(agent.upgrade?.rawHeaders)).not.toContain(good);
    agent.leave();
  });

  test("gets in as the password of the start-up, pipelined with the first query", async () => {
    const agent = await HostileAgent.dial(`${gateway.url}/v2`);
    agent.send(hello, password(good), query);
    expect(letters(await agent.ready(2))).toMatch(/^RRS+KZTDCZ$/);
    agent.leave();
  });

  test("that is offered as a sub-protocol of its own is not sent back", async () => {
    const agent = await HostileAgent.attempt(`${gateway.url}/v2`, { protocols: [good] }).catch(String);
    expect(agent).not.toBeInstanceOf(HostileAgent);
    expect(JSON.stringify(agent)).not.toContain(good);
  });

  test("does not make the gateway dial what `address` says", async () => {
    let dialled = 0;
    const listener = createServer((socket) => {
      dialled += 1;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void listener.close());
    await until(() => listener.listening, 1_000);
    const address = listener.address();
    const port = typeof address === "object" ? address?.port : 0;
    const agent = await HostileAgent.dial(`${gateway.url}/v2?address=127.0.0.1:${port}`);
    agent.send(hello, password(good), query);
    expect(letters(await agent.ready(2))).toMatch(/TDCZ$/);
    agent.leave();
    expect(dialled).toBe(0);
  });

  test("ends its session when it expires, in the middle of a statement, and the record says so", async () => {
    const agent = await HostileAgent.open(gateway.url, "demo", await mint({ exp: seconds(3) }), "expiring");
    const began = Date.now();
    agent.query("SELECT pg_sleep(20)");
    const failure = failureOf(await agent.toEnd());
    expect(failure).toMatchObject({ severity: "FATAL", sqlstate: "57P01" });
    expect(failure?.message).toMatch(/token has expired/);
    expect(Date.now() - began).toBeLessThan(6_000);
    await until(async () => (await gateway.session("expiring"))?.end_reason === "token_expired", 5_000);
  });

  test("has left behind its sessions, and no connection", async () => {
    await expect.poll(() => role.connections(), { timeout: 5_000 }).toEqual([]);
    expect(await gateway.session(name)).toMatchObject({ subject: "hostile" });
  });
});
