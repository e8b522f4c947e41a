// A relation as the inquiry gives it -> RelationInfo. Pure; throws Malformed.

import type {
  CascadeInfo,
  ColumnInfo,
  RelationInfo,
  RelationKind,
  RelationRef,
  RuleInfo,
  TriggerInfo,
} from "../catalog.ts";
import { Malformed, code, flag, object, rows, text, textOrNull, tuple, whole } from "./reader.ts";

/** pg_class.relkind */
const KINDS: Readonly<Record<string, RelationKind>> = {
  r: "table",
  p: "partitioned_table",
  v: "view",
  m: "materialized_view",
  f: "foreign_table",
  S: "sequence",
  i: "index",
  I: "index",
  t: "toast",
  c: "composite_type",
};

/** pg_rewrite.ev_type */
const EVENTS: Readonly<Record<string, RuleInfo["event"]>> = {
  1: "select",
  2: "update",
  3: "insert",
  4: "delete",
};

/** pg_constraint.confdeltype, confupdtype: no action, restrict, cascade, set null, set default. */
const ON_DELETE: Readonly<Record<string, CascadeInfo["onDelete"]>> = {
  a: "none",
  r: "none",
  c: "delete",
  n: "update",
  d: "update",
};
const ON_UPDATE: Readonly<Record<string, CascadeInfo["onUpdate"]>> = {
  a: "none",
  r: "none",
  c: "update",
  n: "update",
  d: "update",
};

/** pg_trigger.tgtype (catalog/pg_trigger.h). */
const TRIGGER_BITS = [
  ["insert", 4],
  ["delete", 8],
  ["update", 16],
  ["truncate", 32],
] as const;

export function relation(value: unknown): RelationInfo {
  const found = object(value);
  const kind = code(KINDS, found["kind"]);
  const definition = textOrNull(found["definition"]);
  const system = flag(found["system"]);
  // pg_get_viewdef gives an empty text or null when it did not find the rule: no view is as harmless as that.
  if ((kind === "view" || kind === "materialized_view") && !system && !definition)
    throw new Malformed("a definition");
  return {
    oid: whole(found["oid"]),
    schema: text(found["schema"]),
    name: text(found["name"]),
    kind,
    columns: rows(found["columns"]).map(column),
    ancestors: rows(found["ancestors"]).map(ref),
    descendants: rows(found["descendants"]).map(ref),
    uniqueKeys: rows(found["uniqueKeys"]).map((key) => rows(key).map(text)),
    compared: rows(found["compared"]).map(text),
    checked: rows(found["checked"]).map((columns) => rows(columns).map(text)),
    constraints: rows(found["constraints"]).map(text),
    viewDefinition: kind === "view" ? definition : null,
    storedDefinition: kind === "materialized_view" ? definition : null,
    rules: rows(found["rules"]).map(rule),
    triggers: rows(found["triggers"]).map(trigger),
    triggersBelow: rows(found["triggersBelow"]).map(trigger),
    cascades: rows(found["cascades"]).map(cascade),
    cascadesBelow: rows(found["cascadesBelow"]).map(cascade),
    expressionFunctionOids: rows(found["expressionFunctionOids"]).map(whole),
    securityInvoker: flag(found["securityInvoker"]),
    rowSecurity: flag(found["rowSecurity"]),
    ownedBy: found["ownedBy"] === null ? null : ref(found["ownedBy"]),
  };
}

function ref(value: unknown): RelationRef {
  const [oid, schema, name, kind] = tuple(value, 4);
  return { oid: whole(oid), schema: text(schema), name: text(name), kind: code(KINDS, kind) };
}

function column(value: unknown): ColumnInfo {
  const [name, number, typeOid, from] = tuple(value, 4);
  const generated = from !== null;
  return {
    name: text(name),
    number: whole(number),
    typeOid: whole(typeOid),
    generated,
    ...(generated ? { generatedFrom: rows(from).map(text) } : {}),
  };
}

function rule(value: unknown): RuleInfo {
  const [name, event, instead, definition] = tuple(value, 4);
  if (definition === "") throw new Malformed("a definition");
  return {
    name: text(name),
    event: code(EVENTS, event),
    instead: flag(instead),
    definition: text(definition),
  };
}

function trigger(value: unknown): TriggerInfo {
  const [name, functionOid, type, enabled] = tuple(value, 4);
  const bits = whole(type);
  const events = TRIGGER_BITS.filter(([, bit]) => (bits & bit) !== 0).map(([event]) => event);
  if (events.length === 0) throw new Malformed("a trigger's event");
  return { name: text(name), functionOid: whole(functionOid), events, enabled: flag(enabled) };
}

function cascade(value: unknown): CascadeInfo {
  const [relation, constraint, columns, onDelete, onUpdate] = tuple(value, 5);
  return {
    relation: ref(relation),
    constraint: text(constraint),
    columns: rows(columns).map(text),
    onDelete: code(ON_DELETE, onDelete),
    onUpdate: code(ON_UPDATE, onUpdate),
  };
}
