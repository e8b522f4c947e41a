// Which of PostgreSQL's own relations show more than structure. The rest of pg_catalog and information_schema is what clients
// introspect. Sources: PostgreSQL 18, catalog/system_views.sql and the REVOKEs in it; chapters 52 to 54 of the manual.

/** Schemas that wildcards never reach: named in full, or not at all. */
export const SYSTEM_SCHEMAS: ReadonlySet<string> = new Set(["pg_catalog", "information_schema", "pg_toast"]);

/** Read for introspection; pg_toast is not: it holds the long values of tables. */
export const CATALOG_SCHEMAS: ReadonlySet<string> = new Set(["pg_catalog", "information_schema"]);

/** Hold passwords, values of tables, or what other sessions do. */
export const SENSITIVE_CATALOGS: ReadonlySet<string> = new Set([
  // Password hashes.
  "pg_catalog.pg_authid",
  "pg_catalog.pg_shadow",
  // Samples of the values of every column.
  "pg_catalog.pg_statistic",
  "pg_catalog.pg_statistic_ext_data",
  "pg_catalog.pg_stats",
  "pg_catalog.pg_stats_ext",
  "pg_catalog.pg_stats_ext_exprs",
  // Contents of large objects.
  "pg_catalog.pg_largeobject",
  // Credentials of other servers.
  "pg_catalog.pg_user_mapping",
  "pg_catalog.pg_user_mappings",
  "information_schema._pg_user_mappings",
  "information_schema.user_mapping_options",
  "pg_catalog.pg_stat_wal_receiver",
  // Statements and addresses of other sessions.
  "pg_catalog.pg_stat_activity",
  "pg_catalog.pg_stat_replication",
  "pg_catalog.pg_stat_ssl",
  "pg_catalog.pg_stat_gssapi",
  // The server's files.
  "pg_catalog.pg_hba_file_rules",
  "pg_catalog.pg_ident_file_mappings",
  "pg_catalog.pg_file_settings",
  // The server's memory and build; PostgreSQL keeps these from the public itself.
  "pg_catalog.pg_aios",
  "pg_catalog.pg_backend_memory_contexts",
  "pg_catalog.pg_config",
  "pg_catalog.pg_replication_origin_status",
  "pg_catalog.pg_shmem_allocations",
  "pg_catalog.pg_shmem_allocations_numa",
]);

/** Columns of catalogs that are readable otherwise. Connection strings of subscriptions carry passwords. */
export const SENSITIVE_COLUMNS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["pg_catalog.pg_subscription", new Set(["subconninfo"])],
]);

/** Views of extensions that show other sessions' statements, in whatever schema the extension was put. */
export const SENSITIVE_NAMES: ReadonlySet<string> = new Set([
  "pg_stat_statements",
  "pg_buffercache",
  "pg_stat_monitor",
]);
