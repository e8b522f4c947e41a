// Questions -> what to run on the session's own connection, by Parse, Bind and Execute. Pure.

import type { Name, Question } from "../catalog.ts";
import { STATEMENT } from "./statement.ts";

export interface Inquiry {
  /** Always the same: prepare it once. One parameter, one result column, both text. */
  readonly sql: string;
  readonly parameter: string;
}

const MAX_OID = 0xffff_ffff;

export function inquiry(questions: readonly Question[]): Inquiry {
  return {
    sql: STATEMENT,
    parameter: questions.map((question) => JSON.stringify(line(question))).join("\n"),
  };
}

function line(question: Question): readonly (string | number | null)[] {
  switch (question.kind) {
    case "relation":
      return byName("relation", question.name);
    case "functions":
      return byName("function", question.name);
    case "operators":
      return byName("operator", question.name);
    case "type":
      return byName("type", question.name);
    case "relation_oid":
      return byOid("relation", question.oid);
    case "function_oid":
      return byOid("function", question.oid);
    case "type_oid":
      return byOid("type", question.oid);
  }
}

/** What no name or OID can be, PostgreSQL could not read either: asked as nothing, found nowhere. */
const NOTHING = ["nothing"] as const;

function byName(kind: string, { schema, name }: Name): readonly (string | number | null)[] {
  if (!sound(name) || (schema !== null && !sound(schema))) return NOTHING;
  return [kind, schema, name, null];
}

function byOid(kind: string, oid: number): readonly (string | number | null)[] {
  return Number.isInteger(oid) && oid >= 0 && oid <= MAX_OID ? [kind, null, null, oid] : NOTHING;
}

/** No NUL, no half of a surrogate pair: jsonb takes neither. */
function sound(text: string): boolean {
  return !/\0|\p{Surrogate}/u.test(text);
}
