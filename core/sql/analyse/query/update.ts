// UPDATE (analyze.c, transformUpdateStmt).

import type { UpdateStmt } from "@pgsql/types";
import { assignments } from "./assignments.ts";
import { withClause } from "./cte.ts";
import { withFrom } from "./from.ts";
import { relationItem } from "./items.ts";
import { predicate } from "./predicates.ts";
import type { Place } from "./reading.ts";
import { returning } from "./returning.ts";
import type { Columns } from "./value.ts";
import { condition } from "./walk.ts";
import { boundedBy, write } from "./writing.ts";

export function visitUpdate(outside: Place, statement: UpdateStmt): Columns {
  const { relation = {}, fromClause, whereClause, targetList, returningClause } = statement;
  const at = withClause(outside, statement.withClause);
  const target = relationItem(at, relation, false);
  const place = withFrom(at, fromClause, [target]);
  const columns = assignments(place, target, targetList);
  condition(place, whereClause);
  predicate(place, whereClause, "where");
  write(place, target, "update", columns, boundedBy(place, target, relation, whereClause, fromClause));
  return returning(place, target, returningClause);
}
