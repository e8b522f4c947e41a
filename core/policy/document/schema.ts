// JSON Schema of the document, for editors. parse.ts is what decides; this helps to write.

import { EFFECTS } from "../decision.ts";
import { DAYS, PROFILE_NAMES, SAFEGUARDS } from "./document.ts";
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

const RULE: Schema = {
  ...object({
    id: { type: "string", maxLength: 100, description: "named by refusals and the record" },
    when: WHEN,
    // oxlint-disable-next-line unicorn/no-thenable -- a schema of the key, which nobody awaits
    then: words(EFFECTS),
    record: { type: "boolean", description: "false: the response is not recorded" },
    hint: TEXT,
  }),
  required: ["id", "then"],
};

const COLUMN_LISTS = object({ read: GLOBS, write: GLOBS, deny: GLOBS });

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
  record: object({ exclude: GLOBS }),
  introspection: {
    type: "boolean",
    description: "catalogs may be read, but for what shows values or other sessions",
  },
  safeguards: words(SAFEGUARDS),
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
};
