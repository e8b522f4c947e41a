import { describe, expect, test } from "vitest";
import {
  DEFAULT_FRAME_LIMITS,
  decodeStartup,
  encodeStartup,
  FrameReader,
  type StartupPacket,
} from "#core/wire";
import * as by from "./by-hand.ts";
import { poisoned } from "./poisoned.ts";

const key256 = Uint8Array.from({ length: 256 }, (_, i) => 255 - i);

const EXAMPLES: readonly (readonly [what: string, wire: Uint8Array, packet: StartupPacket])[] = [
  ["SSLRequest", by.SSL_REQUEST, { kind: "ssl_request" }],
  ["GSSENCRequest", by.GSSENC_REQUEST, { kind: "gssenc_request" }],
  [
    "CancelRequest of 3.0",
    by.cancelRequest(4711, [1, 2, 3, 4]),
    { kind: "cancel_request", processId: 4711, secretKey: by.bytes([1, 2, 3, 4]) },
  ],
  [
    "CancelRequest of 3.2 with the longest key",
    by.cancelRequest(0xffffffff, key256),
    { kind: "cancel_request", processId: 0xffffffff, secretKey: key256 },
  ],
  [
    "StartupMessage of 3.0",
    by.startup(0, { user: "zoë", database: "", options: "-c a=b" }),
    {
      kind: "startup_message",
      protocol: { major: 3, minor: 0 },
      parameters: new Map([
        ["user", "zoë"],
        ["database", ""],
        ["options", "-c a=b"],
      ]),
    },
  ],
  [
    "StartupMessage of 3.2 with an option",
    by.startup(2, { "_pq_.x": "1" }),
    { kind: "startup_message", protocol: { major: 3, minor: 2 }, parameters: new Map([["_pq_.x", "1"]]) },
  ],
  [
    "StartupMessage of a version yet to come",
    by.startup(9999, {}),
    { kind: "startup_message", protocol: { major: 3, minor: 9999 }, parameters: new Map() },
  ],
];

function read(...chunks: readonly Uint8Array[]): ReturnType<FrameReader["nextStartup"]> {
  const reader = new FrameReader("frontend", DEFAULT_FRAME_LIMITS);
  for (const chunk of chunks) reader.push(poisoned(chunk));
  return reader.nextStartup();
}

describe("a start-up packet", () => {
  test.each(EXAMPLES)("%s is decoded", (_, wire, packet) => {
    expect(read(wire)).toEqual({ ok: true, value: packet });
  });

  test.each(EXAMPLES)("%s is encoded", (_, wire, packet) => {
    expect(encodeStartup(packet)).toEqual(wire);
  });

  test.each(EXAMPLES)("%s survives any cut, and asks for more until it is whole", (_, wire, packet) => {
    for (let cut = 1; cut < wire.length; cut++) {
      expect(read(wire.subarray(0, cut))).toEqual({ ok: true, value: null });
      expect(read(wire.subarray(0, cut), wire.subarray(cut))).toEqual({ ok: true, value: packet });
    }
  });

  test("is followed by typed messages on the same stream", () => {
    const reader = new FrameReader("frontend", DEFAULT_FRAME_LIMITS);
    reader.push(
      by.bytes(by.startup(0, { user: "u" }), by.message("p", by.string("token")), by.query("SELECT 1")),
    );
    expect(reader.nextStartup()).toMatchObject({ ok: true, value: { kind: "startup_message" } });
    expect(reader.next()).toMatchObject({ ok: true, value: { code: 0x70 } });
    expect(reader.next()).toMatchObject({ ok: true, value: { code: 0x51 } });
    expect(reader.next()).toEqual({ ok: true, value: null });
    expect(reader.bufferedBytes).toBe(0);
  });
});

