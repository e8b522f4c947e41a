// Plays a case over a session, and holds what was seen against what PostgreSQL shows directly.

import { expect } from "vitest";
import type { Honest } from "./case.ts";
import type { Answer, Session } from "./drivers.ts";

/** The answer of each step; what it changed is rolled back. */
export async function play(session: Session, { steps, writes }: Honest, shown: boolean): Promise<Answer[]> {
  const answers: Answer[] = [];
  try {
    if (writes === true) await session.ask({ sql: "BEGIN" });
    for (const { sql, shows, parameters = [] } of steps)
      answers.push(await session.ask({ sql: shown ? (shows ?? sql) : sql, parameters }));
  } finally {
    if (writes === true) await session.ask({ sql: "ROLLBACK" });
  }
  return answers;
}

/** What it shows is not what PostgreSQL answers to the same statements. */
export function showsOther({ steps }: Honest): boolean {
  return steps.some(({ shows }) => shows !== undefined);
}

/** To the end: what it changed stays. */
export async function playToTheEnd(session: Session, { steps }: Honest): Promise<void> {
  await session.ask({ sql: "BEGIN" });
  try {
    for (const step of steps) await session.ask(step);
    await session.ask({ sql: "COMMIT" });
  } catch (error) {
    await session.ask({ sql: "ROLLBACK" });
    throw error;
  }
}

/** Values and their tokens, of one driver: the same value has the same token, and another value another. */
export class Tokens {
  readonly #tokens = new Map<unknown, unknown>();
  readonly #values = new Map<unknown, unknown>();

  /** The value again, if this is its token and not itself. */
  valueOf(token: unknown, value: unknown): unknown {
    if (token === null || value === null || token === value)
      return token === value && token !== null ? "itself" : token;
    if (!this.#tokens.has(value) && !this.#values.has(token)) {
      this.#tokens.set(value, token);
      this.#values.set(token, value);
    }
    return this.#tokens.get(value) === token ? this.#values.get(token) : "the token of another value";
  }

  get count(): number {
    return this.#tokens.size;
  }
}

/** `seen` through the gateway; `open` and `shown` directly, of the statements themselves and of what they show. */
export function compare(
  honest: Honest,
  seen: readonly Answer[],
  open: readonly Answer[],
  shown: readonly Answer[],
  tokens: Tokens,
): void {
  const told = seen.map((answer, index) => {
    const columns = new Set(honest.steps[index]?.tokens ?? []);
    return {
      ...answer,
      rows: answer.rows.map((row, at) =>
        row.map((value, column) =>
          columns.has(column) ? tokens.valueOf(value, shown[index]?.rows[at]?.[column]) : value,
        ),
      ),
    };
  });
  expect(told).toEqual(shown.map((answer, index) => ({ ...answer, fields: open[index]?.fields })));
}
