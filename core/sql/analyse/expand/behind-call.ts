// What a function shows and writes beside its arguments: what its body reads, where that could be read; else anything.

import type { FunctionInfo } from "../../catalog/catalog.ts";
import type { ColumnPlace } from "../../facts/facts.ts";
import type { AnalysisContext, Behind } from "../context.ts";
import { PLAIN_EXTENSIONS } from "../plain-extensions.ts";
import { readPlaces, writtenPlaces } from "./body-flows.ts";
import { expansionOf, type Result } from "./inside.ts";

/** PostgreSQL's own that read what their arguments name, run text, or show the texts of statements. */
const READING_BUILT_INS: ReadonlySet<string> = new Set(
  [
    "query_to_xml query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema",
    "table_to_xml table_to_xmlschema table_to_xml_and_xmlschema",
    "schema_to_xml schema_to_xmlschema schema_to_xml_and_xmlschema",
    "database_to_xml database_to_xmlschema database_to_xml_and_xmlschema",
    "ts_stat ts_rewrite lo_get loread",
    "pg_read_file pg_read_binary_file pg_read_file_old",
    "pg_logical_slot_get_changes pg_logical_slot_peek_changes",
    "pg_logical_slot_get_binary_changes pg_logical_slot_peek_binary_changes",
    "pg_stat_get_activity pg_stat_get_backend_activity",
    // The session's own statements, with the literals that its record does not keep.
    "current_query pg_prepared_statement pg_cursor",
  ].flatMap((line) => line.split(" ")),
);

/** Volatile functions in C that make something up. */
const INVENTING: ReadonlySet<string> = new Set(
  [
    "gen_random_bytes gen_random_uuid gen_salt",
    "uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4",
  ].flatMap((line) => line.split(" ")),
);
const INVENTORS: ReadonlySet<string> = new Set(["pgcrypto", "uuid-ossp"]);

/** One of the columns of what a function gives. */
export interface ResultColumn {
  readonly index: number;
  /** Of how many. */
  readonly count: number;
}

/** Known when the walk of the statement is over. Of a body in SQL its last statement's columns show, of others all it reads. */
export function behindCall(
  context: AnalysisContext,
  called: FunctionInfo,
  column: ResultColumn | null = null,
): Behind {
  const { bodies, results } = expansionOf(context);
  const opaque = isOpaque(context, called);
  const result = results.get(called.oid);
  return result === undefined || opaque
    ? { places: readPlaces(bodies.get(called.oid) ?? []), verbatim: false, opaque }
    : behindResult(result, column);
}

/** What decides on which rows it gives shows in them. */
function behindResult({ columns, deciding }: Result, column: ResultColumn | null): Behind {
  const one = column === null || column.count !== columns.length ? undefined : columns[column.index];
  const shown = one === undefined ? columns : [one];
  const places = shown.flatMap(({ sources }) => sources);
  let opaque = shown.some((each) => each.opaque === true);
  for (const { use: _use, place: _place, via: _via, relation, ...rest } of deciding)
    if (relation === null) opaque = true;
    else places.push({ relation, ...rest });
  return { places, verbatim: false, opaque };
}

/** Columns that its body writes. */
export function writtenBy(
  context: AnalysisContext,
  { oid }: FunctionInfo,
): readonly Pick<ColumnPlace, "relation" | "column">[] {
  return writtenPlaces(expansionOf(context).bodies.get(oid) ?? []);
}

/** Only a superuser makes functions in C, and those that are immutable look at nothing but their arguments. */
function isOpaque(context: AnalysisContext, called: FunctionInfo): boolean {
  const { schema, name, language, volatility, extension, oid, kind, supportOids } = called;
  if (schema === "pg_catalog") return READING_BUILT_INS.has(name);
  if (kind === "aggregate") return supportOids.some((support) => isOpaqueByOid(context, support));
  if (language === "c" || language === "internal") {
    if (volatility === "immutable") return false;
    if (volatility === "stable" && extension !== null && PLAIN_EXTENSIONS.has(extension)) return false;
    return !(extension !== null && INVENTORS.has(extension) && INVENTING.has(name));
  }
  const { examined, namesMove } = expansionOf(context);
  return namesMove || examined.get(oid) !== true;
}

function isOpaqueByOid(context: AnalysisContext, oid: number): boolean {
  const found = context.functionByOid(oid);
  return found === undefined || found === null || isOpaque(context, found);
}
