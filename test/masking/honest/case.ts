// What an honest case is: statements, and for those that show masked columns the statement that gives the same rows directly,
// with the masks written out in SQL.

export type Parameter = string | number | boolean | null;

export interface Step {
  readonly sql: string;
  readonly parameters?: readonly Parameter[];
  /** What PostgreSQL answers directly is what is seen; left out: `sql` itself. `{name}` stands for a mask's function. */
  readonly shows?: string;
  /** Columns of `shows` with values in place of which tokens are seen: one for each, the same each time. */
  readonly tokens?: readonly number[];
}

export interface Honest {
  /** A sentence. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** It changes rows: played in a transaction that is rolled back, and once to the end. */
  readonly writes?: true;
}

/** Nothing of a masked column is in its answers: they are PostgreSQL's own. */
export function plain(name: string, sql: string, ...parameters: readonly Parameter[]): Honest {
  return { name, steps: [{ sql, parameters }] };
}

/** Several statements, one after the other. */
export function talk(name: string, ...steps: readonly (string | Step)[]): Honest {
  return { name, steps: steps.map((step) => (typeof step === "string" ? { sql: step } : step)) };
}

export function masked(
  name: string,
  sql: string,
  shows: string,
  ...parameters: readonly Parameter[]
): Honest {
  return { name, steps: [{ sql, shows, parameters }] };
}

export function writes(name: string, ...steps: readonly (string | Step)[]): Honest {
  return { ...talk(name, ...steps), writes: true };
}
