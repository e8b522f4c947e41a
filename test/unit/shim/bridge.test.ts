// Conversations through the bridge: real TCP on one side, a scripted gateway on the other.

import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { startBridge } from "../../../client-shim/src/index.ts";
import type { Bridge } from "../../../client-shim/src/index.ts";
import {
  CANCEL_REQUEST,
  Client,
  GSSENC_REQUEST,
  READY,
  SSL_REQUEST,
  START_UP,
  errorFields,
} from "./client.ts";
import { ScriptedGateway } from "./scripted-gateway.ts";
import type { HttpRefusal } from "./scripted-gateway.ts";

const CANARY = "canary.token-that-must.not_appear";
const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function stage(
  refusal: HttpRefusal | null = null,
): Promise<{ gateway: ScriptedGateway; bridge: Bridge; reports: string[] }> {
  const gateway = await ScriptedGateway.start(refusal === null ? null : () => refusal);
  const reports: string[] = [];
  const bridge = await startBridge({
    gateway: gateway.url,
    target: "the shop",
    token: async () => CANARY,
    report: (line) => reports.push(line),
  });
  endings.push(
    () => gateway.close(),
    () => bridge.close(),
  );
  return { gateway, bridge, reports };
}

test("a start-up message reaches the gateway with token, target and sub-protocol, and answers come back", async () => {
  const { gateway, bridge } = await stage();
  const client = await Client.dial(bridge.port);
  client.socket.write(START_UP);
  const session = await gateway.session();
  await session.until(() => session.receivedBytes === START_UP.length);
  expect(session.received).toEqual(START_UP);
  expect(session.request.url).toBe("/v1/connect/the%20shop");
  expect(session.request.headers.authorization).toBe(`Bearer ${CANARY}`);
  expect(session.request.headers["sec-websocket-protocol"]).toBe("sluice.flow.v1");
  expect(session.request.headers["sec-websocket-extensions"]).toBeUndefined();
  session.send(READY);
  expect(await client.has(READY.length)).toEqual(READY);
});

test("requests for encryption are answered N and never reach the gateway, GSSENC first, then SSL", async () => {
  const { gateway, bridge } = await stage();
  const client = await Client.dial(bridge.port);
  client.socket.write(GSSENC_REQUEST);
  expect((await client.has(1)).toString()).toBe("N");
  expect(gateway.requests).toHaveLength(0);
  client.socket.write(SSL_REQUEST);
  expect((await client.has(2)).toString()).toBe("NN");
  client.socket.write(START_UP);
  const session = await gateway.session();
  await session.until(() => session.receivedBytes === START_UP.length);
  expect(session.received).toEqual(START_UP);
});

test("a start-up cut in two at any byte is the same start-up", async () => {
  const { gateway, bridge } = await stage();
  const query = Buffer.from("5100000005" + "00", "hex");
  const bytes = Buffer.concat([SSL_REQUEST, START_UP, query]);
  await Promise.all(
    Array.from({ length: bytes.length - 1 }, async (_, index) => {
      const client = await Client.dial(bridge.port);
      client.socket.write(bytes.subarray(0, index + 1));
      await delay(20);
      client.socket.write(bytes.subarray(index + 1));
      expect((await client.has(1)).toString()).toBe("N");
    }),
  );
  for (let index = 0; index < bytes.length - 1; index += 1) {
    const session = await gateway.session();
    await session.until(() => session.receivedBytes === bytes.length - SSL_REQUEST.length);
    expect(session.received).toEqual(Buffer.concat([START_UP, query]));
  }
});

test("a cancel request goes through a connection of its own, and its socket closes after the gateway's", async () => {
  const { gateway, bridge } = await stage();
  const client = await Client.dial(bridge.port);
  let ended = false;
  client.socket.once("end", () => {
    ended = true;
  });
  client.socket.write(Buffer.concat([SSL_REQUEST, CANCEL_REQUEST]));
  const session = await gateway.session();
  await session.until(() => session.receivedBytes === CANCEL_REQUEST.length);
  expect(session.received).toEqual(CANCEL_REQUEST);
  expect(session.request.url).toBe("/v1/connect/the%20shop");
  await delay(50);
  expect(ended).toBe(false);
  session.socket.close(1000);
  expect((await client.untilEnd()).toString()).toBe("N");
});

test("a cancel request is delivered though its client has left", async () => {
  const { gateway, bridge } = await stage();
  const client = await Client.dial(bridge.port);
  client.socket.end(CANCEL_REQUEST);
  const session = await gateway.session();
  await session.until(() => session.receivedBytes === CANCEL_REQUEST.length);
  expect(session.received).toEqual(CANCEL_REQUEST);
});

test("a cancel request that the gateway refuses is closed without a word, as PostgreSQL does", async () => {
  const { bridge } = await stage({ status: 401, body: "{}" });
  const client = await Client.dial(bridge.port);
  client.socket.write(CANCEL_REQUEST);
  expect(await client.untilEnd()).toHaveLength(0);
});

const problem = (detail: string): string => JSON.stringify({ type: "about:blank", status: 0, detail });