describe("a start-up packet is refused", () => {
  const user = by.string("user");
  const malformed: readonly (readonly [string, Uint8Array, string])[] = [
    ["without a final terminator", by.packet(by.int32(196608), user, by.string("u")), "missing terminator"],
    ["with a name and no value", by.packet(by.int32(196608), user), "missing terminator"],
    ["with an unterminated value", by.packet(by.int32(196608), user, "u"), "missing terminator"],
    ["with trailing bytes", by.packet(by.int32(196608), user, by.string("u"), [0, 0]), "trailing bytes"],
    [
      "with a parameter twice",
      by.packet(by.int32(196608), user, by.string("a"), user, by.string("b"), [0]),
      "duplicate parameter",
    ],
    ["with a value that is not UTF-8", by.packet(by.int32(196608), user, [0xff, 0], [0]), "not UTF-8"],
    ["when SSLRequest carries more", by.packet(by.SSL_REQUEST.subarray(4), [0]), "trailing bytes"],
    ["when GSSENCRequest carries more", by.packet(by.GSSENC_REQUEST.subarray(4), [0]), "trailing bytes"],
    ["when CancelRequest has no key", by.cancelRequest(1, []), "secret key of 4 to 256 bytes expected"],
    [
      "when CancelRequest has a key of three bytes",
      by.cancelRequest(1, [1, 2, 3]),
      "secret key of 4 to 256 bytes expected",
    ],
    [
      "when CancelRequest has a key of 257 bytes",
      by.cancelRequest(1, new Uint8Array(257)),
      "secret key of 4 to 256 bytes expected",
    ],
    ["when CancelRequest has no process id", by.packet([0x04, 0xd2, 0x16, 0x2e]), "cut short"],
  ];
  test.each(malformed)("%s", (_, wire, fault) => {
    expect(read(wire)).toMatchObject({ ok: false, error: { kind: "malformed", fault } });
  });

  test("when it is of another major version, or an unknown special request", () => {
    const unsupported = (word: number[]): ReturnType<typeof read> => read(by.packet(word, [0]));
    expect(unsupported(by.int32(131072))).toMatchObject({
      ok: false,
      error: { kind: "unsupported_protocol", major: 2, minor: 0 },
    });
    expect(unsupported([0, 4, 0, 1])).toMatchObject({
      ok: false,
      error: { kind: "unsupported_protocol", major: 4, minor: 1 },
    });
    expect(unsupported([0x04, 0xd2, 0x16, 0x31])).toMatchObject({
      ok: false,
      error: { kind: "unsupported_protocol", major: 1234, minor: 5681 },
    });
  });

  test("as soon as its length is there and out of bounds", () => {
    expect(read(by.bytes(by.int32(10_004)))).toEqual({ ok: true, value: null });
    const over = { code: 0, frameBytes: 10_005, limitBytes: 10_004 };
    expect(read(by.bytes(by.int32(10_005)))).toMatchObject({
      ok: false,
      error: { kind: "frame_too_large", ...over },
    });
    expect(read(by.bytes(by.int32(7)))).toMatchObject({
      ok: false,
      error: { kind: "frame_too_small", frameBytes: 7 },
    });
    expect(read(by.bytes(by.int32(-1)))).toMatchObject({ ok: false, error: { kind: "frame_too_large" } });
  });

  test("at 10,000 bytes and not before", () => {
    const fits = by.startup(0, { a: "x".repeat(10_000 - 4 - 2 - 1 - 1) });
    expect(fits.length).toBe(10_004);
    expect(read(fits)).toMatchObject({ ok: true, value: { kind: "startup_message" } });
  });

  test("when its length word does not fit the bytes", () => {
    expect(decodeStartup(by.bytes(by.SSL_REQUEST, [0]))).toMatchObject({
      ok: false,
      error: { kind: "malformed" },
    });
    expect(decodeStartup(by.bytes([0, 0, 0, 4]))).toMatchObject({ ok: false, error: { kind: "malformed" } });
    expect(decodeStartup(by.bytes())).toMatchObject({ ok: false, error: { kind: "malformed" } });
  });

  test("and never encoded with a name that ends the list", () => {
    const parameters = new Map([["", "x"]]);
    const packet: StartupPacket = { kind: "startup_message", protocol: { major: 3, minor: 0 }, parameters };
    expect(() => encodeStartup(packet)).toThrow(RangeError);
  });
});
