// What the log of all sessions tells of one thing, change by change, each with its number there: by it a change can be proved to be in
// the log (docs/record.md).

import type { JSX } from "hono/jsx/jsx-runtime";
import * as v from "valibot";
import type { LogEntry } from "../../log/history.ts";
import { count, moment } from "../text/format.ts";
import { Text } from "./text.tsx";

export type LogEntryItem = v.InferOutput<typeof LogEntry>;

export function LogHistory({ entries }: { readonly entries: readonly LogEntryItem[] }): JSX.Element {
  return (
    <section>
      <h2>In the log</h2>
      {entries.length === 0 ? (
        <p class="note">The log has nothing of it.</p>
      ) : (
        <ol class="log-history">
          {entries.map((entry) => (
            <li>
              <span class="note">{entry.at === null ? "" : `${moment(entry.at)} UTC`}</span>{" "}
              <strong>{entry.state ?? entry.type.replace(/^sluice\.|\/\d+$/g, "")}</strong>
              <Who leaf={entry.leaf} /> <LogNumber entry={entry} />
            </li>
          ))}
        </ol>
      )}
      <p class="note">
        What is in the log cannot be changed without its being seen: <code>sluice verify --log</code> reads
        it.
      </p>
    </section>
  );
}

export function LogNumber({ entry }: { readonly entry: LogEntryItem }): JSX.Element {
  return (
    <span class="note">
      {entry.log_index === null ? "on its way to the log" : `no. ${count(entry.log_index)} of the log`}
    </span>
  );
}

const Someone = v.object({ subject: v.string() });
const Leaf = v.object({
  by: v.optional(v.nullable(Someone)),
  revokedBy: v.optional(v.nullable(Someone)),
  votes: v.optional(v.array(v.object({ by: v.optional(Someone), subject: v.optional(v.string()) }))),
});

/** Who made the change, where the leaf names somebody: the last who voted, revoked, or did it. */
function Who({ leaf }: { readonly leaf: LogEntryItem["leaf"] }): JSX.Element | null {
  const parsed = v.safeParse(Leaf, leaf);
  if (!parsed.success) return null;
  const { by, revokedBy, votes = [] } = parsed.output;
  const last = votes.at(-1);
  const subject = by?.subject ?? revokedBy?.subject ?? last?.by?.subject ?? last?.subject;
  const decided = leaf["state"] === "pending" && votes.length === 0;
  return subject === undefined || decided ? null : (
    <>
      {" "}
      by <Text value={subject} />
    </>
  );
}
