// Properties of the encodings in core/bytes, against those of the runtime where it has one.

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  base64Decode,
  base64Encode,
  hexDecode,
  hexEncode,
  textDecode,
  textEncode,
  utf8Decode,
  utf8Encode,
} from "#core/bytes";
import { poisoned } from "../../unit/wire/poisoned.ts";

/** Noise, and text with a few bytes of it damaged. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  fc
    .tuple(fc.string({ unit: "binary" }), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
    .map(([some, hits]) => {
      const encoded = utf8Encode(some);
      for (const [at, byte] of hits) if (encoded.length > 0) encoded[at % encoded.length] = byte;
      return encoded;
    }),
);

test("any bytes come back from text, and distinct bytes are distinct text", () => {
  fc.assert(
    fc.property(bytes, (some) => {
      const text = textDecode(poisoned(some));
      expect(textEncode(text)).toEqual(Uint8Array.from(some));
      expect(utf8Decode(some)).toBe(text.isWellFormed() ? text : null);
    }),
    { numRuns: 1000 },
  );
});

test("any bytes come back from base64 and hexadecimal, as the runtime writes them", () => {
  fc.assert(
    fc.property(bytes, (some) => {
      const binary = Array.from(some, (byte) => String.fromCharCode(byte)).join("");
      expect(base64Encode(poisoned(some))).toBe(btoa(binary));
      expect(base64Decode(btoa(binary))).toEqual(Uint8Array.from(some));
      expect(hexDecode(hexEncode(poisoned(some)))).toEqual(Uint8Array.from(some));
    }),
  );
});

test("what base64 accepts is the one way to write those bytes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 12 }), fc.base64String()), (text) => {
      const decoded = base64Decode(text);
      if (decoded !== null) expect(base64Encode(decoded)).toBe(text);
    }),
  );
});
