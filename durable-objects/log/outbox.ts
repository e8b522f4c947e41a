// What has changed in an object and is not in the log yet, in that object's own SQLite: put in with the change, in one turn, and
// carried to the log one after the other until the log has it. So a crash in between loses nothing; and since the log takes a
// leaf once, by its key, what is carried twice is there once.

import { canonicalJson, type ChangeLeaf, leafKey, leafSubject } from "#core/record";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS log_outbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, key TEXT NOT NULL UNIQUE, leaf TEXT NOT NULL
  );
`;

/** The log did not answer: it is asked again so much later. */
const AGAIN_MS = 10_000;

/** Gives the leaf to the log. */
export type Append = (leaf: ChangeLeaf) => Promise<unknown>;

export class LogOutbox {
  readonly #sql: SqlStorage;
  readonly #append: Append;
  #sending: Promise<void> | null = null;

  constructor(sql: SqlStorage, append: Append) {
    this.#sql = sql;
    this.#append = append;
    sql.exec(SCHEMA);
  }

  /** This changed. In the turn of the change; {@link send} is for later. */
  put(leaf: ChangeLeaf): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO log_outbox (subject, key, leaf) VALUES (?, ?, ?)",
      leafSubject(leaf),
      `${leaf.type} ${leafKey(leaf)}`,
      canonicalJson(leaf),
    );
  }

  /** Never rejects: what the log has not taken stays, and with it what is behind it. */
  async send(): Promise<void> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  /** When to try again; null where nothing waits. */
  nextDue(now: number): number | null {
    return this.#first() === null ? null : now + AGAIN_MS;
  }

  /** Of one subject, in order. */
  waiting(subject: string): readonly ChangeLeaf[] {
    return this.#sql
      .exec<{ leaf: string }>("SELECT leaf FROM log_outbox WHERE subject = ? ORDER BY n", subject)
      .toArray()
      .map(({ leaf }) => JSON.parse(leaf) as ChangeLeaf);
  }

  async #send(): Promise<void> {
    for (let first = this.#first(); first !== null; first = this.#first()) {
      try {
        await this.#append(JSON.parse(first.leaf) as ChangeLeaf);
      } catch {
        // The alarm tries again.
        return;
      }
      this.#sql.exec("DELETE FROM log_outbox WHERE n = ?", first.n);
    }
  }

  #first(): { readonly n: number; readonly leaf: string } | null {
    const [row] = this.#sql
      .exec<{ n: number; leaf: string }>("SELECT n, leaf FROM log_outbox ORDER BY n LIMIT 1")
      .toArray();
    return row ?? null;
  }
}
