import { describe, expect, test } from "vitest";
import { DEFAULT_FRAME_LIMITS, FrameReader, WIRE_LIMITS } from "#core/wire";
import * as by from "./by-hand.ts";
import { poisoned } from "./poisoned.ts";

function readAll(reader: FrameReader): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (;;) {
    const next = reader.next();
    if (!next.ok) throw new Error(next.error.detail);
    if (next.value === null) return frames;
    frames.push(next.value.bytes);
  }
}

function frontend(...chunks: readonly Uint8Array[]): FrameReader {
  const reader = new FrameReader("frontend", DEFAULT_FRAME_LIMITS);
  for (const chunk of chunks) reader.push(chunk);
  return reader;
}

const header = (letter: string, length: number): Uint8Array => by.bytes(letter, by.int32(length));

describe("frames", () => {
  const messages = [
    by.query("SELECT 1"),
    by.SYNC,
    by.parse("s", "x".repeat(300)),
    by.message("d"),
    by.TERMINATE,
  ];
  const stream = by.bytes(...messages);

  test("come whole and in order, and wait for their last byte", () => {
    const reader = frontend(stream.subarray(0, stream.length - 1));
    expect(readAll(reader)).toEqual(messages.slice(0, 4));
    expect(reader.bufferedBytes).toBe(4);
    reader.push(stream.subarray(stream.length - 1));
    expect(readAll(reader)).toEqual([by.TERMINATE]);
    expect(reader.bufferedBytes).toBe(0);
  });

  test("survive a stream cut at every byte", () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const reader = frontend(poisoned(stream.subarray(0, cut)));
      const before = readAll(reader);
      reader.push(poisoned(stream.subarray(cut)));
      expect([...before, ...readAll(reader)]).toEqual(messages);
    }
  });

  test("survive single bytes, pushed at once or one by one, and empty chunks between", () => {
    const single = Array.from(stream, (byte) => Uint8Array.of(byte));
    expect(readAll(frontend(...single))).toEqual(messages);
    const reader = frontend();
    const frames = single.flatMap((chunk) => {
      reader.push(new Uint8Array(0));
      reader.push(chunk);
      return readAll(reader);
    });
    expect(frames).toEqual(messages);
  });

  test("that one chunk holds are views of it, not copies", () => {
    const chunk = poisoned(stream);
    let offset = chunk.byteOffset;
    for (const frame of readAll(frontend(chunk))) {
      expect(frame.buffer).toBe(chunk.buffer);
      expect(frame.byteOffset).toBe(offset);
      offset += frame.length;
    }
    expect(offset).toBe(chunk.byteOffset + chunk.length);
  });

  test("are not copied because one before them spanned chunks, when chunks are large", () => {
    const large = by.message("d", new Uint8Array(6000).fill(7));
    const both = by.bytes(large, large, by.SYNC);
    const second = both.slice(5000);
    const reader = frontend(both.slice(0, 5000), second);
    const frames = readAll(reader);
    expect(frames).toEqual([large, large, by.SYNC]);
    expect(frames.map((frame) => frame.buffer === second.buffer)).toEqual([false, true, true]);
  });

  test("that were given out are never overwritten by what comes later", () => {
    const reader = frontend(by.SYNC);
    const held: Uint8Array[] = [];
    const expected: Uint8Array[] = [];
    // Small chunks behind a waiting byte gather in shared blocks: fill several of them.
    for (let i = 0; i < 4000; i++) {
      const message = by.query(`SELECT ${i}`);
      expected.push(message);
      reader.push(message.subarray(0, 7));
      reader.push(message.subarray(7));
      if (i % 3 === 0) held.push(...readAll(reader));
    }
    held.push(...readAll(reader));
    expect(held).toEqual([by.SYNC, ...expected]);
  });

  test("of thousands of chunks cost what they weigh, not its square", () => {
    const size = 4_000_000;
    const body = new Uint8Array(size).fill(0x61);
    const wire = by.bytes(header("d", size + 4));
    const reader = frontend(wire);
    let rounds = 0;
    for (let at = 0; at < size; at += 50) {
      reader.push(body.subarray(at, at + 50));
      if (at + 50 < size) expect(reader.next().ok && rounds++ >= 0).toBe(true);
    }
    expect(readAll(reader)).toHaveLength(1);
    expect(rounds).toBe(size / 50 - 1);
  });
});

