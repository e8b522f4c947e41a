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
