// Types of which only a fixed value is ever shown: `redact` and, in the text format, a constant. Each pair was accepted by
// the input and the receive function of PostgreSQL 18 (test/unit/masking/types-postgres.test.ts).

import { hexDecode, utf8Encode } from "#core/bytes";
import type { Shape } from "./codec.ts";
import { toNull } from "./codec.ts";

/** `binary` in hexadecimal; null where the type has no binary format. */
export function fixedShape(text: string, binary: string): Shape {
  const neutral = [utf8Encode(text), hexDecode(binary)] as const;
  return {
    plain: false,
    neutral: (format) => neutral[format],
    constant: (value, format) => (format === 0 ? utf8Encode(value) : null),
    hash: () => toNull,
    bucket: () => toNull,
    truncate: () => toNull,
    characters: () => toNull,
  };
}

/** bit and varbit: `bits` zeros. */
export function zeroBits(bits: number): Shape {
  const bytes = Math.ceil(bits / 8);
  return fixedShape("0".repeat(bits), bits.toString(16).padStart(8, "0") + "00".repeat(bytes));
}
