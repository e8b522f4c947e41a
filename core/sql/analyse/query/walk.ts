// Small steps of the walk that every kind of expression takes.

import type { Node } from "@pgsql/types";
import type { Place } from "./reading.ts";
import { withoutLiterals, type Value } from "./value.ts";

type Members<N> = N extends unknown ? { [K in keyof N]: N[K] } : never;
type KeysOf<N> = N extends unknown ? keyof N : never;
export type NodeType = KeysOf<Node>;
export type NodeOf<K extends NodeType> = Members<Extract<Node, Record<K, unknown>>>[K];

/** A table of expressions by the type of their node. */
export type Expressions = {
  readonly [K in NodeType]?: (at: Place, value: NodeOf<K>, node: Node) => Value;
};

/** What a node is; null for the empty node that stands for an absent element of a list. */
export function member(node: Node): { readonly type: string; readonly value: unknown } | null {
  const [entry] = Object.entries(node);
  return entry === undefined ? null : { type: entry[0], value: entry[1] };
}

export function each(at: Place, nodes: readonly (Node | undefined)[] | undefined): readonly Value[] {
  const values: Value[] = [];
  for (const node of nodes ?? []) if (node !== undefined) values.push(at.reading.walks.expression(at, node));
  return values;
}

/** A whole expression: WHERE, one arm of an AND, an element of a list. Its literals meet its columns, and nothing beyond it. */
export function condition(at: Place, node: Node | undefined): Value {
  const [value] = each(at, [node]);
  at.reading.meet(value?.sources ?? []);
  return withoutLiterals(value ?? { sources: [], verbatim: false, shape: { kind: "unknown" } });
}
