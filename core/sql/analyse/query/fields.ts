// `(value).field`, `(value)[1]`, `(value).*`.

import type { A_Indirection, Node } from "@pgsql/types";
import { functionsOfRow } from "./calls.ts";
import { columnsOf, itemOf } from "./scope.ts";
import { stringOf, strings } from "./names.ts";
import type { Place } from "./reading.ts";
import { fieldsOf } from "./shapes.ts";
import { computed, NOTHING, UNKNOWN_SHAPE, type Columns, type Value } from "./value.ts";
import { each } from "./walk.ts";

export function select(at: Place, { arg, indirection = [] }: A_Indirection): Value {
  const [first, ...others] = indirection;
  const direct = columnOfRow(at, arg, stringOf(first));
  let value = direct ?? each(at, [arg])[0] ?? NOTHING;
  for (const step of direct === null ? indirection : others) value = selectOne(at, value, step);
  return value;
}

/** `(t).c` reads c alone, not the row. */
function columnOfRow(at: Place, arg: Node | undefined, field: string | null): Value | null {
  if (arg === undefined || field === null || !("ColumnRef" in arg)) return null;
  const [name, ...others] = strings(arg.ColumnRef.fields);
  if (name === undefined || others.length > 0 || arg.ColumnRef.fields?.length !== 1) return null;
  for (let scope = at.scope; ; scope = scope.outer) {
    const visible = scope.items.filter(({ columnsVisible }) => columnsVisible);
    if (visible.some((item) => item.open !== null || columnsOf(item, name).length > 0)) return null;
    if (scope.outer === null) break;
  }
  const item = itemOf(at.scope, { schema: null, name });
  const [found, ...more] = item === null || item.open !== null ? [] : columnsOf(item, field);
  return found === undefined || more.length > 0 ? null : at.reading.read(found);
}

function selectOne(at: Place, value: Value, step: Node): Value {
  const field = stringOf(step);
  if (field !== null) return fieldOf(at, value, field);
  if ("A_Indices" in step) {
    const { lidx, uidx } = step.A_Indices;
    // An element of an array of rows may be a row.
    return computed(
      [value, ...each(at, [lidx, uidx])],
      value.shape.kind === "scalar" ? value.shape : UNKNOWN_SHAPE,
    );
  }
  return value;
}

/** A field, or where the value has none of that name a call of the function (ParseFuncOrColumn). */
function fieldOf(at: Place, value: Value, name: string): Value {
  const fields = fieldsOf(at.reading.context, value);
  const found = fields === null || fields === "scalar" ? [] : fields.filter((field) => field.name === name);
  const [only] = found;
  if (only !== undefined) return at.reading.read(only.value);
  return computed([value, at.reading.call(functionsOfRow(at, name) ?? [], [null], [value])]);
}

/** `(value).*`; null where the fields cannot be told. */
export function expandFields(at: Place, { arg, indirection = [] }: A_Indirection): Columns {
  const value = select(at, { ...(arg === undefined ? {} : { arg }), indirection: indirection.slice(0, -1) });
  const fields = fieldsOf(at.reading.context, value);
  if (fields === null || fields === "scalar") return { columns: [], open: computed([value]) };
  return { columns: fields, open: null };
}
