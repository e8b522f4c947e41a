import { describe, expect, test } from "vitest";
import {
  base64Decode,
  base64Encode,
  ByteReader,
  ByteWriter,
  ChunkQueue,
  concat,
  hexDecode,
  hexEncode,
  textDecode,
  textEncode,
  utf8Decode,
  utf8DecodeLossy,
  utf8Encode,
} from "#core/bytes";
import { bytes, type Part } from "./by-hand.ts";
import { poisoned } from "./poisoned.ts";

describe("UTF-8", () => {
  const text = "Zoë ☕ 🐘 and some more of it";
  test("comes back from views, short and long", () => {
    for (const some of ["", "a", "é", "exactly 16 bytes", "seventeen  bytes.", text, "\u0000"]) {
      expect(utf8Decode(poisoned(utf8Encode(some)))).toBe(some);
      expect(utf8DecodeLossy(poisoned(utf8Encode(some)))).toBe(some);
    }
  });

  test("keeps a byte order mark, since the text has to be exact", () => {
    expect(utf8Decode(bytes([0xef, 0xbb, 0xbf], "x"))).toBe("\ufeffx");
    expect(utf8DecodeLossy(bytes([0xef, 0xbb, 0xbf], "x"))).toBe("\ufeffx");
  });

  const invalid: readonly (readonly [string, number[]])[] = [
    ["a lone continuation", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["more than U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a sequence cut short", [0x61, 0xe2, 0x98]],
    ["a long text with one bad byte", [...Array.from({ length: 40 }, () => 0x61), 0xff]],
  ];
  test.each(invalid)("is refused when it is %s", (_, wrong) => {
    expect(utf8Decode(bytes(wrong))).toBeNull();
    expect(utf8DecodeLossy(bytes(wrong))).toContain("\ufffd");
  });

  test.each(invalid)("as text for keys it comes back when it is %s", (_, wrong) => {
    expect(textEncode(textDecode(bytes(wrong)))).toEqual(bytes(wrong));
  });
});

describe("text for keys", () => {
  test("reads as itself, with a lone surrogate for each byte that is not UTF-8", () => {
    expect(textDecode(bytes("naïve 🐘"))).toBe("naïve 🐘");
    expect(textDecode(bytes("a", [0xe9], "b"))).toBe("a\udce9b");
    expect(textDecode(bytes("🐘", [0x80], "☕", [0xe2, 0x98]))).toBe("🐘\udc80☕\udce2\udc98");
    expect(textEncode("🐘\udc80☕\udce2\udc98")).toEqual(bytes("🐘", [0x80], "☕", [0xe2, 0x98]));
  });

  test("tells apart names that differ in bytes alone", () => {
    const names = [[0xe9], [0xe8], [0xc3, 0xa9], [0xef, 0xbf, 0xbd]].map((name) => textDecode(bytes(name)));
    expect(new Set(names).size).toBe(4);
  });

  test("makes U+FFFD of surrogates that stand for no byte", () => {
    expect(textEncode("\ud800 \udc7f")).toEqual(bytes("\ufffd \ufffd"));
  });
});

describe("base64", () => {
  test("has RFC 4648's examples", () => {
    const examples = { "": "", f: "Zg==", fo: "Zm8=", foo: "Zm9v", foob: "Zm9vYg==", fooba: "Zm9vYmE=" };
    for (const [plain, encoded] of Object.entries(examples)) {
      expect(base64Encode(poisoned(bytes(plain)))).toBe(encoded);
      expect(base64Decode(encoded)).toEqual(bytes(plain));
    }
    expect(base64Encode(bytes([0xfb, 0xff, 0xfe]))).toBe("+//+");
  });

  test.each(["Z", "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zm 9", "Zm9v\n", "Zg==Zg==", "-_-_", "Zmé="])(
    "refuses %j",
    (text) => {
      expect(base64Decode(text)).toBeNull();
    },
  );
});

describe("hexadecimal", () => {
  test("comes back", () => {
    expect(hexEncode(poisoned(bytes([0, 0x0f, 0xa0, 0xff])))).toBe("000fa0ff");
    expect(hexDecode("000fA0Ff")).toEqual(bytes([0, 0x0f, 0xa0, 0xff]));
    expect(hexDecode("")).toEqual(bytes());
  });
  test.each(["0", "0g", "0x00", " 00", "00\n"])("refuses %j", (text) => {
    expect(hexDecode(text)).toBeNull();
  });
});

test("concat makes one array of many", () => {
  expect(concat([])).toEqual(bytes());
  expect(concat([poisoned(bytes("ab")), bytes(), bytes("c")])).toEqual(bytes("abc"));
});

describe("a reader", () => {
  const read = (...parts: readonly Part[]): ByteReader => new ByteReader(poisoned(bytes(...parts)));

  test("reads integers of both signs", () => {
    const reader = read([0xff, 0xff, 0xfe, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xfd, 0xff, 0xff, 0xff, 0xfd]);
    expect([reader.u8(), reader.u16(), reader.i16(), reader.i32(), reader.u32()]).toEqual([
      255, 0xfffe, -2, -3, 0xfffffffd,
    ]);
    expect(reader.finish()).toBeNull();
  });

  test("gives zeros and empty views after its first fault, and keeps that one", () => {
    const reader = read([1, 2, 3]);
    expect(reader.i32()).toBe(0);
    expect(reader.fault).toBe("cut short");
    expect([reader.u8(), reader.take(1), reader.terminated(), reader.count16(1), reader.value()]).toEqual([
      0,
      bytes(),
      bytes(),
      0,
      bytes(),
    ]);
    reader.fail("another");
    expect(reader.finish()).toBe("cut short");
  });

  test("never sees the terminator that lies behind its view", () => {
    const pool = bytes("name", [0]);
    const reader = new ByteReader(pool.subarray(0, 4));
    expect(reader.terminated()).toEqual(bytes());
    expect(reader.fault).toBe("missing terminator");
  });

  test("gives a count only when the rest can hold it, to the byte", () => {
    expect(read([0, 2], "abcd").count16(2)).toBe(2);
    const short = read([0, 2], "abc");
    expect([short.count16(2), short.fault]).toEqual([0, "count past the end"]);
  });

  test("refuses a negative take and a start behind the end", () => {
    const reader = read("abc");
    expect(reader.take(-1)).toEqual(bytes());
    expect(reader.fault).toBe("cut short");
    expect(new ByteReader(bytes("abc"), 9).remaining).toBe(0);
  });
});

describe("a writer", () => {
  test("grows, from nothing too", () => {
    const writer = new ByteWriter(0);
    for (let i = 0; i < 100; i++) writer.i32(i - 50);
    const reader = new ByteReader(writer.finish());
    for (let i = 0; i < 100; i++) expect(reader.i32()).toBe(i - 50);
    expect(reader.finish()).toBeNull();
  });

  test("refuses what does not fit, without saying it", () => {
    const writer = new ByteWriter();
    const attempts = [
      () => writer.u8(256),
      () => writer.u16(-1),
      () => writer.i16(0x8000),
      () => writer.u32(2 ** 32),
      () => writer.i32(Number.NaN),
      () => writer.text("secret\0"),
      () => writer.patch32(0, 1),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(RangeError);
    expect(attempts[5]).toThrow(/^(?!.*secret)/);
    expect(writer.length).toBe(0);
  });
});

describe("a queue of chunks", () => {
  test("keeps few arrays of many single bytes", () => {
    const queue = new ChunkQueue();
    const one = Uint8Array.of(7);
    for (let i = 0; i < 100_000; i++) queue.push(one);
    one[0] = 8; // shows which bytes are still the pusher's: the first, which did not have to wait
    expect(queue.length).toBe(100_000);
    const taken = queue.take(100_000);
    expect([taken[0], taken.subarray(1).every((byte) => byte === 7)]).toEqual([8, true]);
    expect(queue.length).toBe(0);
  });

  test("refuses to give more than it has", () => {
    const queue = new ChunkQueue();
    queue.push(bytes("ab"));
    expect(() => queue.take(3)).toThrow(RangeError);
    expect([queue.at(1), queue.at(2)]).toEqual([0x62, 0]);
    expect(queue.take(0)).toEqual(bytes());
    expect(queue.take(2)).toEqual(bytes("ab"));
  });

  test("drops what was taken from the front of a long backlog", () => {
    const queue = new ChunkQueue();
    const chunk = Uint8Array.from({ length: 4096 }, (_, i) => i);
    for (let i = 0; i < 3000; i++) queue.push(chunk);
    for (let i = 0; i < 3000 * 4; i++) {
      expect(queue.at(0)).toBe(0);
      expect(queue.take(1024)).toEqual(chunk.subarray(0, 1024));
    }
    expect(queue.length).toBe(0);
  });
});
