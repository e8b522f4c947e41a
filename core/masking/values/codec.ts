// How one kind of value is read from both formats, changed, and written back. A codec's type stays inside of it: outside,
// `shapeOf` gives operations from bytes to bytes, where null is "does not fit": SQL NULL. Nothing here throws.

import { textEncode, utf8Encode } from "#core/bytes";
import type { Format } from "#core/wire";

export interface Codec<T> {
  /** null: not a value of this type, or one that cannot be masked but by NULL. */
  decode(bytes: Uint8Array, format: Format): T | null;
  /** null: out of the type's range. */
  encode(value: T, format: Format): Uint8Array | null;
  /** What `redact` shows. */
  readonly neutral: T;
  /** The same text for the same value whichever way it came. */
  readonly canonical?: (value: T) => string;
  /** A value out of 32 pseudo-random bytes. */
  readonly token?: (random: Uint8Array) => T | null;
  readonly bucket?: (value: T, width: number) => T | null;
  readonly truncate?: (value: T, unit: "year" | "month") => T | null;
  readonly characters?: (value: T, change: (text: string) => string) => T;
  /** The bytes are the characters, of which there may be any number. */
  readonly plain?: boolean;
}

/** Bytes to bytes of one format. */
export type Change = (bytes: Uint8Array) => Uint8Array | null;

/** What masks ask of a type. */
export interface Shape {
  readonly plain: boolean;
  neutral(format: Format): Uint8Array | null;
  constant(text: string, format: Format): Uint8Array | null;
  hash(format: Format, keyed: KeyedHash): Change;
  bucket(format: Format, width: number): Change;
  truncate(format: Format, unit: "year" | "month"): Change;
  characters(format: Format, change: (text: string) => string): Change;
}

/** HMAC-SHA-256 with the target's key: 32 bytes. */
export type KeyedHash = (bytes: Uint8Array) => Uint8Array;

export const toNull: Change = () => null;

export function shapeOf<T>(codec: Codec<T>): Shape {
  const { canonical, token, bucket, truncate, characters } = codec;
  const by = (format: Format, change: (value: T) => T | null): Change => {
    return (bytes) => {
      const value = codec.decode(bytes, format);
      const changed = value === null ? null : change(value);
      return changed === null ? null : codec.encode(changed, format);
    };
  };
  return {
    plain: codec.plain === true,
    neutral: (format) => codec.encode(codec.neutral, format),
    constant: (text, format) => {
      const value = codec.decode(utf8Encode(text), 0);
      return value === null ? null : codec.encode(value, format);
    },
    hash: (format, keyed) =>
      canonical === undefined || token === undefined
        ? toNull
        : by(format, (value) => token(keyed(textEncode(canonical(value))))),
    bucket: (format, width) =>
      bucket === undefined || !(width > 0) || width === Number.POSITIVE_INFINITY
        ? toNull
        : by(format, (value) => bucket(value, width)),
    truncate: (format, unit) =>
      truncate === undefined ? toNull : by(format, (value) => truncate(value, unit)),
    characters: (format, change) =>
      characters === undefined ? toNull : by(format, (value) => characters(value, change)),
  };
}
