// Which of PostgreSQL's own functions have effects or reach past the statement. Immutable and stable ones are harmless but
// for REACHING; volatile ones have effects but for HARMLESS_VOLATILE. test/unit/policy/builtin-functions.test.ts holds these
// lists against pg_proc of a real PostgreSQL 18.

/** Volatile in name alone: random values, the session's own state, clocks, sizes, triggers without effects elsewhere. */
export const HARMLESS_VOLATILE: ReadonlySet<string> = new Set(["random", "clock_timestamp"]);

/** Volatile and writing: harmless where something may be written. */
export const WRITING_VOLATILE: ReadonlySet<string> = new Set(["nextval"]);

/** Stable or immutable, and yet they read relations or run statements that are given to them as text. */
export const REACHING: ReadonlySet<string> = new Set(["query_to_xml"]);

/** Extensions whose stable C functions compute, and neither read relations nor run statements. */
export const PLAIN_EXTENSIONS: ReadonlySet<string> = new Set([
  "btree_gin",
  "btree_gist",
  "citext",
  "cube",
  "fuzzystrmatch",
  "hstore",
  "intarray",
  "isn",
  "ltree",
  "pg_trgm",
  "pgcrypto",
  "seg",
  "unaccent",
  "uuid-ossp",
  "vector",
]);

export const PLAIN_VOLATILE_EXTENSION_FUNCTIONS: ReadonlySet<string> = new Set([
  // uuid-ossp
  "uuid_generate_v1",
  "uuid_generate_v1mc",
  "uuid_generate_v4",
  // pgcrypto
  "gen_random_bytes",
  "gen_random_uuid",
  "gen_salt",
  "pgp_pub_encrypt",
  "pgp_pub_encrypt_bytea",
  "pgp_sym_encrypt",
  "pgp_sym_encrypt_bytea",
]);
