// The kinds of commands that come in one form for each type of object: CREATE, ALTER, DROP.

import type { ObjectType } from "@pgsql/types";
import { KIND_CLASSES, type StatementKind } from "../../facts/kinds.ts";

/** The word that a kind has for a type of object. Types that no such command names stand under what they are part of. */
const WORDS = {
  OBJECT_ACCESS_METHOD: "access_method",
  OBJECT_AGGREGATE: "aggregate",
  OBJECT_AMOP: "operator_family",
  OBJECT_AMPROC: "operator_family",
  OBJECT_ATTRIBUTE: "type",
  OBJECT_CAST: "cast",
  OBJECT_COLUMN: "table",
  OBJECT_COLLATION: "collation",
  OBJECT_CONVERSION: "conversion",
  OBJECT_DATABASE: "database",
  OBJECT_DEFAULT: "table",
  OBJECT_DEFACL: "default_privileges",
  OBJECT_DOMAIN: "domain",
  OBJECT_DOMCONSTRAINT: "domain",
  OBJECT_EVENT_TRIGGER: "event_trigger",
  OBJECT_EXTENSION: "extension",
  OBJECT_FDW: "foreign_data_wrapper",
  OBJECT_FOREIGN_SERVER: "server",
  OBJECT_FOREIGN_TABLE: "foreign_table",
  OBJECT_FUNCTION: "function",
  OBJECT_INDEX: "index",
  OBJECT_LANGUAGE: "language",
  OBJECT_LARGEOBJECT: "large_object",
  OBJECT_MATVIEW: "materialized_view",
  OBJECT_OPCLASS: "operator_class",
  OBJECT_OPERATOR: "operator",
  OBJECT_OPFAMILY: "operator_family",
  OBJECT_PARAMETER_ACL: "system",
  OBJECT_POLICY: "policy",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_PUBLICATION: "publication",
  OBJECT_PUBLICATION_NAMESPACE: "publication",
  OBJECT_PUBLICATION_REL: "publication",
  OBJECT_ROLE: "role",
  OBJECT_ROUTINE: "routine",
  OBJECT_RULE: "rule",
  OBJECT_SCHEMA: "schema",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_SUBSCRIPTION: "subscription",
  OBJECT_STATISTIC_EXT: "statistics",
  OBJECT_TABCONSTRAINT: "table",
  OBJECT_TABLE: "table",
  OBJECT_TABLESPACE: "tablespace",
  OBJECT_TRANSFORM: "transform",
  OBJECT_TRIGGER: "trigger",
  OBJECT_TSCONFIGURATION: "text_search_configuration",
  OBJECT_TSDICTIONARY: "text_search_dictionary",
  OBJECT_TSPARSER: "text_search_parser",
  OBJECT_TSTEMPLATE: "text_search_template",
  OBJECT_TYPE: "type",
  OBJECT_USER_MAPPING: "user_mapping",
  OBJECT_VIEW: "view",
} as const satisfies Record<ObjectType, string>;

/** `unknown` where PostgreSQL has no such command, or a later one has a type that this table does not. */
export function objectKind(verb: "create" | "alter" | "drop", type: ObjectType | undefined): StatementKind {
  const kind = `${verb}_${type === undefined ? "" : WORDS[type]}`;
  return Object.hasOwn(KIND_CLASSES, kind) ? (kind as StatementKind) : "unknown";
}
