// Every command of PostgreSQL as a kind, and the classes that kinds fall into. Policy names both.

/** To be completed: one kind for each command. */
export const KIND_CLASSES = {
  select: "read",
  insert: "write",
  update: "write",
  delete: "write",
  merge: "write",
} as const satisfies Record<string, KindClass>;

export type StatementKind = keyof typeof KIND_CLASSES;

/**
 * - `read`, `write`: SELECT, VALUES, TABLE, SHOW, EXPLAIN, COPY TO …; INSERT, UPDATE, DELETE, MERGE, TRUNCATE, COPY FROM;
 * - `ddl`: CREATE, ALTER, DROP, COMMENT, SECURITY LABEL, REINDEX, REFRESH …; `privileges`: GRANT, REVOKE, roles, default privileges, OWNER;
 * - `transaction`: BEGIN … PREPARE TRANSACTION; `session`: SET, RESET, DISCARD, PREPARE, DEALLOCATE, DECLARE, CLOSE, LISTEN …;
 * - `code`: DO, CALL; `maintenance`: VACUUM, ANALYZE, CLUSTER, CHECKPOINT, LOAD …
 */
export type KindClass =
  | "read"
  | "write"
  | "ddl"
  | "privileges"
  | "transaction"
  | "session"
  | "code"
  | "maintenance";
