// A relation's name as an auditor may write it -> the qualified names that the record knows. A name without its schema means
// the relation of that name in every schema: to find nothing by it would tell an auditor that nothing happened.

import { sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";

/** More schemas than have a relation of one name. */
const MOST_NAMES = 200;

export async function relationNames(db: DrizzleD1Database, given: string): Promise<readonly string[]> {
  if (given.slice(1, -1).includes(".")) return [given];
  const ending = `.${given}`;
  // From one distinct value to the next by the key: a step for each relation that the record knows, whatever it holds of it.
  const rows = await db.all<{ value: string }>(sql`
    with recursive known(value) as (
      select (select min(value) from facets where facet = 'relation')
      union all
      select (select min(value) from facets where facet = 'relation' and value > known.value)
      from known where known.value is not null
    )
    select value from known where substr(value, ${-ending.length}) = ${ending} limit ${MOST_NAMES}`);
  // A facet is an access, a space and the name.
  const names = rows.map(({ value }) => value.slice(value.indexOf(" ") + 1));
  return [...new Set([given, ...names])];
}
