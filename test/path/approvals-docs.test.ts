// The transcripts of docs/approvals.md are what an agent gets from a gateway under that page's document, and approvers' words
// in them what was sent to the API.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeBackend, type Frame } from "#core/wire";
import { HostileAgent } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

const PAGE = readFileSync(resolve(import.meta.dirname, "../../docs/approvals.md"), "utf8");
const [, document = ""] = /```yaml\n([^`]*)```/.exec(PAGE) ?? [];
const transcripts = [...PAGE.matchAll(/```console\n([^`]*)```/g)].map(([, text = ""]) => text.trim());
const FIELDS = [
  ["D", "DETAIL:  "],
  ["H", "HINT:  "],
] as const;

let role: Role;
let gateway: Gateway;
let agent: HostileAgent;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA ${role.name} AUTHORIZATION ${role.name}`);
  await role.query(`CREATE TABLE ${role.name}.orders (id int, status text)`);
  await role.query(`INSERT INTO ${role.name}.orders SELECT i, 'open' FROM generate_series(1, 4) i`);
  await role.query(`ALTER TABLE ${role.name}.orders OWNER TO ${role.name}`);
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") }, policy: document });
  agent = await HostileAgent.open(gateway.url, "demo", await mint({ sub: "docs" }), "docs");
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.query(`DROP SCHEMA ${role.name} CASCADE`);
  await role?.drop();
});

/** As psql shows it with VERBOSITY verbose; null of what psql does not show. */
function shown(frame: Frame): string | null {
  const message = decodeBackend(frame);
  if (!message.ok) return null;
  const { value } = message;
  if (value.kind === "command_complete") return value.tag;
  if (value.kind !== "error_response" && value.kind !== "notice_response") return null;
  const { fields } = value;
  const first = `${fields.get("S")}:  ${fields.get("C")}: ${fields.get("M")}`;
  const rest = FIELDS.flatMap(([letter, word]) => {
    const text = fields.get(letter);
    return text === undefined ? [] : [`${word}${text}`];
  });
  return [first, ...rest]
    .join("\n")
    .replaceAll(role.name, "public")
    .replaceAll("policy version default", "policy version 7")
    .replaceAll(/demo-[0-9a-f]{24}/g, "demo-ID");
}

async function ask(path: string, body?: unknown): Promise<Response> {
  const headers = {
    authorization: `Bearer ${await mint({ sub: "ada", roles: ["approver"] })}`,
    "content-type": "application/json",
  };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return fetch(`${gateway.url}${path}`, { headers, ...sent });
}

async function decide(verdict: string, reason: string): Promise<void> {
  const listed = await ask("/v1/approvals?state=pending");
  const [only] = ((await listed.json()) as { data: { id: string }[] }).data;
  expect((await ask(`/v1/approvals/${only?.id}/decision`, { verdict, reason })).status).toBe(200);
}

/** What comes until PostgreSQL is ready, or waits. */
async function answer(): Promise<readonly string[]> {
  const lines: string[] = [];
  for (;;) {
    const frame = await agent.frame();
    const text = frame === null ? null : shown(frame);
    if (text !== null) lines.push(text);
    if (frame === null || frame.code === 0x5a || text?.startsWith("NOTICE") === true) return lines;
  }
}

test("the page has its transcripts", () => {
  expect(transcripts.map((text) => text.split("=> ").length - 1)).toEqual([4, 2, 3]);
});

test.each(transcripts)("%s", async (transcript) => {
  const played: string[] = [];
  for (const line of transcript.split("\n")) {
    const statement = /^=> (.*);$/.exec(line)?.[1];
    const decision = /^\((approve|deny): "(.*)"\)$/.exec(line);
    if (statement !== undefined) {
      agent.query(statement);
      played.push(line, ...(await answer()));
    } else if (decision !== null) {
      const [, verdict = "", reason = ""] = decision;
      await decide(verdict, reason);
      played.push(line);
      if (played.findLast((each) => each !== line)?.startsWith("NOTICE") === true)
        played.push(...(await answer()));
    } else if (line === "") played.push("");
  }
  expect(played.join("\n")).toBe(transcript);
});
