// Signing in to the console where it is deployed: behind https, by a client that has a secret, or by Cloudflare Access; and what
// comes of answers that are forged, mixed up, late or used twice. The issuer is played (played-issuer.ts).

import { generateKeyPair } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { openBrowser } from "../../dev/screenshots/browser.ts";
import { type Answer, type HttpsGateway, startHttpsGateway } from "./https-gateway.ts";
import { CLIENT, PlayedIssuer } from "./played-issuer.ts";
import { withBrowser } from "./with-browser.ts";

const AUD_TAG = "4714c1358e65fe4b408ad6d432a5f878";
const COOKIE = "__Host-sluice-console";
const UNDERWAY = "__Host-sluice-sign-in";

let gateway: HttpsGateway;
let issuer: PlayedIssuer;

async function configure(console: object): Promise<void> {
  const issuers = [
    ...(["basic", "post"] as const).map((way) => ({ issuer: issuer.url(way), audiences: ["sluice"] })),
    {
      issuer: issuer.url("access"),
      audiences: [AUD_TAG],
      jwks_uri: `${issuer.url("access")}/cdn-cgi/access/certs`,
      roles_claim: "custom.groups",
      roles: { auditor: ["audit"], approver: ["on-call"] },
    },
  ];
  await gateway.configure({
    ISSUERS: JSON.stringify(issuers),
    TARGETS: "{}",
    CONSOLE_SECRET: CLIENT.secret,
    CONSOLE: JSON.stringify({ base_url: gateway.url, ...console }),
  });
}

/** The value of a cookie that an answer sets; undefined where it does not. */
function cookieOf(answer: Answer, name: string): string | undefined {
  const line = answer.headers.getSetCookie().find((text) => text.startsWith(`${name}=`));
  return line?.slice(name.length + 1).split(";")[0];
}

interface Begun {
  readonly cookie: string;
  readonly at: URL;
}

async function begin(next = "/console/health"): Promise<Begun> {
  const answer = await gateway.ask(`/console/sign-in?${new URLSearchParams({ next }).toString()}`);
  expect(answer.status).toBe(302);
  return { cookie: cookieOf(answer, UNDERWAY) ?? "", at: new URL(answer.headers.get("location") ?? "") };
}

async function callBack({ pathname, search }: URL, cookie: string): Promise<Answer> {
  return gateway.ask(pathname + search, { cookie: `${UNDERWAY}=${cookie}` });
}

/** All the way; the answer to the callback. */
async function arrive(next?: string): Promise<Answer> {
  const { cookie, at } = await begin(next);
  return callBack(issuer.authorize(at.href), cookie);
}

async function signedIn(): Promise<string> {
  return cookieOf(await arrive(), COOKIE) ?? "";
}

/** 200: in; 401: nobody. Of the console's own data, which answers without a redirect. */
async function status(headers: Readonly<Record<string, string>>): Promise<number> {
  return (await gateway.ask("/console/v1/openapi.json", headers)).status;
}

const withCookie = (value: string): Record<string, string> => ({ cookie: `${COOKIE}=${value}` });

beforeAll(async () => {
  issuer = await PlayedIssuer.start();
  gateway = await startHttpsGateway(inject("stateDirectory"));
});

afterAll(async () => {
  await gateway.stop();
  issuer.stop();
});

beforeEach(() => {
  issuer.faults = {};
  issuer.asks = false;
});

