// Both ways of being held, as real clients meet them: psql through the shim, Neon's driver over its WebSocket, and an agent's loop
// that knows nothing of approvals and goes by the words of the error. What they get is what docs/approvals.md shows of them.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { neonConfig, Pool } from "@neondatabase/serverless";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { withGoverned } from "./compat-governed.ts";
import { mint } from "./hostile-gateway.ts";

const PSQL = "/usr/bin/psql";
const PAGE = readFileSync(resolve(import.meta.dirname, "../../docs/approvals.md"), "utf8");
const [, document = ""] = /```yaml\n([^`]*)```/.exec(PAGE) ?? [];
const [, section = ""] = /\n## In clients\n([^]*?)\n## /.exec(PAGE) ?? [];
const [byPsql = "", byNeon = "", byLoop = ""] = [...section.matchAll(/```text\n([^`]*)```/g)].map(
  ([, text = ""]) => text.trim(),
);

const way = withGoverned(document);
const items = `held_${randomBytes(6).toString("hex")}`;
let direct: pg.Client;

beforeAll(async () => {
  direct = new pg.Client({ connectionString: inject("stack").upstream });
  await direct.connect();
  await direct.query(`CREATE TABLE public.${items} (id int, status text)`);
});

beforeEach(async () => {
  await direct.query(`TRUNCATE public.${items}`);
  await direct.query(`INSERT INTO public.${items} SELECT i, 'open' FROM generate_series(1, 4) i`);
});

afterAll(async () => {
  await direct.query(`DROP TABLE public.${items}`);
  await direct.end();
});

async function ask(path: string, body?: unknown): Promise<Response> {
  const token = await mint({ sub: "ada", roles: ["approver"] });
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return fetch(`http://${new URL(way().connect).host}${path}`, { headers, ...sent });
}

/** The one that is pending, once there is one. */
async function decide(verdict: string, reason: string): Promise<void> {
  const waiting = async (): Promise<readonly { readonly id: string }[]> => {
    const listed = await ask("/v1/approvals?state=pending");
    return ((await listed.json()) as { data: { id: string }[] }).data;
  };
  await expect.poll(async () => (await waiting()).length, { timeout: 8_000 }).toBe(1);
  const [only] = await waiting();
  expect((await ask(`/v1/approvals/${only?.id}/decision`, { verdict, reason })).status).toBe(200);
}

/** Says a line when it comes, and resolves when the statement is over. */
type Client = (statement: string, say: (line: string) => void) => Promise<void>;

/** As the page shows it: its table, its version, no ids. */
function asShown(line: string): string {
  return line
    .replaceAll(items, "orders")
    .replaceAll(/policy version (?:\d+|default)/g, "policy version 7")
    .replaceAll(/demo-[0-9a-f]{24}/g, "demo-ID");
}

/** What the client gets of a transcript's statements, with its decisions made where they stand. */
async function play(transcript: string, prompt: RegExp, client: Client): Promise<string> {
  const lines = transcript.split("\n");
  const played: string[] = [];
  let running: Promise<void> = Promise.resolve();
  for (const [i, line] of lines.entries()) {
    const statement = prompt.exec(line)?.[1];
    const decision = /^\((approve|deny): "(.*)"\)$/.exec(line);
    if (statement === undefined && decision === null) continue;
    if (statement === undefined) {
      // What the page shows before the decision has come by then.
      await expect.poll(() => played.length, { timeout: 8_000 }).toBe(i);
      const [, verdict = "", reason = ""] = decision ?? [];
      await decide(verdict, reason);
      played.push(line);
    } else {
      await running;
      played.push(line);
      running = client(statement.replaceAll("orders", items), (said) => played.push(asShown(said)));
    }
  }
  await running;
  return played.join("\n");
}

const viaPsql: Client = (statement, say) =>
  new Promise((done, fail) => {
    const psql = spawn(PSQL, ["-X", "-c", statement, way().postgres]);
    for (const input of [psql.stdout, psql.stderr]) createInterface({ input }).on("line", say);
    psql.on("error", fail);
    psql.on("close", () => done());
  });

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

test.skipIf(!existsSync(PSQL))("psql waits for its answer, or asks again", async () => {
  expect(await play(byPsql, /^\$ psql -c "(.*)"$/, viaPsql)).toBe(byPsql);
});

test("Neon's driver waits for its answer, or asks again", async () => {
  neonConfig.useSecureWebSocket = false;
  neonConfig.wsProxy = (host, port) => `${host}:${port}/v2`;
  const pool = new Pool({ connectionString: way().connect, max: 1 });
  const client = await pool.connect();
  let notice: (message: string) => void = () => undefined;
  client.on("notice", ({ message }) => notice(message ?? ""));
  const query: Client = async (call, say) => {
    notice = (message) => say(`notice: ${message}`);
    const [, text = "", values = "[]"] = /^"(.*?)"(?:, (\[.*\]))?$/.exec(call) ?? [];
    await client.query(text, JSON.parse(values) as unknown[]).then(
      ({ command, rowCount }) => say(`${command} ${String(rowCount)}`),
      ({ code, message, hint }: Failure) => {
        say(`error ${code}: ${message}`);
        say(`hint: ${hint}`);
      },
    );
  };
  expect(await play(byNeon, /^> await pool\.query\((.*)\)$/, query)).toBe(byNeon);
  client.release();
  await pool.end();
});

test("an agent that goes by the error's words alone gets on: asks again, waits, and leaves out what is denied", async () => {
  const client = new pg.Client({ connectionString: way().postgres });
  await client.connect();
  const loop: Client = async (statement, say) => {
    for (let attempt = 0; attempt < 100; attempt++) {
      const failure = await client.query(statement).then(
        () => null,
        (error: unknown) => error as Failure,
      );
      const words = failure === null ? "" : `${failure.message} ${failure.hint}`;
      if (!/again after approval: the same statement/.test(words)) {
        say(failure === null ? "done" : /[Dd]o not send it again/.test(words) ? "left out" : "lost");
        return;
      }
      if (attempt === 0) say("asks again after approval");
      await new Promise((wake) => setTimeout(wake, 100));
    }
    throw new Error("it asks for ever");
  };
  expect(await play(byLoop, /^agent> (.*)$/, loop)).toBe(byLoop);
  await client.end();
  const { rows } = await direct.query(`SELECT id, status FROM public.${items} ORDER BY id`);
  expect(rows).toEqual([2, 3, 4].map((id) => ({ id, status: "void" })));
});
