// RETURNING, with the rows before and after (PostgreSQL 18, parse_clause.c addNSItemForReturning).

import type { ReturningClause, ReturningOptionKind } from "@pgsql/types";
import { itemDefaults } from "./items.ts";
import type { Place } from "./reading.ts";
import { itemOf, type Item } from "./scope.ts";
import { targets } from "./targets.ts";
import type { Columns } from "./value.ts";

export function returning(at: Place, target: Item, clause: ReturningClause | undefined): Columns {
  if (clause === undefined) return { columns: [], open: null };
  const { options = [], exprs } = clause;
  const aliasOf = (option: ReturningOptionKind): string | null =>
    options.flatMap((each) =>
      "ReturningOption" in each && each.ReturningOption.option === option
        ? [each.ReturningOption.value ?? ""]
        : [],
    )[0] ?? null;
  // `old` and `new` give way to what bears their name already.
  const free = (name: string): string | null =>
    itemOf(at.scope, { schema: null, name }) === null ? name : null;
  const names = [
    aliasOf("RETURNING_OPTION_OLD") ?? free("old"),
    aliasOf("RETURNING_OPTION_NEW") ?? free("new"),
  ];
  const rows = names.flatMap((name): readonly Item[] =>
    name === null
      ? []
      : [
          {
            ...itemDefaults(name),
            entry: target.entry,
            columns: target.columns,
            open: target.open,
            columnsVisible: false,
          },
        ],
  );
  return targets({ reading: at.reading, scope: { ...at.scope, items: [...at.scope.items, ...rows] } }, exprs);
}
