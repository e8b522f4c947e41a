// What is good for one decision, and has been used: links, and messages that were signed. In the SQLite of the target's object, so
// that using it and voting are one turn. Kept until it would not be taken anyway.

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS used_once (key TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID;
`;

export class OnceStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  isUsed(key: string): boolean {
    return this.#sql.exec("SELECT 1 FROM used_once WHERE key = ?", key).toArray().length > 0;
  }

  use(key: string, until: number, now: number): void {
    this.#sql.exec("DELETE FROM used_once WHERE until < ?", now);
    this.#sql.exec("INSERT OR IGNORE INTO used_once VALUES (?, ?)", key, until);
  }
}
