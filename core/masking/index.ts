// The door of the room: masks, plans and streams. See README.md.

export { hmacSha256 } from "./hmac.ts";
export { isFixed, REDACTED, type FieldMask, type JsonPathMask, type Mask } from "./mask.ts";
export { compileMask, maskValue } from "./masks.ts";
export { typeRef, UNKNOWN_TYPE, type FieldType, type TypeCatalog, type TypeRef } from "./type-ref.ts";
export type { Change, KeyedHash } from "./values/codec.ts";
