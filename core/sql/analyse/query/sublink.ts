// Subqueries in expressions.

import type { Node, SubLink } from "@pgsql/types";
import { useOperator } from "./calls.ts";
import { nameOf } from "./names.ts";
import type { Place } from "./reading.ts";
import { fieldsOf } from "./shapes.ts";
import { computed, NOTHING, rowOf, SCALAR, UNKNOWN_SHAPE, type Value } from "./value.ts";
import { each } from "./walk.ts";

export function subLink(at: Place, link: SubLink, node: Node): Value {
  const tested = each(at, [link.testexpr]);
  const { subLinkType = "EXISTS_SUBLINK", subselect, operName = [] } = link;
  if (subselect === undefined) return NOTHING;
  const used =
    subLinkType === "ANY_SUBLINK" || subLinkType === "ALL_SUBLINK"
      ? useOperator(at, operName.length > 0 ? nameOf(operName) : { schema: null, name: "=" })
      : NOTHING;
  const { reading, scope } = at;
  const output = reading.walks.query(
    { reading, scope: { items: [], outer: scope, tables: scope.tables } },
    subselect,
  );
  reading.subqueries.set(node, output);
  // Whether there are rows shows nothing of their columns.
  if (subLinkType === "EXISTS_SUBLINK") return { ...NOTHING, shape: SCALAR };
  const [only, ...others] = output.columns;
  if (
    subLinkType === "ARRAY_SUBLINK" &&
    only !== undefined &&
    fieldsOf(reading.context, only.value) === "scalar"
  )
    return computed([only.value], SCALAR);
  if (subLinkType !== "EXPR_SUBLINK" || only === undefined || others.length > 0 || output.open !== null)
    return computed([...tested, used, rowOf(output)], subLinkType === "ANY_SUBLINK" ? SCALAR : UNKNOWN_SHAPE);
  reading.subqueryNames.set(node, only.name);
  return only.value;
}
