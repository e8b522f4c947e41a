// One value inside a JSON text, masked within its JSON type: strings stay strings and numbers numbers, so that readers of the
// document go on reading it. What fits neither is null.

import { hexEncode, utf8DecodeLossy, utf8Encode } from "#core/bytes";
import { REDACTED, type Mask } from "#core/policy";
import { hideEmail, keepEnds } from "../values/characters.ts";
import type { Change, KeyedHash } from "../values/codec.ts";
import { shapeOf } from "../values/codec.ts";
import { numericCodec } from "../values/numeric.ts";
import { TOKEN_BYTES } from "../values/text.ts";
import { keyOf } from "./scan.ts";

const NULL = "null";
const NUMBERS = shapeOf(numericCodec(-1));
/** How a date begins in RFC 3339 and ISO 8601. */
const DATE = /^(\d{4})-(\d\d)-\d\d(?!\d)/;

export function maskJsonValue(mask: Mask, raw: string, keyed: KeyedHash): string {
  if (raw === NULL || mask.kind === "null") return NULL;
  if (mask.kind === "constant") return JSON.stringify(mask.value);
  switch (raw[0]) {
    case '"':
      return maskString(mask, keyOf(raw), keyed);
    case "{":
    case "[":
      return mask.kind === "redact" ? JSON.stringify(REDACTED) : NULL;
    case "t":
    case "f":
      return mask.kind === "redact" ? "false" : NULL;
    default:
      return maskNumber(mask, raw, keyed);
  }
}

function maskString(mask: Mask, text: string, keyed: KeyedHash): string {
  switch (mask.kind) {
    case "redact":
      return JSON.stringify(REDACTED);
    case "partial":
      return JSON.stringify(keepEnds(text, mask.first, mask.last));
    case "email":
      return JSON.stringify(hideEmail(text, mask.domain === true));
    case "hash":
      return JSON.stringify(hexEncode(keyed(utf8Encode(`text:${text}`)).subarray(0, TOKEN_BYTES)));
    case "year":
    case "month": {
      const [, year, month] = DATE.exec(text) ?? [];
      return year === undefined ? NULL : JSON.stringify(`${year}-${mask.kind === "year" ? "01" : month}-01`);
    }
    default:
      return NULL;
  }
}

function maskNumber(mask: Mask, raw: string, keyed: KeyedHash): string {
  const by = (change: Change): string => {
    const changed = change(utf8Encode(raw));
    return changed === null ? NULL : utf8DecodeLossy(changed);
  };
  switch (mask.kind) {
    case "redact":
      return "0";
    case "hash":
      return by(NUMBERS.hash(0, keyed));
    case "bucket":
      return by(NUMBERS.bucket(0, mask.width));
    default:
      return NULL;
  }
}
