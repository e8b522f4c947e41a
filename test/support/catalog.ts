// A catalog in memory for tests of analysis: relations by their columns, views by their definitions, functions by what
// matters of them. What PostgreSQL brings is answered generously: any function, operator or type of its own exists.

import type {
  Catalog,
  ColumnInfo,
  FunctionInfo,
  Name,
  OperatorInfo,
  RelationInfo,
  TypeInfo,
} from "#core/sql";

/** `name`, or `name type` with the name of a type of `types` or of PostgreSQL. */
export type Columns = readonly string[];

export type Relation = Columns | ({ readonly columns: Columns } & Partial<Omit<RelationInfo, "columns">>);

export interface Everything {
  readonly relations?: Readonly<Record<string, Relation>>;
  /** By `schema.name`; several of one name as a list. */
  readonly functions?: Readonly<Record<string, Partial<FunctionInfo> | readonly Partial<FunctionInfo>[]>>;
  /** By operator: the function behind it, `schema.name`. */
  readonly operators?: Readonly<Record<string, string>>;
  readonly types?: Readonly<Record<string, Partial<TypeInfo>>>;
  /** public */
  readonly searchPath?: readonly string[];
  /** Functions of PostgreSQL's own exist unless they are named here. */
  readonly noFunctions?: readonly string[];
}

/** Well-known types of pg_type.dat. */
const TYPE_OIDS: Readonly<Record<string, number>> = {
  bool: 16,
  bytea: 17,
  name: 19,
  int8: 20,
  int2: 21,
  int4: 23,
  regproc: 24,
  text: 25,
  oid: 26,
  json: 114,
  xml: 142,
  float4: 700,
  float8: 701,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  numeric: 1700,
  regclass: 2205,
  record: 2249,
  anyelement: 2283,
  uuid: 2950,
  jsonb: 3802,
  regtype: 2206,
};

/** Where PostgreSQL's own differ from an immutable function of any arguments that gives a text. */
const BUILT_IN: Readonly<Record<string, Partial<FunctionInfo>>> = {
  now: { volatility: "stable", leastArguments: 0, mostArguments: 0, returnTypeOid: 1184 },
  random: { volatility: "volatile", returnTypeOid: 701 },
  nextval: { volatility: "volatile", leastArguments: 1, mostArguments: 1, returnTypeOid: 20 },
  setval: { volatility: "volatile", returnTypeOid: 20 },
  set_config: { volatility: "volatile", leastArguments: 3, mostArguments: 3 },
  pg_sleep: { volatility: "volatile" },
  pg_read_file: { volatility: "volatile" },
  lo_import: { volatility: "volatile", returnTypeOid: 26 },
  dblink: { volatility: "volatile", returnTypeOid: 2249, returnsSet: true },
  count: { kind: "aggregate", returnTypeOid: 20 },
  sum: { kind: "aggregate", returnTypeOid: 20 },
  max: { kind: "aggregate", returnTypeOid: 2283 },
  min: { kind: "aggregate", returnTypeOid: 2283 },
  array_agg: { kind: "aggregate", returnTypeOid: 2277 },
  string_agg: { kind: "aggregate" },
  rank: { kind: "window", returnTypeOid: 20 },
  row_number: { kind: "window", returnTypeOid: 20 },
  generate_series: { returnsSet: true, returnTypeOid: 23 },
  unnest: { returnsSet: true, returnTypeOid: 2283 },
  json_array_elements: { returnsSet: true, returnTypeOid: 114, outputColumns: ["value"] },
  jsonb_array_elements: { returnsSet: true, returnTypeOid: 3802, outputColumns: ["value"] },
  jsonb_each: { returnsSet: true, returnTypeOid: 2249, outputColumns: ["key", "value"] },
  json_to_recordset: { returnsSet: true, returnTypeOid: 2249 },
  json_populate_record: { returnTypeOid: 2283 },
};

const FIRST_OID = 16_384;

