// What the room answers, as schemas: the OpenAPI document follows from them.

import * as v from "valibot";
import { EFFECTS } from "#core/policy";
import { OUTCOME_STATES } from "#core/record";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC, milliseconds"));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const Mark = v.object({
  seq: count,
  at_ms: v.pipe(count, v.description("Milliseconds from the session's start to the statement's")),
  duration_ms: v.nullable(count),
  effect: v.picklist(EFFECTS),
  outcome: v.picklist(["running", ...OUTCOME_STATES]),
  writes: v.pipe(v.boolean(), v.description("Writes or defines a relation")),
  rows: count,
  text: v.pipe(v.string(), v.description("How the statement begins, on one line")),
});
export type Mark = v.InferOutput<typeof Mark>;

export const Marks = v.object({
  state: v.picklist(["live", "ended"]),
  data: v.array(Mark),
  next_cursor: v.nullable(v.string()),
});
export type Marks = v.InferOutput<typeof Marks>;

export const Activity = v.object({
  id: v.pipe(v.string(), v.description("The session's")),
  refused: count,
  held: count,
  observed: count,
  complete: v.pipe(v.boolean(), v.description("false: it has more statements than were counted")),
  density: v.pipe(
    v.array(count),
    v.description("Statements in each 24th of its time, from its start to its end or now"),
  ),
});
export type Activity = v.InferOutput<typeof Activity>;

export const ActivityList = v.object({ data: v.array(Activity) });

const series = v.record(v.string(), v.array(count));

export const Statistics = v.object({
  from: time,
  to: time,
  bucket_ms: v.pipe(count, v.description("Width of each of the series' buckets, the first at `from`")),
  statements: v.pipe(count, v.description("That were counted")),
  complete: v.pipe(
    v.boolean(),
    v.description("false: the period holds more than is counted; the newest are"),
  ),
  sessions: v.pipe(v.array(count), v.description("Sessions that started")),
  rows: v.pipe(v.array(count), v.description("Rows that agents got")),
  held: v.array(count),
  by_class: v.pipe(series, v.description("Statements by what they do; a statement is counted once")),
  refused_by_rule: series,
  first_byte_p50_ms: v.pipe(
    v.array(v.nullable(count)),
    v.description(
      "From a statement's start, once its names are known, to PostgreSQL's first byte, without what it waited for an approval: the gateway and the database together",
    ),
  ),
  first_byte_p95_ms: v.array(v.nullable(count)),
  added_p50_ms: v.pipe(
    v.array(v.nullable(count)),
    v.description(
      "What the gateway itself added to a statement, in whole milliseconds, without what it waited for an approval; null: nothing was measured",
    ),
  ),
  added_p95_ms: v.array(v.nullable(count)),
  added_mean_ms: v.pipe(
    v.array(v.nullable(v.number())),
    v.description("The same on average: below a millisecond this tells more than the quantiles"),
  ),
});
export type Statistics = v.InferOutput<typeof Statistics>;
