// JSON Schema of the document, for editors. parse.ts is what decides; this helps to write.

import { EFFECTS } from "../decision.ts";
import { APPROVAL_COUNTS, APPROVAL_MODES, APPROVAL_SCOPES } from "../approval-terms.ts";
import { DETECTOR_NAMES } from "../masks/masks.ts";
import { RECORD_ENDS, RECORD_LEVELS, RECORD_UNAVAILABLE } from "../recording.ts";
import { MAX_QUORUM } from "./approve.ts";
import { DAYS, DETECTOR_ACTIONS, INFERENCES, MASKING_MODES, PROFILE_NAMES, SAFEGUARDS } from "./document.ts";
import { MASK_NAMES, MASK_PARAMETERS } from "./masks.ts";
import { ACTIONS, CLASSES, KINDS, OUTSIDES, VIAS, VOLATILITIES } from "./rules.ts";

type Schema = Readonly<Record<string, unknown>>;

const listOf = (items: Schema, description: string): Schema => ({
  description,
  anyOf: [items, { type: "array", items, minItems: 1 }],
});
const words = (all: readonly string[]): Schema => ({ enum: all });
const object = (properties: Readonly<Record<string, Schema>>, description = ""): Schema => ({
  type: "object",
  additionalProperties: false,
  properties,
  ...(description === "" ? {} : { description }),
});

const TEXT: Schema = { type: "string", minLength: 1 };
const NAME: Schema = {
  type: "string",
  description: 'schema.name; * is a wildcard, "quotes" keep case, ! takes away',
  maxLength: 256,
};
const NAMES: Schema = { anyOf: [NAME, { type: "array", items: NAME, maxItems: 10_000 }] };
const GLOBS: Schema = { anyOf: [TEXT, { type: "array", items: TEXT, maxItems: 10_000 }] };
const NONE: Schema = { const: "none", description: "no limit" };
const COUNT: Schema = { anyOf: [{ type: "integer", minimum: 0 }, NONE] };
const POSITIVE: Schema = { anyOf: [{ type: "integer", minimum: 1 }, NONE] };
const DURATION: Schema = { anyOf: [{ type: "string", pattern: "^\\d+(\\.\\d+)? *(ms|s|m|min|h|d)$" }, NONE] };
const BYTES: Schema = {
  anyOf: [
    { type: "string", pattern: "^\\d+(\\.\\d+)? *(B|KB|MB|GB|KiB|MiB|GiB)$" },
    { type: "integer", minimum: 0 },
    NONE,
  ],
};
const CLOCK: Schema = { type: "string", pattern: "^(([01]\\d|2[0-3]):[0-5]\\d|24:00)$" };
const INSTANT: Schema = { type: "string", format: "date-time" };

const WHEN = object(
  {
    kind: listOf(words(["any", ...CLASSES, ...KINDS]), "kinds of statements, or classes of kinds"),
    bounded: {
      type: "boolean",
      description: "UPDATE, DELETE, MERGE, TRUNCATE: touches a part of the rows only",
    },
    relation: listOf(NAME, "relations touched"),
    column: listOf(NAME, "columns touched: a name, or schema.relation.column"),
    action: listOf(words(ACTIONS), "what is done to the relation"),
    function: listOf(NAME, "functions called"),
    volatility: listOf(words(VOLATILITIES), "of a function called"),
    security_definer: { type: "boolean", description: "a function called runs with its owner's rights" },
    language: listOf(TEXT, "of a function called"),
    examined: { type: "boolean", description: "the body of a function called was read" },
    setting: listOf(TEXT, "settings changed"),
    outside: listOf(words(OUTSIDES), "what lies outside of the database"),
    via: listOf(words(VIAS), "how the statement comes to it"),
    subject: listOf(TEXT, "the token's sub"),
    group: listOf(TEXT, "a group of the token"),
    role: listOf(TEXT, "a role of the token"),
    target: listOf(TEXT, "the target's name"),
    time: object({
      days: listOf(words(DAYS), "days of the week"),
      from: CLOCK,
      until: CLOCK,
      zone: TEXT,
      after: INSTANT,
      before: INSTANT,
    }),
  },
  "all of these have to hold",
);

