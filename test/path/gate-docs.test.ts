// The transcript of limits in docs/policy.md is what an agent gets from a gateway under that page's document.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeBackend, type Frame } from "#core/wire";
import { HostileAgent } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

const PAGE = readFileSync(resolve(import.meta.dirname, "../../docs/policy.md"), "utf8");
const [, document = "", transcript = ""] = /```yaml\n([^`]*)```\s*```console\n([^`]*)```/.exec(PAGE) ?? [];
const FIELDS = [
  ["M", "ERROR:  "],
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
  await role.query(`CREATE TABLE ${role.name}.orders (id int PRIMARY KEY, status text)`);
  await role.query(`INSERT INTO ${role.name}.orders SELECT i, 'open' FROM generate_series(1, 4) i`);
  await role.query(`CREATE TABLE ${role.name}.events AS SELECT i AS id FROM generate_series(1, 2) i`);
  await role.query(`ALTER TABLE ${role.name}.events OWNER TO ${role.name}`);
  await role.query(`ALTER TABLE ${role.name}.orders OWNER TO ${role.name}`);
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") }, policy: document });
  agent = await HostileAgent.open(gateway.url, "demo", await mint(), "docs");
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.query(`DROP SCHEMA ${role.name} CASCADE`);
  await role?.drop();
});

/** As psql shows it with VERBOSITY verbose; the schema is the test's own. */
async function say(statement: string): Promise<string> {
  agent.query(statement);
  const frames = await agent.ready();
  const told = frames.map(errorText).find((text) => text !== null) ?? tag(frames);
  return told.replaceAll(role.name, "public").replaceAll("policy version default", "policy version 7");
}

function errorText(frame: Frame): string | null {
  const message = decodeBackend(frame);
  if (!message.ok || message.value.kind !== "error_response") return null;
  const { fields } = message.value;
  return FIELDS.flatMap(([letter, word]) => {
    const text = fields.get(letter);
    return text === undefined ? [] : [`${word}${letter === "M" ? `${fields.get("C")}: ` : ""}${text}`];
  }).join("\n");
}

function tag(frames: readonly Frame[]): string {
  const message = frames
    .map((frame) => decodeBackend(frame))
    .find((each) => each.ok && each.value.kind === "command_complete");
  return message?.ok === true && message.value.kind === "command_complete" ? message.value.tag : "";
}

const steps = transcript.trim().split(/^(?==> )/m);

test("the page has a transcript", () => {
  expect(steps.length).toBeGreaterThan(5);
});

test.each(steps)("%s", async (step) => {
  const [first = "", ...told] = step.trimEnd().split("\n");
  const statement = first.replace(/^=> /, "").replace(/;$/, "");
  expect(`${first}\n${await say(statement)}`).toBe([first, ...told].join("\n").trimEnd());
});
