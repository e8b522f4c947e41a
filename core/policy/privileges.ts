// What a policy's lists come to as privileges of PostgreSQL, for targets where a session has a database role of its own: an
// upper bound of what the gateway allows, enforced by the database as well. Types only.

export type RelationSort = "table" | "view" | "sequence";

/** A relation as the catalog has it. */
export interface RelationShape {
  readonly schema: string;
  readonly name: string;
  /** `view` for materialized ones too, `table` for partitioned and foreign ones. */
  readonly sort: RelationSort;
  readonly columns: readonly string[];
  /** Qualified names of what it inherits from, and of what inherits from it; of partitions as well. */
  readonly ancestors: readonly string[];
  readonly descendants: readonly string[];
}

/** `all`: on the relation. A list: on these columns alone. */
export type ColumnGrant = "all" | readonly string[];

export interface RelationPrivileges {
  readonly select: ColumnGrant;
  readonly insert: ColumnGrant;
  readonly update: ColumnGrant;
  readonly delete: boolean;
  readonly truncate: boolean;
  /** It is named exactly in the list for reading, or writing: what stands inside of it is trusted, and not looked at. */
  readonly trusted: { readonly read: boolean; readonly write: boolean };
}
