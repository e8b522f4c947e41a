// Whole numbers: int2, int4, int8, oid and its kin, xid8, money (cents). Text is decimal, binary is big-endian.

import { utf8DecodeLossy, utf8Encode } from "#core/bytes";
import type { Codec } from "./codec.ts";

export interface IntegerKind {
  readonly bytes: 2 | 4 | 8;
  readonly signed: boolean;
}

const DECIMAL = /^-?\d{1,20}$/;
/** cash_out in the C locale. Others are not read: the amount is then NULL. */
const AMOUNT = /^(-?)\$?([\d,]{1,26})\.(\d\d)$/;

export function integerCodec(kind: IntegerKind): Codec<bigint> {
  return {
    decode: (bytes, format) => {
      if (format === 1) return readInteger(bytes, kind);
      const text = bytes.length > 21 ? "" : utf8DecodeLossy(bytes);
      return DECIMAL.test(text) ? BigInt(text) : null;
    },
    encode: (value, format) => {
      if (!inRange(value, kind)) return null;
      return format === 1 ? writeInteger(value, kind) : utf8Encode(String(value));
    },
    neutral: 0n,
    canonical: (value) => `number:${value}`,
    token: (random) => tokenOf(random, kind),
    bucket: bucketOf,
  };
}

/** money: eight bytes of cents. */
export const moneyCodec: Codec<bigint> = {
  ...integerCodec({ bytes: 8, signed: true }),
  decode: (bytes, format) => {
    if (format === 1) return readInteger(bytes, { bytes: 8, signed: true });
    const [, sign, units, cents] = AMOUNT.exec(bytes.length > 40 ? "" : utf8DecodeLossy(bytes)) ?? [];
    if (units === undefined || units.replaceAll(",", "") === "") return null;
    const value = BigInt(units.replaceAll(",", "") + cents);
    return sign === "-" ? -value : value;
  },
  encode: (value, format) => {
    const kind = { bytes: 8, signed: true } as const;
    if (!inRange(value, kind)) return null;
    return format === 1 ? writeInteger(value, kind) : utf8Encode(amount(value));
  },
  canonical: (value) => `money:${value}`,
  bucket: (value, width) => {
    const cents = Math.round(width * 100);
    return cents > 0 && Number.isSafeInteger(cents) ? floorTo(value, BigInt(cents)) : null;
  },
};

/** The largest multiple of `width` that is not above `value`. */
export function floorTo(value: bigint, width: bigint): bigint {
  const rest = value % width;
  return value - (rest < 0n ? rest + width : rest);
}

function bucketOf(value: bigint, width: number): bigint | null {
  return Number.isSafeInteger(width) ? floorTo(value, BigInt(width)) : null;
}

/** As many bits as the type has room for without its sign, and no more than a double holds exactly. */
function tokenOf(random: Uint8Array, kind: IntegerKind): bigint {
  const bits = kind.bytes === 8 ? 53 : 8 * kind.bytes - 1;
  return readInteger(random.subarray(0, 8), { bytes: 8, signed: false }, 0n) & ((1n << BigInt(bits)) - 1n);
}

function readInteger(bytes: Uint8Array, kind: IntegerKind): bigint | null;
function readInteger(bytes: Uint8Array, kind: IntegerKind, otherwise: bigint): bigint;
function readInteger(bytes: Uint8Array, kind: IntegerKind, otherwise: bigint | null = null): bigint | null {
  if (bytes.length !== kind.bytes) return otherwise;
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return kind.signed ? BigInt.asIntN(8 * kind.bytes, value) : value;
}

function writeInteger(value: bigint, kind: IntegerKind): Uint8Array {
  const bytes = new Uint8Array(kind.bytes);
  for (let i = kind.bytes - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

function inRange(value: bigint, kind: IntegerKind): boolean {
  const bits = 8 * kind.bytes;
  return (kind.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value;
}

function amount(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(3, "0");
  const units = digits.slice(0, -2).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  return `${value < 0n ? "-" : ""}$${units}.${digits.slice(-2)}`;
}
