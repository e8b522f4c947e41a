// What the log tells of one thing, as a list: each change, in order, with its place in the log, or null where it is on its way there.
// What it is about and who may see it is the caller's.

import * as v from "valibot";
import { type ChangeLeaf, type Leaf, leafKey, leafSubject } from "#core/record";
import type { NumberedLeaf } from "../../durable-objects/log/sqlite-log.ts";
import { list } from "../openapi-operation.ts";
import { numberCursor, writeCursor } from "../records/cursor.ts";
import { integer, type Parameters, type Query } from "../records/query.ts";

export const HISTORY_PARAMETERS = {
  cursor: numberCursor,
  limit: integer("Items a page; 50 unless told.", 1, 200),
} as const satisfies Parameters;

export const LogEntry = v.object({
  id: v.string(),
  log_index: v.pipe(
    v.nullable(v.pipe(v.number(), v.integer())),
    v.description("Its number in the log, for GET /v1/log/inclusion?leaf=; null: on its way there"),
  ),
  type: v.pipe(v.string(), v.description("Such as `sluice.approval/1`: docs/record.md, Log")),
  state: v.pipe(v.nullable(v.string()), v.description("What it came to; null where its type has no states")),
  at: v.pipe(
    v.nullable(v.string()),
    v.description("RFC 3339, UTC; null of a session's end, whose chain has it"),
  ),
  leaf: v.pipe(
    v.record(v.string(), v.unknown()),
    v.description("The leaf as it is in the log: docs/record.md"),
  ),
  stored: v.optional(
    v.pipe(
      v.picklist(["as_logged", "changed", "missing", "not_logged"]),
      v.description(
        "Of a policy's version: how D1 has it; `not_logged`: it is in D1, and the log has not heard of it",
      ),
    ),
  ),
});
export type LogEntryItem = v.InferOutput<typeof LogEntry>;

export interface LogPage {
  readonly data: readonly LogEntryItem[];
  readonly next_cursor: string | null;
}

/** What a page of history gives. */
export const historyPage = list("LogEntry");

export interface LogReader {
  about(
    subject: string,
    types: readonly Leaf["type"][],
    after: number,
    limit: number,
  ): Promise<readonly NumberedLeaf[]>;
}

export interface HistoryOf {
  readonly subject: string;
  readonly types: readonly Leaf["type"][];
  /** What is on its way; in order. */
  readonly waiting: () => Promise<readonly ChangeLeaf[]>;
}

const DEFAULT_LIMIT = 50;

export async function historyOf(
  log: LogReader,
  { subject, types, waiting }: HistoryOf,
  { cursor, limit }: Query<typeof HISTORY_PARAMETERS>,
): Promise<LogPage> {
  const most = limit ?? DEFAULT_LIMIT;
  // First: what is carried meanwhile is then in both, and shown once.
  const onTheWay = await waiting();
  const found = await log.about(subject, types, cursor ?? -1, most + 1);
  const shown = found.slice(0, most);
  const last = shown.at(-1);
  if (found.length > most && last !== undefined)
    return { data: shown.map(logged), next_cursor: writeCursor([last.index]) };
  const data = shown.map(logged);
  const there = new Set(data.map(({ id }) => id));
  const missing = onTheWay.filter((leaf) => types.includes(leaf.type) && leafSubject(leaf) === subject);
  return {
    data: [...data, ...missing.map((leaf) => presentLeaf(null, leaf)).filter(({ id }) => !there.has(id))],
    next_cursor: null,
  };
}

function logged({ index, leaf }: NumberedLeaf): LogEntryItem {
  return presentLeaf(index, JSON.parse(leaf) as Leaf);
}

export function presentLeaf(index: number | null, leaf: Leaf): LogEntryItem {
  return {
    id: `${leaf.type} ${leafKey(leaf)}`,
    log_index: index,
    type: leaf.type,
    state: "state" in leaf ? leaf.state : null,
    at: "at" in leaf ? new Date(leaf.at).toISOString() : null,
    leaf: { ...leaf },
  };
}
