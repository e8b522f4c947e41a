// Both ways of being held, as real clients meet them: psql through the shim, Neon's driver over its WebSocket, and an agent's loop
// that knows nothing of approvals and goes by the words of the error.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { neonConfig, Pool } from "@neondatabase/serverless";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { withGoverned } from "./compat-governed.ts";
import { mint } from "./hostile-gateway.ts";

const run = promisify(execFile);
const PSQL = "/usr/bin/psql";

const way = withGoverned(`
extends: agent
rules:
  - { id: wait, when: { kind: delete }, then: approve, approve: { mode: wait, timeout: 20s } }
  - { id: retry, when: { kind: update }, then: approve }
`);
const items = `public.held_${randomBytes(6).toString("hex")}`;
let direct: pg.Client;

beforeAll(async () => {
  direct = new pg.Client({ connectionString: inject("stack").upstream });
  await direct.connect();
  await direct.query(`CREATE TABLE ${items} AS SELECT i AS id, 'new' AS state FROM generate_series(1, 9) i`);
});

afterAll(async () => {
  await direct.query(`DROP TABLE ${items}`);
  await direct.end();
});

async function ask(path: string, body?: unknown): Promise<Response> {
  const token = await mint({ sub: "ada", roles: ["approver"] });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return fetch(`http://${new URL(way().connect).host}${path}`, { headers, ...sent });
}

/** The one that is pending, once there is one. */
async function decide(verdict: "approve" | "deny", reason = "as agreed"): Promise<void> {
  const waiting = async (): Promise<readonly { readonly id: string }[]> => {
    const listed = await ask("/v1/approvals?state=pending");
    return ((await listed.json()) as { data: { id: string }[] }).data;
  };
  await expect.poll(async () => (await waiting()).length, { timeout: 8_000 }).toBe(1);
  const [only] = await waiting();
  expect((await ask(`/v1/approvals/${only?.id}/decision`, { verdict, reason })).status).toBe(200);
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const refusalOf = (work: Promise<unknown>): Promise<Refusal | null> =>
  work.then(
    () => null,
    (error: unknown) => error as Refusal,
  );

test("Neon's driver waits for its answer, or asks again", async () => {
  neonConfig.useSecureWebSocket = false;
  neonConfig.wsProxy = (host, port) => `${host}:${port}/v2`;
  const pool = new Pool({ connectionString: way().connect, max: 1 });
  const client = await pool.connect();
  const notices: string[] = [];
  client.on("notice", ({ message }) => notices.push(message ?? ""));
  const waiting = client.query(`DELETE FROM ${items} WHERE id = $1`, [1]);
  await decide("approve");
  expect((await waiting).rowCount).toBe(1);
  expect(notices.join()).toContain("waits for approval");
  const update = (): Promise<{ rowCount: number | null }> =>
    client.query(`UPDATE ${items} SET state = $1 WHERE id = 2`, ["neon"]);
  expect(await refusalOf(update())).toMatchObject({
    code: "42501",
    hint: expect.stringContaining("Ask again after approval") as string,
  });
  await decide("approve");
  expect((await update()).rowCount).toBe(1);
  expect(await refusalOf(update())).toMatchObject({ code: "42501" });
  await decide("deny");
  client.release();
  await pool.end();
});

describe.skipIf(!existsSync(PSQL))("psql", () => {
  const psql = (sql: string): Promise<{ stdout: string; stderr: string }> =>
    run(PSQL, ["-X", "-c", sql, way().postgres]).catch(
      (failure: unknown) => failure as { stdout: string; stderr: string },
    );

  test("waits for its answer, or asks again", async () => {
    const waiting = psql(`DELETE FROM ${items} WHERE id = 3`);
    await decide("approve");
    const { stdout, stderr } = await waiting;
    expect(stdout).toBe("DELETE 1\n");
    expect(stderr).toMatch(/^NOTICE: {2}statement waits for approval \S+ by a person\n/);
    const update = `UPDATE ${items} SET state = 'psql' WHERE id = 4`;
    const refused = await psql(update);
    expect(refused.stdout).toBe("");
    expect(refused.stderr).toMatch(
      /^ERROR: {2}statement needs approval by rule "retry"[^]*\nHINT: .*Ask again after/,
    );
    await decide("approve");
    expect(await psql(update)).toMatchObject({ stdout: "UPDATE 1\n", stderr: "" });
  });
});

/** What a program does that has read the error and nothing else. */
async function agentLoop(client: pg.Client, plan: readonly string[]): Promise<readonly string[]> {
  const log: string[] = [];
  for (const statement of plan) {
    for (let attempt = 0; ; attempt++) {
      if (attempt > 100) throw new Error("it asks for ever");
      const refusal = await refusalOf(client.query(statement));
      const words = refusal === null ? "" : `${refusal.message} ${refusal.hint}`;
      if (/again after approval: the same statement/.test(words)) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      log.push(refusal === null ? "done" : /[Dd]o not send it again/.test(words) ? "left out" : "lost");
      break;
    }
  }
  return log;
}

test("an agent that goes by the error's words alone gets on: asks again, waits, and leaves out what is denied", async () => {
  const client = new pg.Client({ connectionString: way().postgres });
  await client.connect();
  const done = agentLoop(client, [
    `UPDATE ${items} SET state = 'loop' WHERE id = 5`,
    `DELETE FROM ${items} WHERE id = 6`,
    `UPDATE ${items} SET state = 'all'`,
    `DELETE FROM ${items}`,
    `SELECT 1`,
  ]);
  await decide("approve");
  await decide("approve");
  await decide("deny", "not all of them");
  await decide("deny", "nor that");
  expect(await done).toEqual(["done", "done", "left out", "left out", "done"]);
  await client.end();
  const { rows } = await direct.query(`SELECT id, state FROM ${items} WHERE id > 4 ORDER BY id`);
  expect(rows).toEqual([{ id: 5, state: "loop" }, ...[7, 8, 9].map((id) => ({ id, state: "new" }))]);
});