describe("a header is an error as soon as its five bytes are there", () => {
  test.each([0, 1, 3])("when its length is %d", (length) => {
    expect(frontend(header("Q", length)).next()).toMatchObject({
      ok: false,
      error: { kind: "frame_too_small", code: 0x51, frameBytes: length + 1 },
    });
  });

  test("when its length is negative, which is a huge one", () => {
    expect(frontend(header("Q", -1)).next()).toMatchObject({
      ok: false,
      error: { kind: "frame_too_large", frameBytes: 2 ** 32 },
    });
  });

  test("when the frame is over the limit by one byte, and not at the limit", () => {
    const reader = (length: number): FrameReader => {
      const tight = new FrameReader("backend", { maxFrameBytes: 100 });
      tight.push(header("D", length));
      return tight;
    };
    expect(reader(99).next()).toEqual({ ok: true, value: null });
    expect(reader(100).next()).toMatchObject({
      ok: false,
      error: { kind: "frame_too_large", code: 0x44, frameBytes: 101, limitBytes: 100 },
    });
  });

  test.each("EDCHSXcf".split(""))(
    "when '%s', which has nothing large to say, is over PostgreSQL's own limit",
    (letter) => {
      expect(frontend(header(letter, WIRE_LIMITS.smallMessageBytes)).next()).toEqual({
        ok: true,
        value: null,
      });
      expect(frontend(header(letter, WIRE_LIMITS.smallMessageBytes + 1)).next()).toMatchObject({
        ok: false,
        error: { kind: "frame_too_large", frameBytes: 10_002, limitBytes: 10_001 },
      });
    },
  );

  test("when a password is over PostgreSQL's own limit", () => {
    expect(frontend(header("p", 65_535)).next()).toEqual({ ok: true, value: null });
    expect(frontend(header("p", 65_536)).next()).toMatchObject({ error: { kind: "frame_too_large" } });
  });

  test("when its code is not of this direction", () => {
    const letters = { frontend: "BCDEFHPQSXcdfp", backend: "123ACDEGHIKNRSTVWZcdnstv" } as const;
    for (const direction of ["frontend", "backend"] as const) {
      for (let code = 0; code < 256; code++) {
        const reader = new FrameReader(direction, DEFAULT_FRAME_LIMITS);
        reader.push(by.bytes([code], by.int32(4)));
        const known = letters[direction].includes(String.fromCharCode(code));
        const error = { kind: "unknown_message", direction, code };
        expect(reader.next()).toMatchObject(known ? { ok: true, value: { code } } : { ok: false, error });
      }
    }
  });

  test("and stays one: nothing after it is read", () => {
    const reader = frontend(header("?", 4), by.SYNC);
    const first = reader.next();
    expect(first.ok).toBe(false);
    const buffered = reader.bufferedBytes;
    reader.push(by.SYNC);
    expect(reader.next()).toEqual(first);
    expect(reader.nextStartup()).toEqual(first);
    expect(reader.bufferedBytes).toBe(buffered);
  });
});

test("limits can be widened between frames, after authentication", () => {
  const reader = new FrameReader("frontend", { maxFrameBytes: 20 });
  reader.push(by.bytes(by.message("p", by.string("token")), by.query("x".repeat(30))));
  expect(reader.next()).toMatchObject({ ok: true, value: { code: 0x70 } });
  reader.setLimits({ maxFrameBytes: 100 });
  expect(reader.next()).toMatchObject({ ok: true, value: { code: 0x51 } });
});