describe("a sign-in by a client that has a secret", () => {
  beforeAll(async () => {
    await configure({
      issuer: issuer.url("basic"),
      client_id: CLIENT.id,
      client_secret: "CONSOLE_SECRET",
      access: issuer.url("access"),
    });
  });

  test("proves itself to the issuer, and sets a cookie that only this host gets, over https, and no script reads", async () => {
    const answer = await arrive("/console/approvals?show=all");
    expect(answer.headers.get("location")).toBe("/console/approvals?show=all");
    const line = answer.headers.getSetCookie().find((text) => text.startsWith(`${COOKIE}=`));
    const attributes = (line ?? "")
      .split("; ")
      .slice(1)
      .map((text) => text.toLowerCase());
    expect(attributes).toEqual(expect.arrayContaining(["path=/", "httponly", "secure", "samesite=lax"]));
    expect(attributes.some((text) => text.startsWith("domain"))).toBe(false);
    // As long as the token, which is for ten minutes.
    expect(attributes.find((text) => text.startsWith("max-age"))).toMatch(/^max-age=(59\d|600)$/);
    // The one of the way there is gone.
    expect(answer.headers.getSetCookie()).toContainEqual(expect.stringMatching(`^${UNDERWAY}=;.*Max-Age=0`));
    expect(await status(withCookie(cookieOf(answer, COOKIE) ?? ""))).toBe(200);
  });

  test("keeps every page from caches, frames and other sites' scripts, redirects and errors included", async () => {
    const cookie = withCookie(await signedIn());
    for (const [path, headers] of [
      ["/console/sessions", {}],
      ["/console/sign-in", {}],
      ["/console/callback", {}],
      ["/console/signed-out", {}],
      ["/console/health", cookie],
      ["/console/nowhere", cookie],
      ["/console/sessions", cookie],
      ["/console/v1/openapi.json", cookie],
    ] as const) {
      const answer = await gateway.ask(path, headers);
      const policy = answer.headers.get("content-security-policy") ?? "";
      expect(policy, path).toContain("frame-ancestors 'none'");
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).not.toContain("unsafe");
      expect(answer.headers.get("cache-control"), path).toContain("no-store");
      expect(answer.headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(answer.headers.get("cross-origin-opener-policy"), path).toBe("same-origin");
    }
  });

  test("is the one that this browser began: another state, no cookie, or one of another sign-in is none", async () => {
    const { cookie, at } = await begin();
    const other = await begin();
    const refused = async (url: URL, underway: string): Promise<void> => {
      const answer = await callBack(url, underway);
      expect(answer.status).toBe(403);
      expect(cookieOf(answer, COOKIE)).toBeUndefined();
      expect(answer.text).not.toContain(CLIENT.secret);
    };
    const mixed = issuer.authorize(at.href);
    mixed.searchParams.set("state", "AAAAAAAA");
    await refused(mixed, cookie);
    await refused(issuer.authorize(at.href), "");
    // What an attacker began, in the victim's browser, and the other way round.
    await refused(issuer.authorize(other.at.href), cookie);
    await refused(issuer.authorize(at.href), other.cookie);
    const turnedDown = issuer.authorize(at.href);
    turnedDown.searchParams.delete("code");
    turnedDown.searchParams.set("error", "access_denied");
    const answer = await callBack(turnedDown, cookie);
    expect(answer.text).toContain("You did not sign in at the issuer.");
  });

  test("works once: the same address again signs nobody in, with its cookie or without", async () => {
    const { cookie, at } = await begin();
    const back = issuer.authorize(at.href);
    expect(cookieOf(await callBack(back, cookie), COOKIE)).toBeDefined();
    expect((await callBack(back, cookie)).status).toBe(403);
    expect((await gateway.ask(back.pathname + back.search)).status).toBe(403);
  });

  test.each([
    ["another nonce", { idToken: { nonce: "of another" } }],
    ["another client's identity token", { idToken: { aud: "another" } }],
    ["an identity token of somebody else", { idToken: { sub: "eve" } }],
    ["an expired access token", { accessToken: { exp: 1_700_000_000 } }],
    ["an access token for somebody else's API", { accessToken: { aud: "another" } }],
    ["an access token of another issuer", { accessToken: { iss: "https://elsewhere.example" } }],
  ] as const)("is refused with %s", async (_, faults) => {
    issuer.faults = faults;
    const answer = await arrive();
    expect(answer.status).toBe(403);
    expect(cookieOf(answer, COOKIE)).toBeUndefined();
  });

  test("goes on to a page of the console, and nowhere else", async () => {
    for (const next of [
      "https://evil.example/",
      "//evil.example",
      "/\\evil.example",
      "/console\\..\\evil",
      "/console@evil.example",
      "/consoles",
      "javascript:alert(1)",
      "/console/x\r\nset-cookie: a=b",
      "/console/\u0000",
      `/console/${"x".repeat(5_000)}`,
    ])
      expect((await arrive(next)).headers.get("location"), next).toBe("/console");
  });

  test("takes no identity that was there before: each sign-in has a cookie and forms of its own", async () => {
    const [first, second] = [await signedIn(), await signedIn()];
    expect(second).not.toBe(first);
    const tokenOf = async (cookie: string): Promise<string> =>
      /name="form_token" value="([0-9a-f]{64})"/.exec(
        (await gateway.ask("/console/health", withCookie(cookie))).text,
      )?.[1] ?? "";
    expect(await tokenOf(first)).toHaveLength(64);
    expect(await tokenOf(first)).not.toBe(await tokenOf(second));
    // A cookie that somebody planted is replaced, not taken over.
    const { cookie, at } = await begin();
    const back = issuer.authorize(at.href);
    const answer = await gateway.ask(back.pathname + back.search, {
      cookie: `${COOKIE}=${first}; ${UNDERWAY}=${cookie}`,
    });
    expect(cookieOf(answer, COOKIE)).not.toBe(first);
  });

  test("is over when it is signed out of, for a copy of its cookie too; another of the same person is not", async () => {
    const [cookie, other] = [await signedIn(), await signedIn()];
    const page = await gateway.ask("/console/health", withCookie(cookie));
    const token = /name="form_token" value="([0-9a-f]{64})"/.exec(page.text)?.[1] ?? "";
    const out = (origin: string, value: string): Promise<Answer> =>
      gateway.ask(
        "/console/sign-out",
        { ...withCookie(cookie), origin },
        new URLSearchParams({ form_token: value }),
      );
    expect((await out("https://evil.example", token)).status).toBe(403);
    expect((await out(gateway.url, "")).status).toBe(403);
    expect(await status(withCookie(cookie))).toBe(200);
    const answer = await out(gateway.url, token);
    expect(answer.headers.get("location")).toBe("/console/signed-out");
    expect(cookieOf(answer, COOKIE)).toBe("");
    expect(await status(withCookie(cookie))).toBe(401);
    expect(await status(withCookie(other))).toBe(200);
  });

  test("ends with its token", async () => {
    issuer.faults = { accessToken: { exp: Math.floor(Date.now() / 1000) + 2 } };
    const cookie = await signedIn();
    expect(await status(withCookie(cookie))).toBe(200);
    await expect.poll(() => status(withCookie(cookie)), { timeout: 4_000, interval: 250 }).toBe(401);
  });

  test("is by its cookie and by Access's token alone: a token of the issuer's opens nothing in any header", async () => {
    const token = await issuer.sign("basic", { aud: "sluice", roles: ["auditor", "approver", "admin"] });
    expect(await status({ authorization: `Bearer ${token}` })).toBe(401);
    expect(await status({ "cf-access-jwt-assertion": token })).toBe(401);
    expect(await status({ cookie: `${COOKIE}=${token}` })).toBe(401);
    expect(await status({ cookie: `CF_Authorization=${token}` })).toBe(401);
  });

  test.skipIf(withBrowser === "skip")(
    "is kept by a browser, which after signing out does not go back to what it showed",
    async () => {
      const browser = await openBrowser();
      const context = await browser.newContext({ baseURL: gateway.url, ignoreHTTPSErrors: true });
      const page = await context.newPage();
      await page.goto("/console/health");
      await page.getByRole("heading", { name: "Health" }).waitFor();
      const kept = (await context.cookies()).find(({ name }) => name === COOKIE);
      expect(kept).toMatchObject({ secure: true, httpOnly: true, sameSite: "Lax", path: "/" });
      await page.goto("/console/approvals");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "You are signed out" }).waitFor();
      issuer.asks = true;
      await page.goBack();
      await page.getByRole("heading", { name: "Who are you?" }).waitFor();
      await browser.close();
    },
  );
});

