// What is asked for and decided (approvals, grants), as rows of its object's own SQLite: each as JSON, with what it is looked for
// by beside it. Synchronous: what is read and written in one turn of the object is compared and set.

import type { Identity } from "#core/approvals";

export interface Kept {
  readonly id: string;
  readonly createdAt: number;
  readonly state: string;
  readonly requester: Identity;
}

export interface Table<Item extends Kept> {
  readonly name: "approval" | "access_grant";
  /** Columns beside those that all have: text that never changes. */
  readonly more: Readonly<Record<string, (item: Item) => string>>;
  /** When time will change it; null where it will not: it is open no more. */
  readonly dueOf: (item: Item) => number | null;
}

/** Newest first. */
export interface Page {
  /** Behind this one. */
  readonly before: { readonly createdAt: number; readonly id: string } | null;
  readonly limit: number;
}

export class Rows<Item extends Kept> {
  readonly #sql: SqlStorage;
  readonly #table: Table<Item>;

  constructor(sql: SqlStorage, table: Table<Item>) {
    this.#sql = sql;
    this.#table = table;
    const { name } = table;
    const more = Object.keys(table.more).map((column) => `${column} TEXT NOT NULL,`);
    sql.exec(`
      CREATE TABLE IF NOT EXISTS ${name} (
        id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, state TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL,
        ${more.join(" ")} due_at INTEGER, body TEXT NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS ${name}_by_time ON ${name} (created_at, id);
      CREATE INDEX IF NOT EXISTS ${name}_due ON ${name} (due_at) WHERE due_at IS NOT NULL;
    `);
  }

  get(id: string): Item | null {
    return this.#read("WHERE id = ?", id)[0] ?? null;
  }

  put(item: Item): void {
    const { name, more, dueOf } = this.#table;
    const { id, createdAt, state, requester } = item;
    const columns = [
      "id",
      "created_at",
      "state",
      "issuer",
      "subject",
      "due_at",
      "body",
      ...Object.keys(more),
    ];
    this.#sql.exec(
      `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, body = excluded.body`,
      id,
      createdAt,
      state,
      requester.issuer,
      requester.subject,
      dueOf(item),
      JSON.stringify(item),
      ...Object.values(more).map((valueOf) => valueOf(item)),
    );
  }

  /** Open ones whose time is up. */
  due(now: number): readonly Item[] {
    return this.#read("WHERE due_at <= ? ORDER BY due_at", now);
  }

  /** When the next one's time is up; null where none is open. */
  nextDue(): number | null {
    const sql = `SELECT min(due_at) AS at FROM ${this.#table.name}`;
    return this.#sql.exec<{ at: number | null }>(sql).one().at;
  }

  openOf({ issuer, subject }: Identity): number {
    const where = "due_at IS NOT NULL AND issuer = ? AND subject = ?";
    const sql = `SELECT count(*) AS n FROM ${this.#table.name} WHERE ${where}`;
    return this.#sql.exec<{ n: number }>(sql, issuer, subject).one().n;
  }

  /** Whose columns have these values; null: any will do. `among`: a query that gives ids, with one value of its own. */
  list(
    columns: Readonly<Record<string, string | null>>,
    { before, limit }: Page,
    among: { readonly query: string; readonly value: string } | null = null,
  ): readonly Item[] {
    const asked = Object.entries(columns).filter((each): each is [string, string] => each[1] !== null);
    const conditions = asked.map(([column]) => `${column} = ?`);
    const values: SqlStorageValue[] = asked.map(([, value]) => value);
    if (among !== null) {
      conditions.push(`id IN (${among.query})`);
      values.push(among.value);
    }
    if (before !== null) {
      conditions.push("(created_at, id) < (?, ?)");
      values.push(before.createdAt, before.id);
    }
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    return this.#read(`${where} ORDER BY created_at DESC, id DESC LIMIT ?`, ...values, limit);
  }

  #read(rest: string, ...bindings: SqlStorageValue[]): readonly Item[] {
    return this.#sql
      .exec<{ body: string }>(`SELECT body FROM ${this.#table.name} ${rest}`, ...bindings)
      .toArray()
      .map(({ body }) => JSON.parse(body) as Item);
  }
}
