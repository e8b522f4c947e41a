// Query parameters: a table of them, each with what it accepts, how it is read, and its place in the OpenAPI document.
// An unknown, repeated or unreadable parameter is a problem that names it: a filter that is silently dropped shows an
// auditor more or other than was asked for.

import { err, ok, type Result } from "../../core/result.ts";
import { parameterProblem, type Problem } from "../problem.ts";

export interface Parameter<T> {
  /** Ends the sentence 'query parameter "x": …'. */
  readonly accepted: string;
  readonly description: string;
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** null when the text is not acceptable. */
  readonly read: (text: string) => T | null;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

export type Query<P extends Parameters> = {
  readonly [K in keyof P]: (P[K] extends Parameter<infer T> ? T : never) | null;
};

/** A parameter that is absent is null. */
export function readQuery<P extends Parameters>(url: string, parameters: P): Result<Query<P>, Problem> {
  const given = new URL(url).searchParams;
  for (const name of given.keys()) {
    if (!Object.hasOwn(parameters, name)) {
      const known = Object.keys(parameters).join(", ");
      return err(
        parameterProblem(name, known === "" ? "none is accepted here" : `unknown; accepted are ${known}`),
      );
    }
    if (given.getAll(name).length > 1) return err(parameterProblem(name, "may be given once"));
  }
  const values: Record<string, unknown> = {};
  for (const [name, { accepted, read }] of Object.entries(parameters)) {
    const text = given.get(name);
    const value = text === null ? null : read(text);
    if (text !== null && value === null) return err(parameterProblem(name, accepted));
    values[name] = value;
  }
  return ok(values as Query<P>);
}

export function text(description: string, maxCharacters = 1000): Parameter<string> {
  return {
    accepted: `has to be 1 to ${String(maxCharacters)} characters`,
    description,
    schema: { type: "string", minLength: 1, maxLength: maxCharacters },
    read: (given) => (given.length >= 1 && given.length <= maxCharacters ? given : null),
  };
}

export function integer(description: string, minimum: number, maximum: number): Parameter<number> {
  return {
    accepted: `has to be an integer from ${String(minimum)} to ${String(maximum)}`,
    description,
    schema: { type: "integer", minimum, maximum },
    read: (given) => {
      const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
      return value >= minimum && value <= maximum ? value : null;
    },
  };
}

export function oneOf<const T extends string>(description: string, values: readonly T[]): Parameter<T> {
  return {
    accepted: `has to be ${values.map((value) => `"${value}"`).join(" or ")}`,
    description,
    schema: { type: "string", enum: values },
    read: (given) => values.find((value) => value === given) ?? null,
  };
}

/** RFC 3339 §5.6; `+` has to be written %2B in a query, and reads as a space otherwise. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

export function time(description: string): Parameter<number> {
  return {
    accepted: "has to be an RFC 3339 time such as 2026-11-20T09:00:00Z (a + in it is written %2B)",
    description,
    schema: { type: "string", format: "date-time" },
    read: (given) => {
      const value = TIME.test(given) ? Date.parse(given) : Number.NaN;
      return Number.isNaN(value) ? null : value;
    },
  };
}
