// The query parameters of each route of the reading API, by its operation id: what the handlers read and the OpenAPI
// document lists.

import { EFFECTS } from "#core/policy";
import { numberCursor, searchCursor } from "./cursor.ts";
import { ACCESSES, CLASS_NAMES, KIND_NAMES } from "./filter.ts";
import { integer, oneOf, text, time, type Parameter, type Parameters } from "./query.ts";
import { RESULT_FORMATS } from "./result.ts";
import { LIST_FORMATS } from "./statements-csv.ts";

const limit = (most: number): Parameter<number> => integer(`Items a page; 50 unless told.`, 1, most);

const relation = text(
  "Reads, writes or defines this relation, through views and functions too: its qualified name, such as `public.orders`, or its name alone, in whatever schema.",
  300,
);

/** One that is not known is a slip, and would be found nowhere. */
const kind: Parameter<string> = {
  accepted: `has to be a kind of statement such as "select" or "create_table", or a class: ${[...CLASS_NAMES].join(", ")}`,
  description:
    "Holds a statement of this kind (`select`, `create_table`, …) or class of kinds (`read`, `write`, `ddl`, …).",
  schema: { type: "string", enum: [...CLASS_NAMES, ...KIND_NAMES] },
  read: (given) => (KIND_NAMES.has(given) || CLASS_NAMES.has(given) ? given : null),
};

const SESSION_ID_LENGTH = 32;

const sessionId: Parameter<string> = {
  accepted: "has to be the id of a session, 32 hexadecimal digits",
  description: "Of this session.",
  schema: { type: "string", pattern: `^[0-9a-f]{${String(SESSION_ID_LENGTH)}}$` },
  read: (given) => (given.length === SESSION_ID_LENGTH && /^[0-9a-f]+$/.test(given) ? given : null),
};

/** All of them have to be true of one and the same statement. */
const ofStatement = {
  relation,
  access: oneOf("With `relation`: how it comes to it; any way unless told.", ACCESSES),
  kind,
  decision: oneOf("Was decided so.", EFFECTS),
  rule: text("Was decided by the rule of this id, exactly.", 300),
  text: text(
    "Holds this text, upper and lower case alike for ASCII letters; of each statement the first 65,536 characters are searched.",
  ),
} as const satisfies Parameters;

const shard = text(
  "In this shard of the record alone: while another does not answer, nothing is listed without saying so.",
  64,
);

const SPEED = /^\d{1,4}(?:\.\d{1,3})?$/;

/** How many times faster; Infinity for no waiting. */
const speed: Parameter<number> = {
  accepted: 'has to be a number from 0.01 to 1000, or "max" (or 0) for no waiting',
  description: "How many times faster than it was (1); `max` or 0 waits for nothing.",
  schema: { type: "string", default: "1" },
  read: (given) => {
    const value = given === "max" ? 0 : SPEED.test(given) ? Number(given) : Number.NaN;
    if (value === 0) return Number.POSITIVE_INFINITY;
    return value >= 0.01 && value <= 1000 ? value : null;
  },
};

export const PARAMETERS = {
  listSessions: {
    subject: text("Whose: the token's `sub`, exactly."),
    target: text("On which target, exactly."),
    ...ofStatement,
    from: time("Started at this time or later."),
    to: time("Started before this time."),
    shard,
    cursor: searchCursor,
    limit: limit(200),
  },
  searchStatements: {
    subject: text("Of whose session: the token's `sub`, exactly."),
    target: text("On which target, exactly."),
    session_id: sessionId,
    ...ofStatement,
    from: time("The statement started at this time or later."),
    to: time("The statement started before this time."),
    shard,
    cursor: searchCursor,
    limit: limit(200),
  },
  getSession: {},
  listStatements: {
    format: oneOf("`json` unless told: a page; `csv` is all statements of the session.", LIST_FORMATS),
    cursor: numberCursor,
    limit: limit(200),
  },
  getStatement: {},
  getResult: {
    format: oneOf("`json` unless told; `wire` is the exact bytes that the agent got.", RESULT_FORMATS),
    result: integer("csv: which of the results that have columns, from 1.", 1, 1_000_000),
  },
  getRequest: {},
  listEvents: { cursor: numberCursor, limit: limit(200) },
  replaySession: { speed, from: integer("The statement (`seq`) to start at.", 1, 1_000_000_000) },
  exportSession: {},
  getCheckpoint: {},
  getInclusion: {
    session: sessionId,
    leaf: integer("In place of a session: the leaf of this number.", 0, Number.MAX_SAFE_INTEGER),
  },
  getConsistency: {
    from: integer("Leaves of the older tree.", 1, Number.MAX_SAFE_INTEGER),
    to: integer("Leaves of the newer tree.", 1, Number.MAX_SAFE_INTEGER),
  },
  exportLog: {},
  verifySession: {},
  holdSession: {},
  releaseSession: {},
  terminateSession: {},
  getHealth: {},
} as const satisfies Record<string, Parameters>;

export type OperationId = keyof typeof PARAMETERS;

export const DEFAULT_LIMIT = 50;
