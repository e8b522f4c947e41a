// What became of giving checkpoints to the outside: in the log's own SQLite, written with each attempt.

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS publishing (
    id INTEGER PRIMARY KEY CHECK (id = 1), published_at INTEGER, failing_since INTEGER, problem TEXT
  );
  INSERT OR IGNORE INTO publishing VALUES (1, NULL, NULL, NULL);
`;

export interface Publishing {
  /** When a checkpoint was given to every place last; null: never. */
  readonly publishedAt: number | null;
  /** Attempts have failed since then; null where the last did not. */
  readonly failingSince: number | null;
  readonly problem: string | null;
}

export class PublishingStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  succeeded(now: number): void {
    this.#sql.exec("UPDATE publishing SET published_at = ?, failing_since = NULL, problem = NULL", now);
  }

  failed(problem: string, now: number): void {
    this.#sql.exec(
      "UPDATE publishing SET failing_since = coalesce(failing_since, ?), problem = ?",
      now,
      problem,
    );
  }

  state(): Publishing {
    const { published_at, failing_since, problem } = this.#sql
      .exec<{ published_at: number | null; failing_since: number | null; problem: string | null }>(
        "SELECT published_at, failing_since, problem FROM publishing",
      )
      .one();
    return { publishedAt: published_at, failingSince: failing_since, problem };
  }
}