const APPROVE = object(
  {
    mode: { ...words(APPROVAL_MODES), description: "an error at once, or the statement waits" },
    scope: { ...words(APPROVAL_SCOPES), description: "whose statement the approval is good for" },
    timeout: { type: "string", pattern: "^\\d+(\\.\\d+)? *(ms|s|m|min|h|d)$" },
    quorum: { type: "integer", minimum: 1, maximum: MAX_QUORUM, description: "persons who approve" },
    groups: listOf(TEXT, "an approver has to be in one of them"),
    reasons_required: { type: "boolean", description: "an approval needs a reason too" },
    links_elided: { type: "boolean", description: "a link approves what is not shown whole, too" },
    count: { ...words(APPROVAL_COUNTS), description: "rows are counted by a trial run that is rolled back" },
    count_time: { type: "string", description: "most that the trial run may take" },
    count_lock_time: { type: "string", description: "most that it may wait for a lock" },
    auto_under_rows: { type: "integer", minimum: 1, description: "what changes fewer rows is approved" },
    break_glass: {
      ...object(
        {
          groups: listOf(TEXT, "whose members may let it go alone"),
          reviewers: listOf(TEXT, "whose members look at that afterwards"),
          review_within: { type: "string", description: "until when they are to have looked" },
          valid: { type: "string", description: "longest that what was let go so is good for" },
        },
        "in an emergency, alone and with a reason",
      ),
      required: ["groups"],
    },
  },
  "of then: approve",
);

const RULE: Schema = {
  ...object({
    id: { type: "string", maxLength: 100, description: "named by refusals and the record" },
    when: WHEN,
    // oxlint-disable-next-line unicorn/no-thenable -- a schema of the key, which nobody awaits
    then: words(EFFECTS),
    approve: APPROVE,
    record: {
      anyOf: [words(RECORD_LEVELS), { type: "boolean" }],
      description: "what the record keeps of the response; false: counts",
    },
    hint: TEXT,
  }),
  required: ["id", "then"],
};

const INFERENCE: Schema = {
  ...words(INFERENCES),
  description: "what predicates may say of it: nothing, that it equals a value, anything",
};
const CHARACTERS: Schema = { type: "integer", minimum: 0, maximum: 1_000 };
/** `$defs` below: masks stand in masks. */
const MASK: Schema = { $ref: "#/$defs/mask" };
const MASKS: Schema = { type: "object", additionalProperties: MASK, minProperties: 1 };
const PARAMETERS = {
  value: { type: ["string", "number", "boolean"], description: "shown instead, as PostgreSQL writes it" },
  first: { ...CHARACTERS, description: "characters that stay at the beginning" },
  last: { ...CHARACTERS, description: "characters that stay at the end" },
  domain: { type: "boolean", description: "the domain stays" },
  width: {
    type: "number",
    exclusiveMinimum: 0,
    description: "of a bucket, of which the lower bound is shown",
  },
  paths: { ...MASKS, description: "keys with dots between them, * for any" },
  with: { ...MASK, description: "the mask of each element" },
  fields: { ...MASKS, description: "masks by field" },
} as const satisfies Readonly<Record<(typeof MASK_PARAMETERS)[keyof typeof MASK_PARAMETERS][number], Schema>>;

/** Parameters without which there is no mask; `partial` wants one of its two. */
const REQUIRED = ["value", "width", "paths", "with", "fields"];
/** Masks that are named without parameters. */
const PLAIN = MASK_NAMES.filter(
  (name) => name !== "partial" && !MASK_PARAMETERS[name].some((key) => REQUIRED.includes(key)),
);
/** YAML reads a bare `null` as nothing. */
const nameOf = (name: string): readonly unknown[] => (name === "null" ? ["null", null] : [name]);

const maskForm = (name: keyof typeof MASK_PARAMETERS): Schema => {
  const own = MASK_PARAMETERS[name];
  const parameters = Object.fromEntries(own.map((key) => [key, PARAMETERS[key]]));
  return {
    ...object({ mask: { enum: nameOf(name) }, inference: INFERENCE, ...parameters }),
    required: ["mask", ...own.filter((key) => REQUIRED.includes(key))],
    ...(name === "partial" ? { anyOf: own.map((key) => ({ required: [key] })) } : {}),
  };
};

