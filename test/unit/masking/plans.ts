// Plans by hand.

import { type ColumnPlan } from "#core/masking";
import type { Mask } from "#core/policy";
import type { Format } from "#core/wire";
import { ofType, type TypeName } from "./values.ts";

export function plain(type: TypeName = "text", format: Format = 0): ColumnPlan {
  return { mask: null, always: false, type: ofType(type), format, reason: "clear" };
}

export function hidden(mask: Mask, type: TypeName = "text", format: Format = 0, always = false): ColumnPlan {
  return { mask, always, type: ofType(type), format, reason: always ? "derived" : "masked" };
}
