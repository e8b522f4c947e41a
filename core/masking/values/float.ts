// float4 and float8. NaN and the infinities are values like others for `hash`, and have no bucket.

import { utf8DecodeLossy, utf8Encode } from "#core/bytes";
import type { Codec } from "./codec.ts";

const NUMBER = /^(?:[-+]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:e[-+]?\d{1,4})?|NaN|-?Infinity)$/i;

export function floatCodec(width: 4 | 8): Codec<number> {
  const round = width === 4 ? Math.fround : (value: number) => value;
  return {
    decode: (bytes, format) => {
      if (format === 0) {
        const text = bytes.length > 900 ? "" : utf8DecodeLossy(bytes);
        return NUMBER.test(text) ? round(Number(text)) : null;
      }
      if (bytes.length !== width) return null;
      const view = new DataView(bytes.buffer, bytes.byteOffset, width);
      return width === 4 ? view.getFloat32(0) : view.getFloat64(0);
    },
    encode: (value, format) => {
      if (format === 0) return utf8Encode(String(value));
      const bytes = new Uint8Array(width);
      const view = new DataView(bytes.buffer);
      if (width === 4) view.setFloat32(0, value);
      else view.setFloat64(0, value);
      return bytes;
    },
    neutral: 0,
    // A whole number reads as one of the other numeric types does: keys may differ in type from table to table.
    canonical: (value) => (Number.isSafeInteger(value) ? `number:${value}` : `float:${value}`),
    token: (random) => {
      const view = new DataView(random.buffer, random.byteOffset, random.length);
      return width === 4
        ? view.getUint32(0) >>> 8
        : (view.getUint32(0) & 0x1fffff) * 2 ** 32 + view.getUint32(4);
    },
    bucket: (value, size) => {
      const floor = round(Math.floor(value / size) * size);
      return Number.isFinite(floor) ? floor : null;
    },
  };
}
