// Properties of framing: a stream means the same however it is cut and whenever it is read, and noise neither throws
// nor is taken for more than its header allows.

import fc from "fast-check";
import { expect, test } from "vitest";
import { concat, hexEncode } from "#core/bytes";
import { encodeBackend, FrameReader } from "#core/wire";
import { poisoned } from "../../unit/wire/poisoned.ts";
import { BACKEND_MESSAGES } from "./arbitraries.ts";

const LIMITS = { maxFrameBytes: 70_000 };

const message = fc.oneof(...BACKEND_MESSAGES.map(([, arbitrary]) => arbitrary));
const large = fc
  .integer({ min: 0, max: 60_000 })
  .map((size) => encodeBackend({ kind: "copy_data", data: new Uint8Array(size).fill(size) }));
const frames = fc.array(fc.oneof({ weight: 4, arbitrary: message.map(encodeBackend) }, large), {
  maxLength: 30,
});

test("any stream, in any pieces, read at any time, gives the frames it was made of", () => {
  const pieces = fc.infiniteStream(
    fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 20_000 })),
  );
  fc.assert(
    fc.property(frames, pieces, fc.infiniteStream(fc.boolean()), (sent, sizes, reads) => {
      const stream = concat(sent);
      const reader = new FrameReader("backend", LIMITS);
      const got: Uint8Array[] = [];
      const read = (): void => {
        for (let next = reader.next(); next.ok && next.value !== null; next = reader.next()) {
          expect(next.value.code).toBe(next.value.bytes[0]);
          got.push(next.value.bytes);
        }
      };
      let at = 0;
      while (at < stream.length) {
        const size = sizes.next().value ?? 1;
        reader.push(poisoned(stream.subarray(at, at + size)));
        at += size;
        if (reads.next().value) read();
      }
      read();
      // Compared at the end: frames held all along were not written over.
      expect(got.map(hexEncode)).toEqual(sent.map(hexEncode));
      expect(reader.bufferedBytes).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test("noise ends in an error or in waiting for bytes that the limit allows", () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
  fc.assert(
    fc.property(chunks, fc.constantFrom("frontend", "backend"), (noise, direction) => {
      const reader = new FrameReader(direction, LIMITS);
      for (const chunk of noise) {
        const before = reader.bufferedBytes;
        reader.push(poisoned(chunk));
        const next = reader.next();
        expect(reader.bufferedBytes).toBeLessThanOrEqual(before + chunk.length);
        if (!next.ok) {
          expect(reader.next()).toEqual(next);
          return;
        }
        if (next.value !== null) expect(next.value.bytes.length).toBeLessThanOrEqual(LIMITS.maxFrameBytes);
      }
      new FrameReader("frontend", LIMITS).nextStartup();
    }),
  );
});

test("noise as a start-up is a packet, an error, or waits for at most 10,004 bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
      const reader = new FrameReader("frontend", LIMITS);
      reader.push(poisoned(noise));
      const next = reader.nextStartup();
      if (next.ok && next.value === null && noise.length >= 4) {
        expect(new DataView(noise.buffer, noise.byteOffset).getUint32(0)).toBeLessThanOrEqual(10_004);
      }
    }),
  );
});