/** `catalogOf({ "public.orders": ["id", "total numeric"] })`, or everything by its kind. */
export function catalogOf(
  relations: Readonly<Record<string, Relation>>,
  others: Omit<Everything, "relations"> = {},
): Catalog {
  let oid = FIRST_OID;
  const { searchPath = ["public"], noFunctions = [] } = others;

  const types: TypeInfo[] = Object.entries(TYPE_OIDS).map(([name, known]) =>
    typeOf("pg_catalog", name, known, {}),
  );
  for (const [name, given] of Object.entries(others.types ?? {}))
    types.push(typeOf(...split(name), given.oid ?? oid++, given));
  const typeOid = (name: string | undefined): number =>
    types.find((type) => type.name === (name ?? "text"))?.oid ?? TYPE_OIDS["text"] ?? 0;

  const known: RelationInfo[] = Object.entries(relations).map(([name, given]) => {
    const { columns, ...rest } = "columns" in given ? given : { columns: given };
    const [schema, relname] = split(name);
    const info = relationOf(
      schema,
      relname,
      oid++,
      columns.map((column, index) => columnOf(column, index, typeOid)),
      rest,
    );
    types.push(typeOf(schema, relname, oid++, { kind: "composite", relationOid: info.oid }));
    return info;
  });

  const functions: FunctionInfo[] = Object.entries(others.functions ?? {}).flatMap(([name, given]) => {
    const all: readonly Partial<FunctionInfo>[] = Array.isArray(given) ? given : [given];
    return all.map((each) => functionOf(...split(name), oid++, each));
  });
  const builtIn = new Map<string, FunctionInfo>();
  const ofPostgres = (name: string): FunctionInfo => {
    const made =
      builtIn.get(name) ?? functionOf("pg_catalog", name, 5000 + builtIn.size, BUILT_IN[name] ?? {});
    builtIn.set(name, made);
    return made;
  };

  const found = <T extends { readonly schema: string; readonly name: string }>(
    all: readonly T[],
    { schema, name }: Name,
  ): T | null => {
    const schemas = schema === null ? ["pg_temp", "pg_catalog", ...searchPath] : [schema];
    for (const each of schemas) {
      const one = all.find((thing) => thing.schema === each && thing.name === name);
      if (one !== undefined) return one;
    }
    return null;
  };

  return {
    relation: (name) => found(known, name),
    relationByOid: (wanted) => known.find((each) => each.oid === wanted) ?? null,
    functions: ({ schema, name }) => {
      const own = functions.filter(
        (each) =>
          each.name === name && (schema === null ? searchPath.includes(each.schema) : schema === each.schema),
      );
      const field = known.some(({ columns }) => columns.some((column) => column.name === name));
      const exists = (schema === null || schema === "pg_catalog") && !noFunctions.includes(name) && !field;
      const isType = types.some((type) => type.name === name);
      return own.length > 0 || !exists || (isType && BUILT_IN[name] === undefined) ? own : [ofPostgres(name)];
    },
    functionByOid: (wanted) =>
      [...functions, ...builtIn.values()].find((each) => each.oid === wanted) ?? null,
    operators: ({ schema, name }): readonly OperatorInfo[] => {
      const behind = schema === "pg_catalog" ? undefined : others.operators?.[name];
      if (behind === undefined) return [];
      const [functionSchema, functionName] = split(behind);
      const own = functions.find((each) => each.schema === functionSchema && each.name === functionName);
      return own === undefined ? [] : [{ oid: 1, schema: functionSchema, name, functionOid: own.oid }];
    },
    type: (name) => found(types, name),
    typeByOid: (wanted) => types.find((each) => each.oid === wanted) ?? null,
  };
}

function split(qualified: string): [string, string] {
  const dot = qualified.indexOf(".");
  return dot < 0 ? ["public", qualified] : [qualified.slice(0, dot), qualified.slice(dot + 1)];
}

function columnOf(spelled: string, index: number, typeOid: (name: string | undefined) => number): ColumnInfo {
  const [name = "", type] = spelled.split(" ");
  return { name, number: index + 1, typeOid: typeOid(type), generated: false };
}

function relationOf(
  schema: string,
  name: string,
  oid: number,
  columns: readonly ColumnInfo[],
  given: Partial<RelationInfo>,
): RelationInfo {
  return {
    oid,
    schema,
    name,
    kind: given.viewDefinition === undefined ? "table" : "view",
    columns,
    ancestors: [],
    descendants: [],
    uniqueKeys: columns[0]?.name === "id" ? [["id"]] : [],
    viewDefinition: null,
    rules: [],
    triggers: [],
    cascades: [],
    securityInvoker: false,
    rowSecurity: false,
    ownedBy: null,
    ...given,
  };
}

function typeOf(schema: string, name: string, oid: number, given: Partial<TypeInfo>): TypeInfo {
  return { oid, schema, name, kind: "base", relationOid: null, functionOids: [], ...given };
}

/** Immutable, any number of arguments, gives a text. */
export function functionOf(
  schema: string,
  name: string,
  oid: number,
  given: Partial<FunctionInfo>,
): FunctionInfo {
  return {
    oid,
    schema,
    name,
    arguments: "",
    kind: "function",
    volatility: "immutable",
    securityDefiner: false,
    language: schema === "pg_catalog" ? "internal" : "sql",
    leastArguments: 0,
    mostArguments: null,
    hasSettings: false,
    returnsSet: false,
    returnTypeOid: 25,
    outputColumns: [],
    definition: null,
    supportOids: [],
    extension: null,
    ...given,
  };
}
