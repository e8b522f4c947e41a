// A database that lies (test/support/fake-upstream.ts): each lie ends in an error that names it, and none in a connection.
import { describe, expect, it } from "vitest";
import type { UpstreamError } from "../../../durable-objects/upstream/index.ts";
import type { ScriptName } from "../../support/provided.ts";
import { fake, open, refusal, trustingNetwork } from "./servers.ts";

const CREDENTIAL = "canary_user:canary-password-7f3a";
const loopback = (port: number): string =>
  `postgres://${CREDENTIAL}@127.0.0.1:${port}/canary_db?sslmode=disable`;
const secured = (port: number): string => `postgres://${CREDENTIAL}@localhost:${port}/canary_db`;

function expectClean(error: UpstreamError): void {
  expect(JSON.stringify(error)).not.toMatch(/canary|203\.0\.113\.9|localhost|127\.0\.0\.1/);
}

describe("TLS is not negotiable", () => {
  it.each<[ScriptName, UpstreamError["kind"], string]>([
    ["answers SSLRequest with N", "tls", "switched off"],
    ["answers SSLRequest with an error", "tls", "answered with an error"],
    ["sends bytes after S", "protocol", "unencrypted bytes"],
    ["closes when asked for TLS", "protocol", "closed"],
    ["TLS, self-signed", "tls", "certificate"],
    ["TLS, for another host", "tls", "certificate"],
  ])("a server that %s", async (script, kind, message) => {
    const error = await refusal(secured(await fake(script)), { connect: trustingNetwork });
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain("man in the middle");
    expectClean(error);
  });

  it("and the same script with a good certificate connects", async () => {
    const connection = await open(secured(await fake("TLS, honest")), { connect: trustingNetwork });
    await connection.close();
  });
});

describe("lies at start-up", () => {
  it.each<[ScriptName, UpstreamError["kind"], string]>([
    ["closes after start-up", "protocol", "closed"],
    ["speaks HTTP", "protocol", "message"],
    ["announces a gigabyte", "protocol", "limit"],
    ["asks for method 99", "protocol", "authentication"],
    ["asks for GSSAPI", "authentication", "GSSAPI"],
    ["offers an unknown SASL mechanism", "authentication", "SCRAM-SHA-256"],
    ["asks for the password twice", "protocol", "out of order"],
    ["reports before authentication", "protocol", "out of order"],
    ["is ready before authentication", "protocol", "out of order"],
    ["reports without end", "protocol", "bytes before ReadyForQuery"],
    ["offers protocol 3.9", "protocol", "3.9"],
    ["SCRAM, nonce not extended", "authentication", "nonce"],
    ["SCRAM, nonce replaced", "authentication", "nonce"],
    ["SCRAM, 100001 iterations", "authentication", "at most 100000"],
    ["SCRAM, 1 iteration", "authentication", "fewer than the 4096"],
    ["SCRAM, wrong signature", "authentication", "signature is wrong"],
    ["SCRAM, short signature", "authentication", "signature is wrong"],
    ["SCRAM, no signature", "authentication", "before it has proved"],
  ])("%s", async (script, kind, message) => {
    const error = await refusal(loopback(await fake(script)));
    expect(error.message).toContain(message);
    expect(error.kind).toBe(kind);
    expectClean(error);
  });

  it("and the same SCRAM script without a lie connects", async () => {
    const connection = await open(loopback(await fake("SCRAM, honest")));
    await connection.close();
  });

  it.each<[string, ScriptName]>([
    ["that says nothing", "silent"],
    ["that asks for the password and then says nothing", "asks for the password in the clear"],
  ])("a server %s is given up after the time-out", async (_, script) => {
    const started = Date.now();
    const error = await refusal(loopback(await fake(script)), { limits: { UPSTREAM_CONNECT_MS: 300 } });
    expect(error).toMatchObject({ kind: "timeout", sqlstate: "08001" });
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  it("so is one that does not answer SSLRequest", async () => {
    const error = await refusal(secured(await fake("silent")), { limits: { UPSTREAM_CONNECT_MS: 300 } });
    expect(error.kind).toBe("timeout");
  });
});

describe("errors at start-up", () => {
  it.each<[ScriptName, string, string]>([
    ["too many connections", "53300", "sorry, too many clients already"],
    ["starting up", "57P03", "the database system is starting up"],
  ])("%s passes as it is", async (script, sqlstate, message) => {
    expect(await refusal(loopback(await fake(script)))).toMatchObject({ kind: "refused", sqlstate, message });
  });

  it.each<[ScriptName, string]>([
    ["too many connections for the role", "53300"],
    ["no pg_hba.conf entry", "08004"],
    ["unheard-of error", "08004"],
  ])("%s passes without the names in it", async (script, sqlstate) => {
    const error = await refusal(loopback(await fake(script)));
    expect(error.sqlstate).toBe(sqlstate);
    expectClean(error);
  });
});

it("bytes that come with ReadyForQuery, half a frame too, are the first that read gives", async () => {
  const connection = await open(loopback(await fake("goes on in the same chunk")));
  expect(await connection.read()).toEqual(Uint8Array.of(0x4e, 0, 0, 0, 5));
  await connection.close();
});

it("close ends a read that waits, and does not wait for a server that reads no more", async () => {
  const connection = await open(loopback(await fake("lets in and then reads no more")));
  const reading = connection.read();
  const writing = connection.write(new Uint8Array(32 * 1024 * 1024)).then(
    () => "written",
    () => "dropped",
  );
  const started = Date.now();
  await connection.close();
  expect(Date.now() - started).toBeLessThan(3_500);
  expect(await reading).toBeNull();
  expect(await writing).toBe("dropped");
});
