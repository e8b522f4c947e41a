// Flow control over real sockets and a real process: whoever does not read holds up whoever sends, and nobody's memory grows.

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { WINDOW_BYTES } from "../../../client-shim/src/contract.ts";
import { startBridge } from "../../../client-shim/src/index.ts";
import { Client, READY, START_UP } from "./client.ts";
import { Command } from "./command.ts";
import { ScriptedGateway } from "./scripted-gateway.ts";

const MIB = 1024 * 1024;
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function stage(): Promise<{ gateway: ScriptedGateway; shim: Command; port: number }> {
  const gateway = await ScriptedGateway.start();
  const shim = new Command(
    ["connect", "--gateway", gateway.url, "--target", "demo", "--listen", "127.0.0.1:0"],
    { SLUICE_TOKEN: "t" },
  );
  endings.push(
    () => gateway.close(),
    () => shim.child.kill("SIGKILL"),
  );
  return { gateway, shim, port: await shim.port() };
}

/** Dials without reading: what is read is counted and dropped once `resume` is called. */
async function countingClient(port: number): Promise<{ client: Client; count: () => number }> {
  const client = await Client.dial(port);
  let bytes = 0;
  client.socket.removeAllListeners("data").on("data", (chunk: Buffer) => (bytes += chunk.length));
  client.socket.pause();
  return { client, count: () => bytes };
}

/** Peaks in KiB, null where the platform does not tell. */
function expectFlat(early: number | null, late: number | null): void {
  if (early !== null && late !== null) expect(late - early).toBeLessThan(24 * 1024);
}

test(
  "a result of 400 MB for a slow reader arrives whole, within the window, in flat memory",
  { timeout: 60_000 },
  async () => {
    const { gateway, shim, port } = await stage();
    const { client, count } = await countingClient(port);
    client.socket.write(START_UP);
    const session = await gateway.session();

    const total = 400 * MIB;
    const sending = session.sendWithinWindow(total);
    await delay(500);
    // Nobody reads: what left the gateway is one window, and what the kernel's two socket buffers took.
    expect(session.acknowledgedByShim).toBeLessThan(16 * MIB);
    expect(session.sentBytes - session.acknowledgedByShim).toBe(WINDOW_BYTES);
    const stalledAt = session.sentBytes;
    await delay(300);
    expect(session.sentBytes).toBe(stalledAt);

    let early: number | null = null;
    while (count() < total) {
      // Spent read buffers that wait for the garbage collector come to some 60 MB; by then they have.
      if (count() > 200 * MIB) early ??= shim.peakMemory();
      client.socket.resume();
      await delay(10);
      client.socket.pause();
      await delay(2);
    }
    await sending;
    expect(count()).toBe(total);
    expectFlat(early, shim.peakMemory());
  },
);

test(
  "400 MB into a gateway that does not acknowledge stop at one window, and flow on when it does",
  { timeout: 60_000 },
  async () => {
    const { gateway, shim, port } = await stage();
    const client = await Client.dial(port);
    client.socket.write(START_UP);
    const session = await gateway.session();
    await session.until(() => session.receivedBytes === START_UP.length);
    session.stopAcknowledging();

    const total = 400 * MIB;
    const chunk = Buffer.alloc(MIB, 0x64);
    const writing = (async () => {
      for (let sent = 0; sent < total; sent += chunk.length) {
        if (!client.socket.write(chunk)) await once(client.socket, "drain");
      }
    })();
    await delay(500);
    expect(session.receivedBytes).toBe(START_UP.length + WINDOW_BYTES);

    let early: number | null = null;
    while (session.receivedBytes < START_UP.length + total) {
      if (session.receivedBytes > 200 * MIB) early ??= shim.peakMemory();
      const seen = session.receivedBytes;
      session.acknowledgeAll();
      await session.until(() => session.receivedBytes > seen);
    }
    await writing;
    expect(session.mostUnacknowledgedByUs).toBeLessThanOrEqual(WINDOW_BYTES);
    expect(session.largestMessage).toBeLessThanOrEqual(64 * 1024);
    expectFlat(early, shim.peakMemory());
  },
);

test.each([1, 1000, 65_535, 256 * 1024 - 1, 256 * 1024, 700_001])(
  "a sender that fills its window with messages of %i bytes is never stalled",
  { timeout: 20_000 },
  async (messageBytes) => {
    const gateway = await ScriptedGateway.start();
    const bridge = await startBridge({ gateway: gateway.url, target: "demo", token: async () => "t" });
    endings.push(
      () => gateway.close(),
      () => bridge.close(),
    );
    const { client, count } = await countingClient(bridge.port);
    client.socket.resume();
    client.socket.write(START_UP);
    const session = await gateway.session();
    const total = messageBytes === 1 ? 20_000 : 4 * WINDOW_BYTES + 17;
    await session.sendWithinWindow(total, messageBytes);
    while (count() < total) await once(client.socket, "data");
  },
);

test("a gateway that passes the window is left with 4400", async () => {
  const { gateway, port } = await stage();
  const { client } = await countingClient(port);
  client.socket.write(START_UP);
  const session = await gateway.session();
  // More than the kernel's buffers take from a client that does not read.
  for (let sent = 0; sent < 64 * MIB; sent += MIB / 2) session.send(Buffer.alloc(MIB / 2, 0x44));
  expect(await session.closed).toBe(4400);
});

test("a gateway's message larger than the window ends the session", async () => {
  const { gateway, port } = await stage();
  const client = await Client.dial(port);
  client.socket.write(START_UP);
  const session = await gateway.session();
  session.send(READY);
  await client.has(READY.length);
  session.send(Buffer.alloc(WINDOW_BYTES + 1));
  expect(await session.closed).toBe(1009);
  await client.untilEnd();
});
