// Short ways to say values and masks in tests.

import { compileMask, hmacSha256, typeRef, type TypeRef } from "#core/masking";
import type { Mask } from "#core/policy";

export const OIDS = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  json: 114,
  xml: 142,
  point: 600,
  float4: 700,
  float8: 701,
  money: 790,
  inet: 869,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
  int4range: 3904,
  "text[]": 1009,
  "int4[]": 1007,
} as const;

export type TypeName = keyof typeof OIDS;

export const keyed = hmacSha256(utf8("the key of one target"));

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function spell(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

export function ofType(type: TypeName, modifier = -1): TypeRef {
  return typeRef(OIDS[type], modifier, null);
}

/** In the text format. */
export function masked(mask: Mask, type: TypeName | TypeRef, value: string): string | null {
  const ref = typeof type === "string" ? ofType(type) : type;
  return spell(compileMask(mask, ref, 0, keyed)(utf8(value)));
}
