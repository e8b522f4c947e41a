// DELETE (analyze.c, transformDeleteStmt).

import type { DeleteStmt } from "@pgsql/types";
import { withClause } from "./cte.ts";
import { withFrom } from "./from.ts";
import { relationItem } from "./items.ts";
import { predicate } from "./predicates.ts";
import type { Place } from "./reading.ts";
import { returning } from "./returning.ts";
import type { Columns } from "./value.ts";
import { condition } from "./walk.ts";
import { boundedBy, write } from "./writing.ts";

export function visitDelete(outside: Place, statement: DeleteStmt): Columns {
  const { relation = {}, usingClause, whereClause, returningClause } = statement;
  const at = withClause(outside, statement.withClause);
  const target = relationItem(at, relation, false);
  const place = withFrom(at, usingClause, [target]);
  condition(place, whereClause);
  predicate(place, whereClause, "where");
  write(place, target, "delete", [], boundedBy(place, target, relation, whereClause, usingClause));
  return returning(place, target, returningClause);
}
