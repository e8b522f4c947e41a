// The suite of the pipeline, for any runtime: good tokens, the enemy's script, the cool-down, faults of the issuer.

import { beforeEach, describe, expect, test, vi } from "vitest";
import { toProblem, toRefusal, toResponse } from "../../../worker/auth/index.ts";
import { ATTACKS } from "./attacks.ts";
import { DISCOVERY, KEYS, makeKey, START_MS } from "./issuer.ts";
import { openWorld, refused, type Host, type World } from "./world.ts";

export function describePipeline(host: Host): void {
  let world: World;
  beforeEach(async () => {
    world = await openWorld(host);
  });

  describe("a good token", () => {
    for (const alg of ["rsa", "ec", "ed"] as const) {
      test(`signed with ${alg} says who is asking`, async () => {
        const token = await world.issuer.sign(world[alg]);
        expect(await world.authenticator.authenticate(token)).toEqual({
          ok: true,
          value: {
            principal: {
              issuer: world.issuer.url,
              subject: "bot-1",
              roles: ["agent"],
              groups: ["night-shift"],
            },
            expiresAt: START_MS + 3600_000,
          },
        });
      });
    }

    test("is taken with one of several audiences, the type at+jwt, and no kid", async () => {
      const token = await world.issuer.sign(
        world.rsa,
        { aud: ["payroll", "sluice"] },
        { typ: "at+jwt", kid: undefined as unknown as string },
      );
      expect(await world.authenticator.authenticate(token)).toMatchObject({ ok: true });
    });

    test("is taken with no kid when several keys fit", async () => {
      world.issuer.keys = [await makeKey("ES256", "ec-0"), ...world.issuer.keys];
      const token = await world.issuer.sign(world.ec, {}, { kid: undefined as unknown as string });
      expect(await world.authenticator.authenticate(token)).toMatchObject({ ok: true });
    });

    test("is taken within the clock skew, and not past it", async () => {
      const token = await world.issuer.sign(world.ec);
      world.clock.now = START_MS + 3600_000 + 29_000;
      expect(await world.authenticator.authenticate(token)).toMatchObject({ ok: true });
      world.clock.now = START_MS + 3600_000 + 31_000;
      expect(await refused(world.authenticator, token)).toMatchObject({ tag: "expired" });
    });

    test("of an algorithm that its issuer may not use is refused", async () => {
      const strict = world.configure({ algorithms: ["ES256"] });
      const error = await refused(strict, await world.issuer.sign(world.rsa));
      expect(error).toEqual({ tag: "unsupported_algorithm", algorithm: "RS256", accepted: ["ES256"] });
    });
  });

  describe("the enemy", () => {
    for (const attack of ATTACKS) {
      test(`gets nowhere with ${attack.name}`, async () => {
        const token = await attack.token(world);
        const error = await refused(world.authenticator, token);
        expect(error.tag).toBe(attack.tag);
        expect(toRefusal(error).message).toMatch(attack.says);
        expect(toRefusal(error).sqlstate).toMatch(/^28(000|P01)$/);
        expect(toResponse(error).status).toBe(401);
      });
    }

    test("learns no part of a token, claim or header from errors, refusals, answers and logs", async () => {
      const logged: unknown[] = [];
      const log = (...parts: unknown[]): void => void logged.push(...parts);
      const spies = (["log", "info", "warn", "error", "debug"] as const).map((name) =>
        vi.spyOn(console, name).mockImplementation(log),
      );
      for (const attack of ATTACKS) {
        const token = await attack.token(world);
        const error = await refused(world.authenticator, token);
        const response = toResponse(error);
        const output = [
          ...[error, toRefusal(error), toProblem(error), logged].map((value) => JSON.stringify(value)),
          JSON.stringify([...response.headers]),
          await response.text(),
        ].join("\n");
        expect(output).not.toContain("canary");
        expect(output).not.toContain("payroll");
        expect(
          slices(token).filter((slice) => output.includes(slice)),
          attack.name,
        ).toEqual([]);
      }
      for (const spy of spies) spy.mockRestore();
    });

    test("makes the gateway ask nobody but the configured issuer", async () => {
      for (const attack of ATTACKS) await refused(world.authenticator, await attack.token(world));
      expect(new Set(world.asked)).toEqual(
        new Set([`${world.issuer.url}${DISCOVERY}`, `${world.issuer.url}${KEYS}`]),
      );
    });
  });

  describe("the issuer is spared", () => {
    test("a hundred good tokens cost one discovery and one key set", async () => {
      const token = await world.issuer.sign(world.ec);
      const all = await Promise.all(
        Array.from({ length: 100 }, () => world.authenticator.authenticate(token)),
      );
      expect(all.every((one) => one.ok)).toBe(true);
      expect(world.issuer.requests).toEqual([DISCOVERY, KEYS]);
    });

    test("a hundred unknown keys cost nothing while cooling down, and one request after it", async () => {
      await world.authenticator.authenticate(await world.issuer.sign(world.ec));
      const forged = await world.issuer.sign(await makeKey("ES256", "forged"));
      for (let n = 0; n < 100; n += 1) await refused(world.authenticator, forged);
      expect(world.issuer.count(KEYS)).toBe(1);
      world.clock.now += 31_000;
      for (let n = 0; n < 100; n += 1) await refused(world.authenticator, forged);
      expect(world.issuer.requests).toEqual([DISCOVERY, KEYS, KEYS]);
    });

    test("tokens of strangers cost nothing at all", async () => {
      for (const tag of ["unknown_issuer", "unsupported_algorithm"]) {
        for (const attack of ATTACKS.filter((one) => one.tag === tag)) {
          await refused(world.authenticator, await attack.token(world));
        }
      }
      expect(world.issuer.requests).toEqual([]);
    });

    test("a failing issuer is asked once, then left alone, then asked again", async () => {
      world.issuer.faults.set(DISCOVERY, () => new Response("canary", { status: 500 }));
      const token = await world.issuer.sign(world.ec);
      const all = await Promise.all(Array.from({ length: 50 }, () => refused(world.authenticator, token)));
      expect(all[49]).toEqual({
        tag: "issuer_unreachable",
        issuer: world.issuer.url,
        asked: "discovery",
        fault: { kind: "status", status: 500 },
        retryAfterMs: 30_000,
      });
      expect(world.issuer.requests).toEqual([DISCOVERY]);
      world.issuer.faults.clear();
      expect(await refused(world.authenticator, token)).toMatchObject({ tag: "issuer_unreachable" });
      world.clock.now += 30_000;
      expect(await world.authenticator.authenticate(token)).toMatchObject({ ok: true });
      expect(world.issuer.requests).toEqual([DISCOVERY, DISCOVERY, KEYS]);
    });
  });

  describe("keys change", () => {
    test("a new key is known after the cool-down, and the old one no longer when it is withdrawn", async () => {
      const old = await world.issuer.sign(world.ec);
      await world.authenticator.authenticate(old);
      const next = await makeKey("ES256", "ec-2");
      world.issuer.keys = [next];
      const token = await world.issuer.sign(next);
      expect(await refused(world.authenticator, token)).toMatchObject({ tag: "unknown_key" });
      world.clock.now += 31_000;
      expect(await world.authenticator.authenticate(token)).toMatchObject({ ok: true });
      expect(await refused(world.authenticator, old)).toMatchObject({ tag: "unknown_key" });
    });

    test("a withdrawn key is trusted for ten minutes at the most while the issuer answers", async () => {
      const token = await world.issuer.sign(world.ec);
      await world.authenticator.authenticate(token);
      world.issuer.keys = [world.rsa];
      world.clock.now += 10 * 60_000;
      expect(await refused(world.authenticator, token)).toMatchObject({ tag: "unknown_key" });
    });

    test("an issuer that is down locks nobody out for an hour, and everybody then", async () => {
      const token = await world.issuer.sign(world.ec, { exp: START_MS / 1000 + 86_400 });
      await world.authenticator.authenticate(token);
      world.issuer.faults.set(KEYS, () => new Response(null, { status: 503 }));
      world.issuer.faults.set(DISCOVERY, () => new Response(null, { status: 503 }));
      world.clock.now += 59 * 60_000;
      expect(await world.authenticator.authenticate(token)).toMatchObject({ ok: true });
      world.clock.now += 60_000;
      expect(await refused(world.authenticator, token)).toMatchObject({ tag: "issuer_unreachable" });
    });

    test("keys that moved are found again by discovery", async () => {
      const token = await world.issuer.sign(world.ec, { exp: START_MS / 1000 + 86_400 });
      await world.authenticator.authenticate(token);
      const moved = { issuer: world.issuer.url, jwks_uri: `${world.issuer.url}/moved` };
      world.issuer.faults.set(DISCOVERY, () => Response.json(moved));
      world.issuer.faults.set(KEYS, () => new Response(null, { status: 404 }));
      world.issuer.faults.set("/moved", () => Response.json({ keys: [world.ec.jwk] }));
      world.clock.now += 10 * 60_000;
      expect(await world.authenticator.authenticate(token)).toMatchObject({ ok: true });
      world.clock.now += 30_000;
      expect(await world.authenticator.authenticate(token)).toMatchObject({ ok: true });
      expect(world.issuer.requests).toEqual([DISCOVERY, KEYS, KEYS, DISCOVERY, "/moved"]);
    });

    test("an issuer that used a kid again for a new key is believed after the cool-down", async () => {
      await world.authenticator.authenticate(await world.issuer.sign(world.ec));
      const next = await makeKey("ES256", world.ec.kid);
      world.issuer.keys = [next];
      const token = await world.issuer.sign(next);
      expect(await refused(world.authenticator, token)).toMatchObject({ tag: "bad_signature" });
      world.clock.now += 31_000;
      expect(await world.authenticator.authenticate(token)).toMatchObject({ ok: true });
    });
  });

  describe("an issuer that misbehaves", () => {
    const big = (): Response => new Response(JSON.stringify({ padding: "x".repeat(300 * 1024) }));
    const json = (value: unknown) => (): Response => Response.json(value);
    const cases: readonly (readonly [string, string, () => Response, string])[] = [
      [
        "redirects discovery",
        DISCOVERY,
        () => new Response(null, { status: 302, headers: { location: "/keys" } }),
        "redirect",
      ],
      [
        "redirects its keys",
        KEYS,
        () => new Response(null, { status: 307, headers: { location: "/elsewhere" } }),
        "redirect",
      ],
      ["publishes a huge discovery document", DISCOVERY, big, "too_large"],
      ["publishes huge keys", KEYS, big, "too_large"],
      ["never stops sending", KEYS, () => new Response(endless()), "too_large"],
      ["answers with HTML", DISCOVERY, () => new Response("<html>"), "not_json"],
      [
        "says it is another issuer",
        DISCOVERY,
        json({ issuer: "https://evil.example", jwks_uri: "https://evil.example/keys" }),
        "issuer_mismatch",
      ],
      ["says it is nobody", DISCOVERY, json({}), "issuer_mismatch"],
      ["answers with null", DISCOVERY, json(null), "issuer_mismatch"],
      ["publishes no set of keys", KEYS, json({ keys: "none" }), "not_a_key_set"],
      ["publishes a list", KEYS, json([]), "not_a_key_set"],
      ["is gone", KEYS, () => new Response(null, { status: 404 }), "status"],
    ];
    for (const [what, path, fault, kind] of cases) {
      test(`and ${what} is unreachable: 503, and nobody gets in`, async () => {
        world.issuer.faults.set(path, fault);
        const error = await refused(world.authenticator, await world.issuer.sign(world.ec));
        expect(error).toMatchObject({ tag: "issuer_unreachable", fault: { kind } });
        expect(toResponse(error).status).toBe(503);
        expect(toResponse(error).headers.get("retry-after")).toBe("30");
        expect(world.asked.every((url) => url.startsWith(world.issuer.url))).toBe(true);
      });
    }

    test.each([
      ["plain http", "http://keys.example/keys", "insecure_jwks_uri"],
      ["a file", "file:///etc/passwd", "insecure_jwks_uri"],
      ["credentials in the URL", "https://user:word@keys.example/", "insecure_jwks_uri"],
      ["no URL", "keys", "no_jwks_uri"],
      ["nothing", undefined, "no_jwks_uri"],
    ])("and keeps its keys at %s is not followed there", async (_what, jwks_uri, kind) => {
      world.issuer.faults.set(DISCOVERY, json({ issuer: world.issuer.url, jwks_uri }));
      const error = await refused(world.authenticator, await world.issuer.sign(world.ec));
      expect(error).toMatchObject({ tag: "issuer_unreachable", fault: { kind } });
      expect(world.asked).toHaveLength(1);
    });

    test("and publishes a shared secret among its keys is not believed on it", async () => {
      const secret = { kty: "oct", k: "c2VjcmV0", kid: world.ec.kid };
      world.issuer.faults.set(KEYS, json({ keys: [secret] }));
      expect(await refused(world.authenticator, await world.issuer.sign(world.ec))).toMatchObject({
        tag: "unknown_key",
      });
    });
  });

  test("an issuer without discovery is asked for its keys alone", async () => {
    const authenticator = world.configure({ jwks_uri: `${world.issuer.url}${KEYS}` });
    expect(await authenticator.authenticate(await world.issuer.sign(world.ec))).toMatchObject({ ok: true });
    expect(world.issuer.requests).toEqual([KEYS]);
  });
}

/** Every run of 20 characters in a token, or the whole of a shorter one. */
function slices(token: string): readonly string[] {
  if (token === "") return [];
  return Array.from({ length: Math.max(1, token.length - 19) }, (_, at) => token.slice(at, at + 20));
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)) });
}
