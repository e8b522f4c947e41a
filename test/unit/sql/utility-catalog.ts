// A catalog for the tests of utility statements: a few relations and functions, and nothing else exists.

import type { Catalog, FunctionInfo, Name, RelationInfo, SessionNames } from "#core/sql";

export const noNames: SessionNames = { prepared: () => null, cursor: () => null };

export const emptyCatalog: Catalog = {
  relation: () => null,
  relationByOid: () => null,
  functions: () => [],
  functionByOid: () => null,
  operators: () => [],
  type: () => null,
  typeByOid: () => null,
};

export function table(
  oid: number,
  name: string,
  columns: readonly string[],
  more: Partial<RelationInfo> = {},
): RelationInfo {
  return {
    oid,
    schema: "public",
    name,
    kind: "table",
    columns: columns.map((column, index) => ({
      name: column,
      number: index + 1,
      typeOid: 23,
      generated: column.startsWith("generated"),
    })),
    ancestors: [],
    descendants: [],
    uniqueKeys: [],
    viewDefinition: null,
    rules: [],
    triggers: [],
    cascades: [],
    securityInvoker: false,
    rowSecurity: false,
    ownedBy: null,
    ...more,
  };
}

export function callable(oid: number, name: string, more: Partial<FunctionInfo> = {}): FunctionInfo {
  return {
    oid,
    schema: "public",
    name,
    arguments: "",
    kind: "function",
    volatility: "volatile",
    securityDefiner: false,
    language: "c",
    leastArguments: 0,
    mostArguments: null,
    hasSettings: false,
    returnsSet: false,
    returnTypeOid: 23,
    outputColumns: [],
    definition: null,
    supportOids: [],
    extension: null,
    ...more,
  };
}

export function catalogOf(relations: readonly RelationInfo[], functions: readonly FunctionInfo[]): Catalog {
  const fits = (name: Name, thing: { readonly schema: string; readonly name: string }): boolean =>
    name.name === thing.name && (name.schema === null || name.schema === thing.schema);
  return {
    ...emptyCatalog,
    relation: (name) => relations.find((relation) => fits(name, relation)) ?? null,
    relationByOid: (oid) => relations.find((relation) => relation.oid === oid) ?? null,
    functions: (name) => functions.filter((each) => fits(name, each)),
    functionByOid: (oid) => functions.find((each) => each.oid === oid) ?? null,
    type: () => ({
      oid: 23,
      schema: "pg_catalog",
      name: "int4",
      kind: "base",
      relationOid: null,
      functionOids: [],
    }),
    typeByOid: () => null,
  };
}