const MASK_DEFINITION: Schema = { anyOf: [{ enum: PLAIN.flatMap(nameOf) }, ...MASK_NAMES.map(maskForm)] };

const COLUMN_LISTS = object({ read: GLOBS, write: GLOBS, deny: GLOBS });

const GRANT_ROWS: Schema = { anyOf: [POSITIVE, object({ statement: POSITIVE, grant: POSITIVE })] };

/** Of a statement that runs by a grant; `grant` and statements over its life. */
const GRANT_LIMITS = object({
  rows_returned: GRANT_ROWS,
  bytes_returned: BYTES,
  rows_changed: GRANT_ROWS,
  statement_time: DURATION,
  statements: POSITIVE,
});

const SECTION: Readonly<Record<string, Schema>> = {
  extends: { ...words(PROFILE_NAMES), description: "the profile that this document builds on" },
  relations: object({ read: NAMES, write: NAMES, deny: NAMES }),
  columns: { type: "object", additionalProperties: COLUMN_LISTS },
  functions: object({ call: NAMES, deny: NAMES }),
  settings: object({ set: GLOBS, deny: GLOBS }),
  rules: { type: "array", items: RULE, maxItems: 1_000 },
  limits: object({
    rows_returned: COUNT,
    bytes_returned: BYTES,
    rows_changed: { anyOf: [COUNT, object({ statement: COUNT, session: COUNT })] },
    statement_time: DURATION,
    idle_time: DURATION,
    session_time: DURATION,
    sessions_per_subject: POSITIVE,
    statements_per_minute: POSITIVE,
  }),
  record: object(
    {
      exclude: GLOBS,
      level: { ...words(RECORD_LEVELS), description: "what is kept of responses" },
      ceiling: object(
        {
          statement: BYTES,
          session: BYTES,
          // oxlint-disable-next-line unicorn/no-thenable -- a schema of the key, which nobody awaits
          then: { ...words(RECORD_ENDS), description: "store what came before, or end the statement" },
        },
        "bytes of responses that are stored",
      ),
      unavailable: {
        ...words(RECORD_UNAVAILABLE),
        description: "what runs while the record cannot be written",
      },
    },
    "what the record keeps of responses",
  ),
  grants: object(
    {
      relations: NAMES,
      kinds: listOf(words([...CLASSES, ...KINDS]), "what may be asked for; select unless told"),
      auto: listOf(words([...CLASSES, ...KINDS]), "granted without asking a person"),
      longest: { type: "string", pattern: "^\\d+(\\.\\d+)? *(ms|s|m|min|h|d)$" },
      approve: APPROVE,
      exempt: {
        ...NAMES,
        description: "masked columns that whoever is granted reading of their relation sees raw",
      },
      limits: { ...GRANT_LIMITS, description: "what may be asked for at most" },
      defaults: { ...GRANT_LIMITS, description: "what holds where nothing is asked for" },
    },
    "just-in-time access: what may be asked for, for how long, and who agrees",
  ),
  introspection: {
    type: "boolean",
    description: "catalogs may be read, but for what shows values or other sessions",
  },
  safeguards: words(SAFEGUARDS),
  mask: {
    type: "object",
    additionalProperties: MASK,
    maxProperties: 10_000,
    description: "masks by column (schema.relation.column, * is a wildcard)",
  },
  masking: object({
    mode: { ...words(MASKING_MODES), description: "strict: predicates may say nothing of masked columns" },
    inference: INFERENCE,
    agent: { type: "boolean", description: "masked as the agent gets it" },
    record: { type: "boolean", description: "masked as it is recorded" },
    exempt: { ...NAMES, description: "columns that are not masked" },
    detect: object(
      Object.fromEntries(DETECTOR_NAMES.map((name) => [name, words(DETECTOR_ACTIONS)])),
      "what is looked for in columns that no rule masks",
    ),
  }),
};

export const DOCUMENT_SCHEMA: Schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Sluice policy",
  ...object({
    version: { const: 1 },
    description: TEXT,
    ...SECTION,
    roles: { type: "object", additionalProperties: object(SECTION) },
  }),
  $defs: { mask: MASK_DEFINITION },
};
