// A session on a real PostgreSQL that asks as the gateway does: the inquiry prepared once, its rows through answers().

import pg from "pg";
import { type Answer, type Question, answers, inquiry } from "../../../core/sql/catalog/index.ts";

export interface AskingSession {
  readonly client: pg.Client;
  ask(...questions: readonly Question[]): Promise<readonly Answer[]>;
  rows(...questions: readonly Question[]): Promise<readonly (string | null)[]>;
  relation(name: string, schema?: string): Promise<Extract<Answer, { kind: "relation" }>["value"]>;
  functions(name: string, schema?: string): Promise<Extract<Answer, { kind: "functions" }>["value"]>;
  type(name: string, schema?: string): Promise<Extract<Answer, { kind: "type" }>["value"]>;
  end(): Promise<void>;
}

export async function openSession(url: string): Promise<AskingSession> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const rows = async (...questions: readonly Question[]): Promise<readonly (string | null)[]> => {
    const { sql, parameter } = inquiry(questions);
    const result = await client.query<[string | null]>({
      name: "inquiry",
      text: sql,
      values: [parameter],
      rowMode: "array",
    });
    return result.rows.map(([answer]) => answer);
  };
  const ask = async (...questions: readonly Question[]): Promise<readonly Answer[]> => {
    const result = answers(questions, await rows(...questions));
    if (!result.ok) throw new Error(result.error);
    return result.value;
  };
  const one = async <K extends Answer["kind"]>(
    question: Question,
    kind: K,
  ): Promise<Extract<Answer, { kind: K }>> => {
    const [answer] = await ask(question);
    if (answer?.kind !== kind) throw new Error(`${question.kind}: ${JSON.stringify(answer)}`);
    return answer as Extract<Answer, { kind: K }>;
  };
  return {
    client,
    ask,
    rows,
    relation: async (name, schema) =>
      (await one({ kind: "relation", name: { schema: schema ?? null, name } }, "relation")).value,
    functions: async (name, schema) =>
      (await one({ kind: "functions", name: { schema: schema ?? null, name } }, "functions")).value,
    type: async (name, schema) =>
      (await one({ kind: "type", name: { schema: schema ?? null, name } }, "type")).value,
    end: () => client.end(),
  };
}
