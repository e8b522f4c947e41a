// What clients may SET without being asked, what has to keep its value for the gateway to read statements as PostgreSQL does,
// and what would leave the policy. Names in lower case. Everything else needs `settings.set` in the document.

/**
 * Set by drivers, ORMs, psql, pg_dump and pools, at each connection or before their work; they change how values are
 * written, how a statement is planned, or what the session waits for. None changes what a statement does.
 */
export const COMMON_SETTINGS: ReadonlySet<string> = new Set([
  // Only ever restricts; pg_dump and postgres_fdw set it.
  "restrict_nonsystem_relation_kind",
  // How values are written and read.
  "datestyle",
  "intervalstyle",
  "timezone",
  "extra_float_digits",
  "bytea_output",
  "xmlbinary",
  "xmloption",
  "array_nulls",
  "default_text_search_config",
  "lc_messages",
  "lc_monetary",
  "lc_numeric",
  "lc_time",
  "quote_all_identifiers",
  "escape_string_warning",
  "timezone_abbreviations",
  "icu_validation_level",
  // Who and what shows in logs.
  "application_name",
  // For the gateway alone: what the work is for.
  "sluice.reason",
  "client_min_messages",
  "client_connection_check_interval",
  // Times: what a limit of the document bounds, it bounds here too.
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "idle_session_timeout",
  "transaction_timeout",
  "deadlock_timeout",
  "tcp_keepalives_idle",
  "tcp_keepalives_interval",
  "tcp_keepalives_count",
  "tcp_user_timeout",
  // Names: resolved by the session's own PostgreSQL after the change.
  "search_path",
  "default_tablespace",
  "temp_tablespaces",
  "default_table_access_method",
  "default_toast_compression",
  "check_function_bodies",
  // off: queries that row security would filter fail instead; pg_dump sets it.
  "row_security",
  // Transactions.
  "transaction_isolation",
  "default_transaction_isolation",
  "transaction_deferrable",
  "default_transaction_deferrable",
  "synchronous_commit",
  "cursor_tuple_fraction",
  "constraint_exclusion",
  "synchronize_seqscans",
  // The planner.
  "plan_cache_mode",
  "jit",
  "geqo",
  "geqo_threshold",
  "geqo_effort",
  "random_page_cost",
  "seq_page_cost",
  "cpu_tuple_cost",
  "cpu_index_tuple_cost",
  "cpu_operator_cost",
  "effective_cache_size",
  "from_collapse_limit",
  "join_collapse_limit",
  "default_statistics_target",
  "recursive_worktable_factor",
  "enable_async_append",
  "enable_bitmapscan",
  "enable_distinct_reordering",
  "enable_gathermerge",
  "enable_group_by_reordering",
  "enable_hashagg",
  "enable_hashjoin",
  "enable_incremental_sort",
  "enable_indexonlyscan",
  "enable_indexscan",
  "enable_material",
  "enable_memoize",
  "enable_mergejoin",
  "enable_nestloop",
  "enable_parallel_append",
  "enable_parallel_hash",
  "enable_partition_pruning",
  "enable_partitionwise_aggregate",
  "enable_partitionwise_join",
  "enable_presorted_aggregate",
  "enable_self_join_elimination",
  "enable_seqscan",
  "enable_sort",
  "enable_tidscan",
]);

/**
 * The values that the gateway reads text by, or that it holds a session to. With safeguards on, no rule gives another. The
 * grammar reads UTF-8 and backslashes as themselves.
 */
export const FIXED_SETTINGS: ReadonlyMap<string, (value: string) => boolean> = new Map([
  // PostgreSQL compares names of encodings by their letters and digits alone (common/encnames.c, clean_encoding_name).
  [
    "client_encoding",
    (value: string) => ["utf8", "unicode"].includes(value.toLowerCase().replaceAll(/[^a-z0-9]/g, "")),
  ],
  ["standard_conforming_strings", isOn],
]);

/** Never, while safeguards are on and the document does not name them: identity, code, and what triggers and comparisons do. */
export const DANGEROUS_SETTINGS: ReadonlySet<string> = new Set([
  "role",
  "session_authorization",
  "is_superuser",
  "session_replication_role",
  "transform_null_equals",
  "backslash_quote",
  "session_preload_libraries",
  "local_preload_libraries",
  "shared_preload_libraries",
  "dynamic_library_path",
  "jit_provider",
  "createrole_self_grant",
  "allow_system_table_mods",
  "allow_in_place_tablespaces",
  "ignore_system_indexes",
  "zero_damaged_pages",
  "ignore_checksum_failure",
  "lo_compat_privileges",
  "log_statement",
  "log_min_messages",
  "log_min_duration_statement",
  "event_triggers",
  "gin_fuzzy_search_limit",
]);

export const READ_ONLY_SETTINGS: ReadonlySet<string> = new Set([
  "transaction_read_only",
  "default_transaction_read_only",
]);

/** guc.c, parse_bool: any unambiguous beginning. */
export function isOn(value: string): boolean {
  const word = value.trim().toLowerCase();
  return (
    word === "1" || word === "on" || (word !== "" && ("true".startsWith(word) || "yes".startsWith(word)))
  );
}

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ["us", 0.001],
  ["ms", 1],
  ["s", 1_000],
  ["min", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** A time setting's value in milliseconds, as guc.c's parse_int takes it; null where it is none that we are sure of. */
export function settingMs(value: string): number | null {
  const found = /^\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$/.exec(value);
  if (found === null) return null;
  return Math.round(Number(found[1]) * (UNITS_MS.get(found[2] ?? "ms") ?? 1));
}
