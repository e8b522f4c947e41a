// What the console's tests ask of the stack that all of them share.

import pg from "pg";
import { expect, inject } from "vitest";

/** Puts a policy in force, over whatever is. */
export async function applyPolicy(document: string): Promise<void> {
  const { gateway, target, tokens } = inject("stack");
  const path = `${gateway}/v1/targets/${target}/policy`;
  const authorization = `Bearer ${tokens.admin}`;
  const now = await fetch(path, { headers: { authorization } });
  const answer = await fetch(path, {
    method: "PUT",
    body: document,
    headers: { authorization, "if-match": now.headers.get("etag") ?? "" },
  });
  expect(answer.status).toBe(200);
}

/** A session of the stack's agent. Its errors are the test's to cause. */
export async function connectAgent(name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: inject("stack").postgres, application_name: name });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}
