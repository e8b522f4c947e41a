// Where tokens come from: sources by themselves, renewal by an injected clock, and both OIDC flows against a real provider.

import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Provider } from "oidc-provider";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Refusal } from "../../../client-shim/src/refusal.ts";
import { expiryOf, grantOf } from "../../../client-shim/src/tokens/grant.ts";
import { tokenFromClientCredentials, tokenFromDeviceCode } from "../../../client-shim/src/tokens/issuer.ts";
import type { IssuerOptions } from "../../../client-shim/src/tokens/issuer.ts";
import { renewing } from "../../../client-shim/src/tokens/renewing.ts";
import {
  tokenFromCommand,
  tokenFromEnvironment,
  tokenFromFile,
} from "../../../client-shim/src/tokens/sources.ts";

function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "ES256" })}.${part(claims)}.c2ln`;
}

async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  const fault = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(fault instanceof Refusal)) throw new Error(`not a Refusal: ${String(fault)}`);
  return fault;
}

describe("expiry", () => {
  test.each([
    ["a JWT", jwt({ exp: 1_800_000_000 }), 1_800_000_000_000],
    ["a JWT without exp", jwt({ sub: "x" }), null],
    ["a JWT whose exp is text", jwt({ exp: "1800000000" }), null],
    ["an opaque token", "opaque", null],
    ["something in three parts", "a.b.c", null],
  ])("of %s", (_, token, expected) => {
    expect(expiryOf(token)).toBe(expected);
  });

  test.each([
    "",
    " \n",
    "Bearer abc",
    '"abc"',
    '{"access_token":"abc"}',
    "a\r\nx-evil: 1",
    "a".repeat(13_000),
  ])("%j is no token, and is not repeated in the error", async (text) => {
    const refusal = await refusalOf(Promise.resolve().then(() => grantOf(text, "the file")));
    expect(refusal.sqlstate).toBe("28000");
    if (text.trim() !== "") expect(refusal.message + refusal.hint).not.toContain(text);
  });
});

describe("renewal", () => {
  test("a token is kept until less than a minute is left, then obtained anew", async () => {
    let now = 0;
    let obtained = 0;
    const token = renewing(
      async () => ({ token: `t${++obtained}`, expiresAt: now + 600_000 }),
      () => now,
    );
    expect(await token()).toBe("t1");
    now = 539_999;
    expect(await token()).toBe("t1");
    now = 540_000;
    expect(await token()).toBe("t2");
  });

  test("a hundred connections at once ask the source once, and also after it failed", async () => {
    let asked = 0;
    const token = renewing(async () => {
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (asked === 1) throw new Refusal("28000", "down", "wait");
      return { token: "t", expiresAt: null };
    });
    const first = await Promise.allSettled(Array.from({ length: 100 }, token));
    expect(first.every(({ status }) => status === "rejected")).toBe(true);
    expect(await Promise.all(Array.from({ length: 100 }, token))).toEqual(
      Array.from({ length: 100 }, () => "t"),
    );
    expect(asked).toBe(2);
  });

  test("a token that does not say when it ends is obtained for every connection", async () => {
    let obtained = 0;
    const token = renewing(async () => ({ token: `t${++obtained}`, expiresAt: null }));
    expect([await token(), await token()]).toEqual(["t1", "t2"]);
  });

  test("while the source is down, a token that still holds is used to its end", async () => {
    let now = 0;
    let down = false;
    const token = renewing(
      async () => {
        if (down) throw new Refusal("28000", "down", "wait");
        return { token: "t", expiresAt: 100_000 };
      },
      () => now,
    );
    await token();
    down = true;
    now = 99_999;
    expect(await token()).toBe("t");
    now = 100_000;
    expect((await refusalOf(token())).message).toBe("down");
  });
});

describe("environment, file and command", () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  test("an environment variable", async () => {
    expect(await tokenFromEnvironment("T", { T: " abc\n" })()).toEqual({ token: "abc", expiresAt: null });
    expect((await refusalOf(tokenFromEnvironment("T", {})())).message).toBe(
      "the environment variable T is not set",
    );
  });

  test("a file, and one that is missing or enormous", async () => {
    const file = join(directory, "token");
    writeFileSync(file, `${jwt({ exp: 2 })}\n`);
    expect((await tokenFromFile(file)()).expiresAt).toBe(2000);
    writeFileSync(file, "a".repeat(1_000_000));
    expect((await refusalOf(tokenFromFile(file)())).message).toContain("does not hold a bearer token");
    expect((await refusalOf(tokenFromFile(directory)())).message).toContain("cannot be read (EISDIR)");
  });

  test("a command of the shell", async () => {
    expect((await tokenFromCommand("printf 'a.%s' b | tr -d x")()).token).toBe("a.b");
  });

  test("a command that fails, says nothing, or says too much: its output is never shown", async () => {
    const failed = await refusalOf(tokenFromCommand("echo secret; exit 3")());
    expect(failed.message).toBe("the token command failed (exit code 3)");
    expect((await refusalOf(tokenFromCommand("true")())).message).toBe(
      "the output of the token command is empty",
    );
    const endless = await refusalOf(tokenFromCommand("head -c 5000000 /dev/zero | tr '\\0' s")());
    expect(endless.message).toBe("the output of the token command does not hold a bearer token");
    expect(JSON.stringify([failed, endless])).not.toContain("secret");
  });
});

describe("an OIDC issuer", () => {
  const AUDIENCE = "https://gateway.example";
  const server = createServer();
  let provider: Provider;
  let options: IssuerOptions;

  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = { client_secret: "s3cret/+=", redirect_uris: [], response_types: [] };
    provider = new Provider(issuer, {
      clients: [
        { ...client, client_id: "machine", grant_types: ["client_credentials"] },
        {
          client_id: "person",
          application_type: "native",
          token_endpoint_auth_method: "none",
          redirect_uris: [],
          response_types: [],
          grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        },
      ],
      scopes: ["openid", "offline_access"],
      issueRefreshToken: async () => true,
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        deviceFlow: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => AUDIENCE,
          useGrantedResource: () => true,
          getResourceServerInfo: (_, resource) => ({
            scope: "sql",
            audience: resource,
            accessTokenFormat: "jwt",
            accessTokenTTL: 300,
          }),
        },
      },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      cookies: { keys: ["k"] },
      ttl: {
        AccessToken: 300,
        ClientCredentials: 300,
        DeviceCode: 300,
        Grant: 300,
        IdToken: 300,
        RefreshToken: 300,
      },
    });
    server.on("request", provider.callback());
    options = {
      issuer: new URL(issuer),
      clientId: "machine",
      clientSecret: client.client_secret,
      audience: AUDIENCE,
      scope: "sql",
    };
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  function claimsOf(token: string): Readonly<Record<string, unknown>> {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  }

  test("gives a machine a token by client credentials, for the audience asked for", async () => {
    const { token, expiresAt } = await tokenFromClientCredentials(options)();
    expect(claimsOf(token)).toMatchObject({ aud: AUDIENCE, client_id: "machine", scope: "sql" });
    expect((expiresAt ?? 0) - Date.now()).toBeGreaterThan(290_000);
  });

  test("refuses a wrong secret, which the error names without telling it", async () => {
    const refusal = await refusalOf(tokenFromClientCredentials({ ...options, clientSecret: "wr0ng" })());
    expect(refusal.message).toMatch(/^the issuer 127\.0\.0\.1:\d+ gave no token \(invalid_client\)$/);
    expect(refusal.hint).toBe("Check --client-id and the client secret.");
    expect(JSON.stringify([refusal.message, refusal.stack])).not.toContain("wr0ng");
  });

  test("that does not answer, or is another than it says, is named with what to check", async () => {
    const absent = await refusalOf(
      tokenFromClientCredentials({ ...options, issuer: new URL("http://127.0.0.1:9") })(),
    );
    expect(absent.hint).toContain("http://127.0.0.1:9/.well-known/openid-configuration");
    const alias = new URL(options.issuer);
    alias.hostname = "localhost";
    await refusalOf(tokenFromClientCredentials({ ...options, issuer: alias })());
    const remote = new URL("http://issuer.invalid");
    expect((await refusalOf(tokenFromClientCredentials({ ...options, issuer: remote })())).hint).toContain(
      "over https",
    );
  });

  test("signs a person in by device code, and renews without them", { timeout: 30_000 }, async () => {
    const told: string[] = [];
    const obtain = tokenFromDeviceCode(
      { ...options, clientId: "person", clientSecret: null, scope: "openid offline_access sql" },
      (line) => {
        told.push(line);
        const code = /enter the code (\S+)$/.exec(line)?.[1] ?? "";
        void signIn(code);
      },
    );
    const first = await obtain();
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(
      /^To sign in, open http:\/\/127\.0\.0\.1:\d+\/device\S* and enter the code [A-Z]{4}-[A-Z]{4}$/,
    );
    expect(claimsOf(first.token)).toMatchObject({ sub: "ada", aud: AUDIENCE });
    const second = await obtain();
    expect(second.token).not.toBe(first.token);
    expect(told).toHaveLength(1);
  });

  /** What the person does in the browser. */
  async function signIn(userCode: string): Promise<void> {
    const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll("-", ""));
    if (code === undefined) throw new Error("no such user code");
    const grant = new provider.Grant({ accountId: "ada", clientId: "person" });
    grant.addOIDCScope("openid offline_access");
    grant.addResourceScope(AUDIENCE, "sql");
    Object.assign(code, {
      accountId: "ada",
      grantId: await grant.save(),
      scope: "openid offline_access sql",
      resource: AUDIENCE,
      authTime: Math.floor(Date.now() / 1000),
    });
    await code.save();
  }
});
