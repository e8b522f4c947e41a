// numeric: digits and a scale. Binary is numeric_send's: groups of four decimal digits (utils/adt/numeric.c). NaN and the
// infinities are not read, and become NULL.

import { ByteReader, ByteWriter, utf8DecodeLossy, utf8Encode } from "#core/bytes";
import type { Codec } from "./codec.ts";
import { floorTo } from "./integer.ts";

interface Decimal {
  /** Without the point. */
  readonly digits: bigint;
  /** Digits behind the point. */
  readonly scale: number;
}

const PLAIN = /^(-?)(\d+)(?:\.(\d+))?$/;
const POSITIVE = 0x0000;
const NEGATIVE = 0x4000;
/** More digits than that are not read: the arithmetic on them is quadratic. PostgreSQL allows 131,072 and 16,383. */
const MAX_DIGITS = 4096;
/** numeric(p, s) as a type modifier: numeric_typmod_precision, numeric_typmod_scale. */
const TYPMOD_OFFSET = 4;
/** What a hash has at most: a double holds that many. */
const TOKEN_DIGITS = 15;

export function numericCodec(modifier: number): Codec<Decimal> {
  const digits = tokenDigits(modifier);
  return {
    decode: (bytes, format) => (format === 0 ? parse(bytes) : receive(bytes)),
    encode: (value, format) => (format === 0 ? utf8Encode(print(value)) : send(value)),
    neutral: { digits: 0n, scale: 0 },
    canonical: (value) => `number:${print(shortest(value))}`,
    token: (random) => {
      const [high, low] = [new DataView(random.buffer, random.byteOffset, random.length), 4] as const;
      const value = (BigInt(high.getUint32(0)) << 32n) | BigInt(high.getUint32(low));
      return digits < 1 ? null : { digits: value % 10n ** BigInt(digits), scale: 0 };
    },
    bucket: (value, width) => {
      const step = parse(utf8Encode(String(width)));
      if (step === null || step.digits <= 0n) return null;
      const scale = Math.max(value.scale, step.scale);
      return { digits: floorTo(rescale(value, scale), rescale(step, scale)), scale };
    },
  };
}

function parse(bytes: Uint8Array): Decimal | null {
  if (bytes.length > MAX_DIGITS) return null;
  const [, sign, units, fraction = ""] = PLAIN.exec(utf8DecodeLossy(bytes)) ?? [];
  if (units === undefined) return null;
  const digits = BigInt(units + fraction);
  return { digits: sign === "-" ? -digits : digits, scale: fraction.length };
}

function print({ digits, scale }: Decimal): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  const sign = digits < 0n ? "-" : "";
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

function receive(bytes: Uint8Array): Decimal | null {
  const reader = new ByteReader(bytes);
  const count = reader.u16();
  const weight = reader.i16();
  const sign = reader.u16();
  const scale = reader.u16();
  if (reader.fault !== null || (sign !== POSITIVE && sign !== NEGATIVE)) return null;
  if (count * 4 > MAX_DIGITS || Math.abs(weight) * 4 > MAX_DIGITS || scale > MAX_DIGITS) return null;
  let digits = 0n;
  for (let i = 0; i < count; i++) {
    const group = reader.u16();
    if (group > 9999) return null;
    digits = digits * 10_000n + BigInt(group);
  }
  if (reader.finish() !== null) return null;
  // The last group stands for 10000^(weight - count + 1).
  const behind = 4 * (count - 1 - weight);
  const value = { digits: sign === NEGATIVE ? -digits : digits, scale: Math.max(behind, 0) };
  const whole = behind < 0 ? { digits: value.digits * 10n ** BigInt(-behind), scale: 0 } : value;
  return { digits: rescale(whole, scale), scale };
}

function send(value: Decimal): Uint8Array | null {
  const [units = "0", fraction = ""] = print({
    ...value,
    digits: value.digits < 0n ? -value.digits : value.digits,
  }).split(".");
  const whole = units.padStart(Math.ceil(units.length / 4) * 4, "0");
  const text = whole + fraction.padEnd(Math.ceil(fraction.length / 4) * 4, "0");
  const groups = (text.match(/\d{4}/g) ?? []).map(Number);
  let weight = whole.length / 4 - 1;
  while (groups[0] === 0) {
    groups.shift();
    weight--;
  }
  while (groups.at(-1) === 0) groups.pop();
  const writer = new ByteWriter(8 + 2 * groups.length);
  writer.u16(groups.length);
  writer.i16(groups.length === 0 ? 0 : weight);
  writer.u16(value.digits < 0n ? NEGATIVE : POSITIVE);
  writer.u16(value.scale);
  for (const group of groups) writer.u16(group);
  return writer.finish();
}

/** Digits beyond the scale are cut: PostgreSQL sends none (numeric_send's dscale covers them). */
function rescale(value: Decimal, scale: number): bigint {
  const more = scale - value.scale;
  return more >= 0 ? value.digits * 10n ** BigInt(more) : value.digits / 10n ** BigInt(-more);
}

function shortest(value: Decimal): Decimal {
  let { digits, scale } = value;
  for (; scale > 0 && digits % 10n === 0n; scale--) digits /= 10n;
  return { digits, scale };
}

/** In front of the point there is room for precision - scale digits. */
function tokenDigits(modifier: number): number {
  if (modifier < TYPMOD_OFFSET) return TOKEN_DIGITS;
  const packed = modifier - TYPMOD_OFFSET;
  const precision = (packed >>> 16) & 0xffff;
  const scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
  return Math.min(TOKEN_DIGITS, precision - Math.max(scale, 0));
}
