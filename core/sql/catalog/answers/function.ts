// Functions, operators and types as the inquiry gives them -> their values. Pure; throws Malformed.

import type { FunctionInfo, OperatorInfo, TypeInfo } from "../catalog.ts";
import { Malformed, code, flag, object, oidOrNull, rows, text, textOrNull, whole } from "./reader.ts";

/** pg_proc.prokind, provolatile; pg_type.typtype */
const KINDS: Readonly<Record<string, FunctionInfo["kind"]>> = {
  f: "function",
  p: "procedure",
  a: "aggregate",
  w: "window",
};
const VOLATILITIES: Readonly<Record<string, FunctionInfo["volatility"]>> = {
  i: "immutable",
  s: "stable",
  v: "volatile",
};
const TYPE_KINDS: Readonly<Record<string, TypeInfo["kind"]>> = {
  b: "base",
  c: "composite",
  d: "domain",
  e: "enum",
  p: "pseudo",
  r: "range",
  m: "multirange",
};

export function functionInfo(value: unknown): FunctionInfo {
  const found = object(value);
  const count = whole(found["count"]);
  const leastArguments = count - whole(found["defaults"]);
  if (leastArguments < 0) throw new Malformed("defaults of arguments");
  return {
    oid: whole(found["oid"]),
    schema: text(found["schema"]),
    name: text(found["name"]),
    arguments: text(found["arguments"]),
    kind: code(KINDS, found["kind"]),
    volatility: code(VOLATILITIES, found["volatility"]),
    securityDefiner: flag(found["securityDefiner"]),
    language: text(found["language"]),
    leastArguments,
    mostArguments: flag(found["variadic"]) ? null : count,
    hasSettings: flag(found["hasSettings"]),
    returnsSet: flag(found["returnsSet"]),
    returnTypeOid: whole(found["returnTypeOid"]),
    outputColumns: outputColumns(found["names"], found["modes"]),
    definition: textOrNull(found["definition"]),
    supportOids: rows(found["supportOids"]).map(whole),
    extension: textOrNull(found["extension"]),
  };
}

/**
 * Named as build_function_result_tupdesc_d does: `column2` where there is no name. A single OUT argument without a name
 * makes no row type: FROM names its column after the function, so none is given here.
 */
function outputColumns(names: unknown, modes: unknown): readonly string[] {
  if (modes === null) return [];
  const named = rows(names).map(text);
  const places = rows(modes)
    .map((mode, place) => ({ mode: text(mode), name: named[place] ?? "" }))
    .filter(({ mode }) => mode === "o" || mode === "b" || mode === "t");
  if (places.length === 1 && places[0]?.name === "") return [];
  return places.map(({ name }, place) => (name === "" ? `column${place + 1}` : name));
}

export function operator(value: unknown): OperatorInfo {
  const found = object(value);
  return {
    oid: whole(found["oid"]),
    schema: text(found["schema"]),
    name: text(found["name"]),
    functionOid: whole(found["functionOid"]),
  };
}

export function type(value: unknown): TypeInfo {
  const found = object(value);
  return {
    oid: whole(found["oid"]),
    schema: text(found["schema"]),
    name: text(found["name"]),
    kind: code(TYPE_KINDS, found["kind"]),
    relationOid: oidOrNull(found["relationOid"]),
    functionOids: rows(found["functionOids"]).map(whole),
    elementOid: oidOrNull(found["elementOid"]),
    baseTypeOid: oidOrNull(found["baseTypeOid"]),
  };
}
