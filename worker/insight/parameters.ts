// The query parameters of this room, by operation id.

import { numberCursor } from "../records/cursor.ts";
import { integer, text, time, type Parameter, type Parameters } from "../records/query.ts";

const MOST_SESSIONS = 200;

const sessions: Parameter<readonly string[]> = {
  accepted: `has to be 1 to ${String(MOST_SESSIONS)} ids of sessions, 32 hexadecimal digits each, with commas between`,
  description: "Of these sessions.",
  schema: { type: "string", pattern: "^[0-9a-f]{32}(,[0-9a-f]{32})*$" },
  read: (given) => {
    const ids = given.split(",");
    return ids.length <= MOST_SESSIONS && ids.every((id) => /^[0-9a-f]{32}$/.test(id)) ? ids : null;
  },
};

export const INSIGHT_PARAMETERS = {
  listMarks: {
    cursor: numberCursor,
    from: integer("The statement (`seq`) to start at, in place of a cursor.", 1, 1_000_000_000),
    limit: integer("Items a page; 10000 unless told.", 1, 20_000),
  },
  listActivity: { sessions },
  getStatistics: {
    from: time("Statements since then; a day before `to` unless told."),
    to: time("Statements before then; now unless told."),
    target: text("On this target.", 63),
  },
} as const satisfies Record<string, Parameters>;

export type InsightOperationId = keyof typeof INSIGHT_PARAMETERS;
