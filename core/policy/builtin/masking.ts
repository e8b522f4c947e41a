// What a principal for whom something is masked may not do, whatever else the document allows: commands that leave code or
// ways behind which show what nobody decided on, and catalogs and functions of PostgreSQL's own that show values of tables.

import type { StatementKind } from "#core/sql";

/**
 * Commands on a relation with masked columns that leave its names and its rows as they are. An index is judged by its
 * columns; a materialized view is filled with what its definition gives, which is followed when it is read.
 */
export const HARMLESS_DEFINITIONS: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "drop_table",
  "drop_view",
  "drop_materialized_view",
  "drop_foreign_table",
  "drop_index",
  "comment",
  "grant",
  "revoke",
  "analyze",
  "vacuum",
  "reindex",
  "create_index",
  "refresh_materialized_view",
]);

/**
 * What they make runs later, as part of something else or as somebody else, or reads and sends rows where no statement is
 * decided on. ALTER DOMAIN tries its new checks on the values of every table.
 */
export const CODE_DEFINITIONS: ReadonlySet<StatementKind> = new Set<StatementKind>([
  "create_function",
  "alter_function",
  "create_procedure",
  "alter_procedure",
  "alter_routine",
  "create_aggregate",
  "create_operator",
  "alter_operator",
  "create_operator_class",
  "create_operator_family",
  "alter_operator_family",
  "create_cast",
  "create_transform",
  "create_language",
  "create_access_method",
  "create_trigger",
  "alter_trigger",
  "create_event_trigger",
  "alter_event_trigger",
  "create_rule",
  "alter_rule",
  "create_policy",
  "alter_policy",
  "alter_domain",
  "create_extension",
  "alter_extension",
  "load",
  "alter_system",
  // Rows of every table go to another server, or come from one that may be this.
  "create_publication",
  "alter_publication",
  "create_subscription",
  "alter_subscription",
  "create_foreign_data_wrapper",
  "alter_foreign_data_wrapper",
  "create_server",
  "alter_server",
  "create_user_mapping",
  "alter_user_mapping",
  "create_foreign_table",
  "alter_foreign_table",
  "import_foreign_schema",
]);

/** They show values of tables, or statements of others with the values in them. pg_toast is a schema of such. */
export const SHOWING_CATALOGS: ReadonlySet<string> = new Set([
  "pg_catalog.pg_statistic",
  "pg_catalog.pg_statistic_ext_data",
  "pg_catalog.pg_stats",
  "pg_catalog.pg_stats_ext",
  "pg_catalog.pg_stats_ext_exprs",
  "pg_catalog.pg_largeobject",
  "pg_catalog.pg_stat_activity",
]);

/** What a column that was added later shows in older rows. */
export const SHOWING_COLUMNS: ReadonlyMap<string, string> = new Map([
  ["pg_catalog.pg_attribute", "attmissingval"],
]);

/** Views of extensions, in whatever schema. */
export const SHOWING_NAMES: ReadonlySet<string> = new Set(["pg_stat_statements", "pg_stat_monitor"]);

/** Volatile, and yet they do nothing with their arguments but compute. */
export const COMPUTING_VOLATILE: ReadonlySet<string> = new Set(["array_sample", "array_shuffle"]);