describe("Cloudflare Access", () => {
  const access = async (claims: object, key?: CryptoKey): Promise<Record<string, string>> => ({
    "cf-access-jwt-assertion": await issuer.sign(
      "access",
      { aud: [AUD_TAG], type: "app", email: "ada@example.com", custom: { groups: ["audit"] }, ...claims },
      key,
    ),
  });

  beforeAll(async () => {
    await configure({ access: issuer.url("access") });
  });

  test("signs in by its header's token, with the roles that the configuration gives", async () => {
    const answer = await gateway.ask("/console/health", await access({}));
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("auditor");
    expect(answer.text).not.toContain("approver, ");
    // Nothing to keep, and signing out is Access's.
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(answer.text).toContain('href="/cdn-cgi/access/logout"');
  });

  test("is not believed when its token is forged, expired, for another application, or of another issuer", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    expect(await status(await access({}, privateKey))).toBe(401);
    expect(await status(await access({ exp: 1_700_000_000, iat: 1_699_999_000 }))).toBe(401);
    expect(await status(await access({ aud: ["another"] }))).toBe(401);
    expect(await status(await access({ iss: "https://acme.cloudflareaccess.com" }))).toBe(401);
    expect(await status(await access({ sub: "" }))).toBe(401);
    expect(await status({ "cf-access-jwt-assertion": "no token" })).toBe(401);
    expect(await status(await access({}))).toBe(200);
  });

  test("opens nothing to whom it gives no role", async () => {
    const answer = await gateway.ask("/console/sessions", await access({ custom: { groups: [] } }));
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("This is not open to you");
  });

  test("takes forms from its own pages alone", async () => {
    const headers = await access({});
    const out = await gateway.ask(
      "/console/sign-out",
      { ...headers, origin: gateway.url },
      new URLSearchParams({ form_token: "00".repeat(32) }),
    );
    expect(out.status).toBe(403);
  });

  test("leads nobody round in circles: without its header the way ends at a page that says so", async () => {
    const first = await gateway.ask("/console/sessions");
    expect(first.headers.get("location")).toBe("/console/sign-in?next=%2Fconsole%2Fsessions");
    const second = await gateway.ask(first.headers.get("location") ?? "");
    expect(second.status).toBe(503);
    expect(second.text).toContain("Cloudflare Access");
    expect(second.text).not.toContain('href="/console/sign-in"');
  });
});

describe("the client's secret", () => {
  test("goes into the form where the issuer asks for that", async () => {
    await configure({ issuer: issuer.url("post"), client_id: CLIENT.id, client_secret: "CONSOLE_SECRET" });
    expect(await status(withCookie(await signedIn()))).toBe(200);
  });

  test("is missed with a page that says so, and no sign-in is without it", async () => {
    await configure({ issuer: issuer.url("basic"), client_id: CLIENT.id, client_secret: "NOT_SET" });
    const answer = await gateway.ask("/console/sign-in");
    expect(answer.status).toBe(503);
    expect(answer.text).toContain("client is not set up");
    await configure({ issuer: issuer.url("basic"), client_id: CLIENT.id });
    expect((await arrive()).status).toBe(403);
  });

  test("is told by nothing in the log, which says what was wrong", () => {
    const log = gateway.log.join("\n");
    expect(log).toContain("the secret that CONSOLE.client_secret names is not set");
    expect(log).toContain("OAUTH_RESPONSE_BODY_ERROR invalid_client");
    expect(log).not.toContain(CLIENT.secret);
  });
});
