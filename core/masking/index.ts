// The door of the room: masks, plans and streams. See README.md.

export { compileDetection, type Detection } from "./detectors/detect.ts";
export { hmacSha256 } from "./hmac.ts";
export { compileMask, maskValue } from "./masks.ts";
export {
  passesUntouched,
  planCopy,
  planResult,
  type ColumnPlan,
  type ColumnSource,
  type MaskRules,
  type PlanReason,
} from "./plan.ts";
export { literalText, redactSql, type RedactedText } from "./redact/redact.ts";
export { maskNotification, maskReport, maskTag } from "./report/report.ts";
export { HIDDEN, type Knows } from "./report/template.ts";
export { copyFormat, type CopyFormat, type CopyOptionRefusal } from "./stream/copy-format.ts";
export type { Detect } from "./stream/column-masks.ts";
export { CopyMasker } from "./stream/copy-out.ts";
export { RowMasker } from "./stream/data-row.ts";
export type { ByteSink } from "./stream/splice.ts";
export { typeRef, UNKNOWN_TYPE, type FieldType, type TypeCatalog, type TypeRef } from "./type-ref.ts";
export type { Change, KeyedHash } from "./values/codec.ts";
