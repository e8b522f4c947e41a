// The log in its object's SQLite: leaves in order, and the hash of every complete subtree, so that a proof reads a few rows and
// hashes less. One append at a time; an append that comes again changes nothing.

import { utf8Encode } from "#core/bytes";
import {
  canonicalJson,
  completedBy,
  consistencyProof,
  inclusionProof,
  type Leaf,
  leafKey,
  rootOf,
} from "#core/record";
import type { Tree } from "./checkpoint.ts";

/** `session` is the leaf's key: a session's id, or what else it is about and which change of it. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS leaf (
    id INTEGER PRIMARY KEY, session TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL, UNIQUE (session, type)
  );
  CREATE TABLE IF NOT EXISTS node (
    level INTEGER NOT NULL, id INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS published (id INTEGER PRIMARY KEY CHECK (id = 1), size INTEGER NOT NULL);
`;

export interface NumberedLeaf {
  readonly index: number;
  /** Canonical JSON. */
  readonly leaf: string;
}

const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

export class SqliteLog {
  readonly #sql: SqlStorage;
  #appending: Promise<unknown> = Promise.resolve();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#sql.exec(SCHEMA);
  }

  get size(): number {
    return this.#sql.exec<{ size: number }>("SELECT coalesce(max(id) + 1, 0) AS size FROM leaf").one().size;
  }

  /** Number of the leaf: of the first of its type and key. */
  append(leaf: Leaf): Promise<number> {
    const appended = this.#appending.then(() => this.#append(leaf));
    this.#appending = appended.catch(() => undefined);
    return appended;
  }

  /** null where the log has none. */
  find(key: string, type: Leaf["type"]): number | null {
    const [row] = this.#sql
      .exec<{ id: number }>("SELECT id FROM leaf WHERE session = ? AND type = ?", key, type)
      .toArray();
    return row?.id ?? null;
  }

  /** Leaves about one subject, in order, behind number `after`. */
  about(subject: string, types: readonly Leaf["type"][], after: number, limit: number): NumberedLeaf[] {
    // A key is its subject, or goes on behind a space, which a subject has not: "!" comes next.
    return this.#sql
      .exec<{ id: number; data: string }>(
        `SELECT id, data FROM leaf
         WHERE (session = ?1 OR (session > ?1 || ' ' AND session < ?1 || '!'))
           AND type IN (SELECT value FROM json_each(?2)) AND id > ?3
         ORDER BY id LIMIT ?4`,
        subject,
        JSON.stringify(types),
        after,
        limit,
      )
      .toArray()
      .map(({ id, data }) => ({ index: id, leaf: data }));
  }

  /** Canonical JSON of the newest one about it of this type; null where there is none. */
  newest(subject: string, type: Leaf["type"]): string | null {
    const [row] = this.#sql
      .exec<{ data: string }>(
        `SELECT data FROM leaf WHERE session > ?1 || ' ' AND session < ?1 || '!' AND type = ?2 ORDER BY id DESC LIMIT 1`,
        subject,
        type,
      )
      .toArray();
    return row?.data ?? null;
  }

  /** Canonical JSON of the leaves from number `from` on. */
  leaves(from: number, limit: number): string[] {
    return this.#sql
      .exec<{ data: string }>("SELECT data FROM leaf WHERE id >= ? ORDER BY id LIMIT ?", from, limit)
      .toArray()
      .map(({ data }) => data);
  }

  async tree(size = this.size): Promise<Tree> {
    const empty = size === 0;
    return { size, root: empty ? await sha256(new Uint8Array(0)) : await rootOf(size, this.#read, hashNode) };
  }

  inclusion(index: number, size: number): Promise<Uint8Array[]> {
    return inclusionProof(index, size, this.#read, hashNode);
  }

  consistency(from: number, size: number): Promise<Uint8Array[]> {
    return consistencyProof(from, size, this.#read, hashNode);
  }

  /** The size of the tree whose checkpoint was given to the outside last. */
  get published(): number {
    const [row] = this.#sql.exec<{ size: number }>("SELECT size FROM published").toArray();
    return row?.size ?? 0;
  }

  publish(size: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO published (id, size) VALUES (1, ?)", size);
  }

  async #append(leaf: Leaf): Promise<number> {
    const key = leafKey(leaf);
    const known = this.find(key, leaf.type);
    if (known !== null) return known;
    const data = canonicalJson(leaf);
    const index = this.size;
    const hash = await sha256(prefixed(LEAF_PREFIX, utf8Encode(data)));
    const nodes = await completedBy(index, hash, this.#read, hashNode);
    // In one turn, so all of it or nothing.
    this.#sql.exec(
      "INSERT INTO leaf (id, session, type, data) VALUES (?, ?, ?, ?)",
      index,
      key,
      leaf.type,
      data,
    );
    for (const node of nodes)
      this.#sql.exec(
        "INSERT INTO node (level, id, hash) VALUES (?, ?, ?)",
        node.level,
        node.index,
        node.hash,
      );
    return index;
  }

  readonly #read = (level: number, id: number): Uint8Array => {
    const { hash } = this.#sql
      .exec<{ hash: ArrayBuffer }>("SELECT hash FROM node WHERE level = ? AND id = ?", level, id)
      .one();
    return new Uint8Array(hash);
  };
}

function hashNode(left: Uint8Array, right: Uint8Array): Promise<Uint8Array> {
  return sha256(prefixed(NODE_PREFIX, left, right));
}

function prefixed(prefix: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(1 + parts.reduce((sum, { length }) => sum + length, 0));
  bytes[0] = prefix;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
