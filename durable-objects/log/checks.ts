// What became of verifying the records of sessions that are in the log: how far the rounds have come, and which records were found
// broken. In the log's own SQLite, away from what is verified: who changes the record there changes nothing here.

import type { BrokenRecord } from "./broken-record.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS check_progress (
    id INTEGER PRIMARY KEY CHECK (id = 1), fresh INTEGER NOT NULL, again INTEGER NOT NULL, checked INTEGER NOT NULL,
    at INTEGER
  );
  INSERT OR IGNORE INTO check_progress VALUES (1, 0, 0, 0, NULL);
  CREATE TABLE IF NOT EXISTS check_broken (
    session TEXT PRIMARY KEY, target TEXT, entry INTEGER, what TEXT NOT NULL, breaks INTEGER NOT NULL, at INTEGER NOT NULL,
    told INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

export interface Checks {
  /** Sessions in the log that no round has looked at yet. */
  readonly waiting: number;
  /** Verifications so far, those that were asked for included. */
  readonly checked: number;
  /** When the last one ended; null before the first. */
  readonly at: number | null;
  /** Newest first; what is verified as whole later is no longer here. */
  readonly broken: readonly BrokenRecord[];
}

/** For a round: sessions that ended since the last one, then some of those before, in turn. */
export interface ToCheck {
  readonly sessions: readonly { readonly session: string; readonly leaf: number }[];
}

/** As many as the health page shows. */
const BROKEN_SHOWN = 100;

type BrokenRow = { -readonly [Key in keyof BrokenRecord]: BrokenRecord[Key] };

export class CheckStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  /** Ended sessions from leaf `from` on, without those whose deletion the log explains. */
  #sessions(from: number, before: number, limit: number): ToCheck["sessions"] {
    return this.#sql
      .exec<{ session: string; leaf: number }>(
        `SELECT session, id AS leaf FROM leaf a WHERE id >= ? AND id < ? AND type = 'sluice.session/1'
           AND NOT EXISTS (SELECT 1 FROM leaf b WHERE b.session = a.session AND b.type = 'sluice.deletion/1')
         ORDER BY id LIMIT ?`,
        from,
        before,
        limit,
      )
      .toArray();
  }

  toCheck(fresh: number, again: number): ToCheck {
    const { fresh: next, again: turn } = this.#progress();
    const recent = this.#sessions(next, Number.MAX_SAFE_INTEGER, fresh);
    const later = this.#sessions(turn, next, again);
    // The turn begins anew where it has come to the end.
    const earlier = later.length < again ? this.#sessions(0, Math.min(turn, next), again - later.length) : [];
    return { sessions: [...recent, ...later, ...earlier] };
  }

  /** The round has looked at the session of this leaf. */
  passed(leaf: number): void {
    const { fresh } = this.#progress();
    const column = leaf >= fresh ? "fresh" : "again";
    this.#sql.exec(`UPDATE check_progress SET ${column} = ?`, leaf + 1);
  }

  whole(session: string, now: number): void {
    this.#count(now);
    this.#sql.exec("DELETE FROM check_broken WHERE session = ?", session);
  }

  /** Whether somebody has to be told: nobody was of this break yet. */
  broken({ session, target, entry, what, breaks, at }: BrokenRecord): boolean {
    this.#count(at);
    const [known] = this.#sql
      .exec<BrokenRow & { told: number }>("SELECT * FROM check_broken WHERE session = ?", session)
      .toArray();
    if (known?.entry === entry && known.what === what) return known.told === 0;
    const first = known?.at ?? at;
    this.#sql.exec(
      "INSERT OR REPLACE INTO check_broken VALUES (?, ?, ?, ?, ?, ?, 0)",
      session,
      target,
      entry,
      what,
      breaks,
      first,
    );
    return true;
  }

  told(session: string): void {
    this.#sql.exec("UPDATE check_broken SET told = 1 WHERE session = ?", session);
  }

  checks(): Checks {
    const { fresh, checked, at } = this.#progress();
    const { n: waiting } = this.#sql
      .exec<{ n: number }>(
        "SELECT count(*) AS n FROM leaf WHERE id >= ? AND type = 'sluice.session/1'",
        fresh,
      )
      .one();
    const broken = this.#sql
      .exec<BrokenRow>(
        `SELECT session, target, entry, what, breaks, at FROM check_broken ORDER BY at DESC, session LIMIT ${BROKEN_SHOWN}`,
      )
      .toArray();
    return { waiting, checked, at, broken };
  }

  #count(now: number): void {
    this.#sql.exec("UPDATE check_progress SET checked = checked + 1, at = ?", now);
  }

  #progress(): { fresh: number; again: number; checked: number; at: number | null } {
    return this.#sql
      .exec<{ fresh: number; again: number; checked: number; at: number | null }>(
        "SELECT * FROM check_progress",
      )
      .one();
  }
}