test.each([
  [401, problem("The token has expired."), "28000", "Sluice gateway: The token has expired. (HTTP 401)"],
  [403, problem("No access to the shop."), "28000", "Sluice gateway: No access to the shop. (HTTP 403)"],
  [404, problem("No target of that name."), "3D000", "Sluice gateway: No target of that name. (HTTP 404)"],
  [429, "{}", "53300", "Sluice gateway: too many connections (HTTP 429)"],
  [302, "", "08004", "Sluice gateway: the connection was refused (HTTP 302)"],
  [503, "<html>not ours</html>", "08001", "Sluice gateway: the gateway is not able to serve (HTTP 503)"],
  [401, problem(`echo of ${CANARY}\u001b[31m\0`), "28000", "Sluice gateway: echo of (token) [31m (HTTP 401)"],
  [401, problem("x".repeat(70_000)), "28000", "Sluice gateway: the token was not accepted (HTTP 401)"],
])("HTTP %i %.30s reaches the client as FATAL %s", async (status, body, sqlstate, message) => {
  const { bridge, reports } = await stage({ status, body });
  const client = await Client.dial(bridge.port);
  client.socket.write(START_UP);
  const fields = errorFields(await client.untilEnd());
  expect(fields).toMatchObject({ S: "FATAL", V: "FATAL", C: sqlstate, M: message });
  expect(fields["H"]).toMatch(/\w{3}.*\.$/);
  expect(reports).toEqual([`${message}. ${fields["H"]}`]);
  expect(`${JSON.stringify(fields)}${reports.join()}`).not.toContain(CANARY);
});

test("a gateway that is not there is FATAL 08001 and names the address", async () => {
  const gateway = await ScriptedGateway.start();
  await gateway.close();
  const bridge = await startBridge({ gateway: gateway.url, target: "demo", token: async () => CANARY });
  endings.push(() => bridge.close());
  const client = await Client.dial(bridge.port);
  client.socket.write(START_UP);
  const fields = errorFields(await client.untilEnd());
  expect(fields["C"]).toBe("08001");
  expect(fields["M"]).toBe(
    `the Sluice gateway at ${new URL(gateway.url).host} cannot be reached (ECONNREFUSED)`,
  );
});

test("a fault of the token function tells nothing of itself", async () => {
  const { gateway } = await stage();
  const bridge = await startBridge({
    gateway: gateway.url,
    target: "demo",
    token: () => Promise.reject(new Error(CANARY)),
  });
  endings.push(() => bridge.close());
  const client = await Client.dial(bridge.port);
  client.socket.write(START_UP);
  const answer = await client.untilEnd();
  expect(errorFields(answer)["C"]).toBe("08001");
  expect(answer.toString()).not.toContain(CANARY);
});

test.each([
  ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ["a TLS hello", Buffer.from("16030100c8010000c40303", "hex")],
  ["a length below the header", Buffer.from("0000000400030000", "hex")],
  ["SSL asked for twice", Buffer.concat([SSL_REQUEST, SSL_REQUEST])],
  ["an oversized cancel request", Buffer.from("0000011004d2162e", "hex")],
])("%s is refused without dialling the gateway", async (_, bytes) => {
  const { gateway, bridge } = await stage();
  const client = await Client.dial(bridge.port);
  client.socket.write(bytes);
  const answer = await client.untilEnd();
  expect(errorFields(answer.subarray(answer.indexOf("E")))["C"]).toBe("08P01");
  expect(gateway.requests).toHaveLength(0);
});

test("when the client leaves, the gateway's socket is closed with 1000", async () => {
  const { gateway, bridge } = await stage();
  const client = await Client.dial(bridge.port);
  client.socket.write(START_UP);
  const session = await gateway.session();
  await session.until(() => session.receivedBytes > 0);
  client.socket.destroy();
  expect(await session.closed).toBe(1000);
});

test("when the gateway ends the session, its last bytes reach the client and nothing is added", async () => {
  const { gateway, bridge } = await stage();
  const client = await Client.dial(bridge.port);
  client.socket.write(START_UP);
  const session = await gateway.session();
  const last = Buffer.concat([READY, Buffer.alloc(500_000, 0x44)]);
  session.send(last);
  session.socket.close(4502, "upstream lost");
  expect((await client.untilEnd()).equals(last)).toBe(true);
});

test("a gateway lost between two messages is FATAL 08006; within a message nothing can be said", async () => {
  const { gateway, bridge } = await stage();
  for (const cut of [0, 1, 3, 5]) {
    const client = await Client.dial(bridge.port);
    client.socket.write(START_UP);
    const session = await gateway.session();
    const sent = Buffer.concat([READY, READY.subarray(0, cut)]);
    session.send(sent);
    await client.has(sent.length);
    session.socket.terminate();
    const rest = (await client.untilEnd()).subarray(sent.length);
    if (cut === 0) expect(errorFields(rest)["C"]).toBe("08006");
    else expect(rest).toHaveLength(0);
  }
});

test.each([
  ["no JSON", "ack"],
  ["an acknowledgement of bytes never sent", '{"ack":1000000}'],
  ["a negative one", '{"ack":-1}'],
  ["a fraction", '{"ack":0.5}'],
  ["an endless one", `{"ack":1${" ".repeat(1000)}}`],
])("a gateway that breaks flow control with %s is left with 4400", async (_, text) => {
  const { gateway, bridge } = await stage();
  const client = await Client.dial(bridge.port);
  client.socket.write(START_UP);
  const session = await gateway.session();
  await session.until(() => session.receivedBytes > 0);
  session.socket.send(text);
  expect(await session.closed).toBe(4400);
  expect(errorFields(await client.untilEnd())).toMatchObject({ C: "08P01", S: "FATAL" });
});

test("closing the bridge ends every connection and frees the port", async () => {
  const { gateway, bridge } = await stage();
  const clients = await Promise.all([
    Client.dial(bridge.port),
    Client.dial(bridge.port),
    Client.dial(bridge.port),
  ]);
  clients[0]?.socket.write(START_UP);
  clients[1]?.socket.write(SSL_REQUEST);
  const session = await gateway.session();
  const begun = performance.now();
  await bridge.close();
  expect(performance.now() - begun).toBeLessThan(1000);
  await session.closed;
  await expect(Client.dial(bridge.port)).rejects.toThrow("ECONNREFUSED");
});
