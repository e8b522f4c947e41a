// Which columns stand behind the columns of a relation: a view's own and those of its definition, a generated column's own
// and those that it is computed from. Its own come first, so that a mask on a view's column holds as well.

import type { ColumnInfo, RelationInfo } from "../../catalog/catalog.ts";
import type { OutputColumn } from "../../facts/facts.ts";
import { type AnalysisContext, type Behind, placeOf, type QueryOutput } from "../context.ts";

export type Lineage = ReadonlyMap<string, Behind>;

/** Of a relation that stores its rows. */
export function ownLineage(relation: RelationInfo, below: boolean): Lineage {
  return new Map(relation.columns.map((column) => [column.name, ownColumn(relation, column, below)]));
}

/** Of a view, by what its definition gives; null: that cannot be told. */
export function viewLineage(relation: RelationInfo, output: QueryOutput): Lineage {
  return new Map(
    relation.columns.map(({ name }, position) => [name, throughView(relation, name, output?.[position])]),
  );
}

function ownColumn(relation: RelationInfo, column: ColumnInfo, below: boolean): Behind {
  const { name, generated, generatedFrom } = column;
  const places = [name, ...(generatedFrom ?? [])].map((each) => placeOf(relation, each, below));
  const opaque = (generated && generatedFrom === undefined) || showsOthers(relation, name);
  return { places, verbatim: places.length === 1 && !opaque, opaque };
}

/** Columns of PostgreSQL's own that show values of other tables, or the texts of statements: other sessions', or with literals that the record does not keep. */
const SHOWING: ReadonlyMap<string, RegExp> = new Map([
  ["pg_statistic", /^sta(values|numbers)/],
  ["pg_stats", /^(most_common|histogram|elem_count|range_)/],
  ["pg_statistic_ext_data", /^stx(dmcv|dexpr)$/],
  ["pg_stats_ext", /^most_common/],
  ["pg_stats_ext_exprs", /^(most_common|histogram|elem_count|range_)/],
  ["pg_stat_activity", /^query$/],
  ["pg_largeobject", /^data$/],
  ["pg_prepared_statements", /^statement$/],
  ["pg_cursors", /^statement$/],
]);

function showsOthers({ schema, name }: RelationInfo, column: string): boolean {
  return schema === "pg_catalog" && SHOWING.get(name)?.test(column) === true;
}

function throughView(relation: RelationInfo, name: string, shown: OutputColumn | undefined): Behind {
  const own = placeOf(relation, name, false);
  if (shown === undefined) return { places: [own], verbatim: false, opaque: true };
  return {
    places: [own, ...shown.sources],
    verbatim: shown.verbatim,
    opaque: shown.opaque === true,
  };
}

/** Visits something for what it gives alone: what it reads, calls and does is told by others, or happens at another time. */
export function quietly<T>(context: AnalysisContext, visit: () => T): T {
  const lists: readonly unknown[][] = [
    context.accesses,
    context.calls,
    context.modifications,
    context.settings,
    context.effects,
    context.unknown,
    context.literals,
    context.flows,
    context.returned,
    context.passed,
    context.predicates,
  ];
  const lengths = lists.map(({ length }) => length);
  const kinds = [...context.kinds];
  const outside = [...context.outside];
  const { tagCounts, parameters } = context;
  context.parameters = new Map();
  try {
    return visit();
  } finally {
    for (const [at, list] of lists.entries()) list.length = lengths[at] ?? 0;
    context.kinds.clear();
    for (const kind of kinds) context.kinds.add(kind);
    context.outside.clear();
    for (const each of outside) context.outside.add(each);
    context.tagCounts = tagCounts;
    context.parameters = parameters;
  }
}
