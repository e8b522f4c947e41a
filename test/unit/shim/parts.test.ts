// The pure parts of the shim, each by itself.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connectUrl, listenAddress } from "../../../client-shim/src/bridge/address.ts";
import { examine } from "../../../client-shim/src/bridge/first-packet.ts";
import { MessageBoundary } from "../../../client-shim/src/bridge/message-boundary.ts";
import { ReceiveWindow, SendWindow } from "../../../client-shim/src/bridge/window.ts";
import { ACKNOWLEDGE_EVERY_BYTES, WINDOW_BYTES } from "../../../client-shim/src/contract.ts";
import { neonConnectionString } from "../../../client-shim/src/index.ts";

describe("first packet", () => {
  test("whatever the bytes, it is examined without a throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { kind } = examine(Buffer.from(bytes));
        expect(["incomplete", "encryption", "start-up", "cancel", "malformed"]).toContain(kind);
      }),
    );
  });

  test("a cancel key of protocol 3.2 is 256 bytes at most", () => {
    const request = (keyBytes: number): Buffer => {
      const packet = Buffer.alloc(12 + keyBytes);
      packet.writeInt32BE(packet.length, 0);
      packet.writeInt32BE(80_877_102, 4);
      return packet;
    };
    expect(examine(request(256))).toEqual({ kind: "cancel", bytes: request(256) });
    expect(examine(request(256).subarray(0, 267)).kind).toBe("incomplete");
    expect(examine(request(257)).kind).toBe("malformed");
  });
});

describe("message boundary", () => {
  const message = fc.uint8Array({ maxLength: 40 }).map((body) => {
    const header = Buffer.alloc(5, 0x44);
    header.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([header, body]);
  });

  test("is reached after whole messages only, wherever the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(200)),
        (messages, cuts) => {
          const stream = Buffer.concat(messages);
          const ends = new Set([0]);
          let end = 0;
          for (const { length } of messages) ends.add((end += length));
          const boundary = new MessageBoundary();
          let from = 0;
          for (const cut of [...cuts.map((c) => c % stream.length), stream.length].toSorted(
            (a, b) => a - b,
          )) {
            boundary.pass(stream.subarray(from, cut));
            from = cut;
            expect(boundary.reached).toBe(ends.has(cut));
          }
        },
      ),
    );
  });

  test("is never found again after a length that cannot be", () => {
    const boundary = new MessageBoundary();
    boundary.pass(Buffer.from("4400000003" + "5a0000000549", "hex"));
    expect(boundary.reached).toBe(false);
  });
});

describe("window", () => {
  test("what was sent and not acknowledged takes room, and only true acknowledgements give it back", () => {
    const window = new SendWindow();
    window.sent(1000);
    expect(window.room).toBe(WINDOW_BYTES - 1000);
    expect(window.acknowledged(1001)).toBe(false);
    expect(window.acknowledged(600)).toBe(true);
    expect(window.acknowledged(599)).toBe(false);
    expect(window.room).toBe(WINDOW_BYTES - 400);
  });

  test("once everything is consumed, a sender always has room for most of its window", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700_000 })), (sizes) => {
        const sender = new SendWindow();
        const receiver = new ReceiveWindow();
        for (const size of sizes) {
          expect(sender.room).toBeGreaterThan(WINDOW_BYTES - ACKNOWLEDGE_EVERY_BYTES);
          sender.sent(size);
          expect(receiver.received(size)).toBe(true);
          const due = receiver.consumed(size);
          if (due !== null) expect(sender.acknowledged(due.ack)).toBe(true);
        }
      }),
    );
  });

  test("a byte above the window is noticed", () => {
    const window = new ReceiveWindow();
    expect(window.received(WINDOW_BYTES)).toBe(true);
    expect(window.received(1)).toBe(false);
  });
});

describe("addresses", () => {
  test.each([
    ["https://g.example", "shop", "wss://g.example/v1/connect/shop"],
    ["https://g.example:444/base/", "a/b c", "wss://g.example:444/base/v1/connect/a%2Fb%20c"],
    ["http://localhost:8787", "shop", "ws://localhost:8787/v1/connect/shop"],
    ["http://[::1]:8787", "shop", "ws://[::1]:8787/v1/connect/shop"],
    ["ws://127.0.0.1", "shop", "ws://127.0.0.1/v1/connect/shop"],
  ])("%s and %s are dialled at %s", (gateway, target, url) => {
    expect(connectUrl(gateway, target, false).href).toBe(url);
  });

  test.each([
    ["gateway", /not a URL.*https:\/\//],
    ["ftp://g.example", /has to begin with https/],
    ["https://u:p@g.example", /no user, password/],
    ["http://g.example", /--allow-plaintext/],
    ["http://127.0.0.1.example.com", /--allow-plaintext/],
  ])("the gateway %s is refused with advice", (gateway, advice) => {
    expect(() => connectUrl(gateway, "shop", false)).toThrow(advice);
  });

  test.each([
    ["6432", { host: "127.0.0.1", port: 6432 }],
    ["localhost:0", { host: "localhost", port: 0 }],
    ["[::1]:5432", { host: "::1", port: 5432 }],
  ])("%s is an address to listen on", (text, address) => {
    expect(listenAddress(text, false)).toEqual(address);
  });

  test.each([
    ["0.0.0.0:6432", /--allow-remote/],
    ["[::]:6432", /--allow-remote/],
    ["127.0.0.1:65536", /HOST:PORT/],
    ["127.0.0.1", /HOST:PORT/],
    ["::1:5432", /HOST:PORT/],
  ])("%s is refused with advice", (text, advice) => {
    expect(() => listenAddress(text, false)).toThrow(advice);
  });

  test("a driver's connection string carries the token where the password goes", () => {
    const text = neonConnectionString({ gateway: "https://g.example", target: "the shop", token: "a.b/c" });
    const url = new URL(text);
    expect([url.host, url.username, decodeURIComponent(url.password), url.pathname]).toEqual([
      "g.example",
      "agent",
      "a.b/c",
      "/the%20shop",
    ]);
  });
});
