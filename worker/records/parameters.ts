// The query parameters of each route of the reading API, by its operation id: what the handlers read and the OpenAPI
// document lists.

import { EFFECTS } from "#core/policy";
import { numberCursor, sessionCursor } from "./cursor.ts";
import { integer, oneOf, text, time, type Parameter, type Parameters } from "./query.ts";
import { RESULT_FORMATS } from "./result.ts";

const limit = (most: number): Parameter<number> => integer(`Items a page; 50 unless told.`, 1, most);

/** DESIGN.md names it; the relations that a statement reads and writes are not in the record yet. */
const relation: Parameter<never> = {
  accepted: "not yet recorded: statements can be searched by their text, with the parameter text",
  description: "Not yet recorded: answers 400.",
  schema: { type: "string" },
  read: () => null,
};

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
    relation,
    text: text(
      "With a statement that holds this text, upper and lower case alike for ASCII letters; of each statement the first 65,536 characters are searched.",
    ),
    decision: oneOf("With a statement that was decided so.", EFFECTS),
    from: time("Started at this time or later."),
    to: time("Started before this time."),
    cursor: sessionCursor,
    limit: limit(200),
  },
  getSession: {},
  listStatements: { cursor: numberCursor, limit: limit(200) },
  getStatement: {},
  getResult: {
    format: oneOf("`json` unless told; `wire` is the exact bytes that the agent got.", RESULT_FORMATS),
    result: integer("csv: which of the results that have columns, from 1.", 1, 1_000_000),
  },
  listEvents: { cursor: numberCursor, limit: limit(200) },
  replaySession: { speed, from: integer("The statement (`seq`) to start at.", 1, 1_000_000_000) },
  terminateSession: {},
  getHealth: {},
} as const satisfies Record<string, Parameters>;

export type OperationId = keyof typeof PARAMETERS;

export const DEFAULT_LIMIT = 50;
