// What GET /v1/health answers, as a schema.

import * as v from "valibot";

const time = v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339, UTC"));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const answers = v.picklist(["ok", "unreachable"]);

export const HealthReport = v.object({
  status: v.pipe(
    v.picklist(["ok", "warning", "failing"]),
    v.description("failing: some of the record is not where it has to be, or does not hold"),
  ),
  at: time,
  problems: v.array(
    v.object({ level: v.picklist(["warning", "failing"]), part: v.string(), detail: v.string() }),
  ),
  d1: v.array(
    v.object({
      name: v.pipe(v.string(), v.description("Of the binding")),
      state: answers,
      open: v.pipe(v.boolean(), v.description("Takes new sessions")),
      bytes: v.nullable(count),
      most_bytes: v.pipe(count, v.description("That a database of D1 takes")),
    }),
  ),
  missing_shards: v.pipe(
    v.nullable(v.array(v.string())),
    v.description(
      "D1 databases that hold a part of the record, and that SHARDS does not name; null: unknown",
    ),
  ),
  backlog: v.pipe(
    v.nullable(
      v.object({
        sessions: count,
        statements: v.pipe(count, v.description("That D1 does not have, or not with their outcome")),
        bytes: v.pipe(count, v.description("Of these sessions' own storage")),
        oldest_at: v.nullable(time),
        longest: v.pipe(
          v.array(
            v.object({
              session_id: v.string(),
              target: v.string(),
              since: time,
              statements: count,
              bytes: count,
              problem: v.string(),
            }),
          ),
          v.description("The first 20"),
        ),
      }),
    ),
    v.description(
      "Sessions whose record D1 has not taken for ten seconds or more, as they say; null: unknown",
    ),
  ),
  webhooks: v.array(
    v.object({
      target: v.string(),
      state: answers,
      waiting: v.nullable(count),
      dead: v.nullable(count),
      oldest_waiting_at: v.nullable(time),
    }),
  ),
  log: v.object({
    state: answers,
    size: v.nullable(count),
    published_size: v.pipe(v.nullable(count), v.description("Of the newest checkpoint that is outside")),
    published_at: v.nullable(time),
    failing_since: v.pipe(
      v.nullable(time),
      v.description("Giving checkpoints to the outside fails since then"),
    ),
    problem: v.nullable(v.string()),
    places: v.array(v.picklist(["bucket", "webhook"])),
    signed: v.nullable(v.boolean()),
  }),
  verification: v.pipe(
    v.nullable(
      v.object({
        waiting: v.pipe(count, v.description("Sessions that no round has looked at yet")),
        checked: count,
        last_at: v.nullable(time),
        broken: v.array(
          v.object({
            session_id: v.string(),
            target: v.nullable(v.string()),
            entry: v.nullable(count),
            what: v.string(),
            found_at: time,
          }),
        ),
      }),
    ),
    v.description("null: unknown"),
  ),
  object_storage: v.pipe(
    v.picklist(["ok", "unreachable", "none"]),
    v.description("The bucket bound as RECORDS"),
  ),
});
export type HealthReport = v.InferOutput<typeof HealthReport>;
