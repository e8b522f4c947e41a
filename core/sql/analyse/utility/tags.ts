// The node types of statements, by their tag in the tree.

import type { Node } from "@pgsql/types";

type TagOf<T> = T extends unknown ? Extract<keyof T, string> : never;
export type Tag = TagOf<Node>;
export type NodeOf<T extends Tag> = Extract<Node, Record<T, unknown>>[T];

/** Statements in the tree that are no commands of their own: parts of others, queries, and what only PL/pgSQL has. */
type NoCommand =
  | "RawStmt"
  | "SelectStmt"
  | "InsertStmt"
  | "UpdateStmt"
  | "DeleteStmt"
  | "MergeStmt"
  | "SetOperationStmt"
  | "ReplicaIdentityStmt"
  | "PLAssignStmt";

/** Everything that visitUtility understands. */
export type UtilityTag = Exclude<Extract<Tag, `${string}Stmt`>, NoCommand>;

export function isTag(key: string): key is Tag {
  return /^[A-Z]/.test(key);
}
