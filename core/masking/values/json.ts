// json and jsonb as texts. A whole document is only replaced here; what lies at a path is json/mask.ts's.

import { concat, hexEncode, utf8Decode, utf8Encode } from "#core/bytes";
import type { Format } from "#core/wire";
import { REDACTED } from "#core/policy";
import type { Codec } from "./codec.ts";
import { TOKEN_BYTES } from "./text.ts";

/** jsonb_send's only version. */
const VERSION = 1;

/** The value is JSON text, checked. */
export function jsonCodec(jsonb: boolean): Codec<string> {
  return {
    decode: (bytes, format) => {
      const text = unwrap(bytes, jsonb, format);
      return text !== null && isJson(text) ? text : null;
    },
    encode: (value, format) => {
      const text = utf8Encode(value);
      return jsonb && format === 1 ? concat([Uint8Array.of(VERSION), text]) : text;
    },
    neutral: JSON.stringify(REDACTED),
    canonical: (value) => `json:${value}`,
    token: (random) => JSON.stringify(hexEncode(random.subarray(0, TOKEN_BYTES))),
  };
}

function unwrap(bytes: Uint8Array, jsonb: boolean, format: Format): string | null {
  if (!jsonb || format === 0) return utf8Decode(bytes);
  return bytes[0] === VERSION ? utf8Decode(bytes.subarray(1)) : null;
}

/** V8's parser is iterative, and takes what PostgreSQL's takes (both RFC 8259). */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
