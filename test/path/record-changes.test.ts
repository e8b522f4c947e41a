// What changes beside sessions is in the log: an approval that is decided when its session is over, a grant from asking to its end, a
// policy's version, a hold. Told by the API, exported, proved, and held by `sluice verify` against the sessions' own chains.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Command } from "../unit/shim/command.ts";
import { HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

const CANARY = "canary-8f3a1c";
const POLICY = `
extends: agent
rules:
  - { id: wait, when: { kind: delete }, then: approve, approve: { mode: wait, timeout: 20s } }
  - { id: retry, when: { kind: update }, then: approve, approve: { timeout: 2s } }
grants: { relations: ["*.*"], kinds: [select, delete], auto: [select], longest: 1h }
limits: { rows_changed: 100 }
`;

interface Entry {
  readonly log_index: number | null;
  readonly state: string | null;
  readonly leaf: Readonly<Record<string, unknown>>;
}

let role: Role;
let gateway: Gateway;
let table: string;
let directory: string;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA ${role.name} AUTHORIZATION ${role.name}`);
  table = `${role.name}.things`;
  await role.query(`CREATE TABLE ${table} AS SELECT 1 AS id, 'x' AS name`);
  await role.query(`ALTER TABLE ${table} OWNER TO ${role.name}`);
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") }, policy: POLICY });
  directory = mkdtempSync(join(tmpdir(), "sluice-changes-"));
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.query(`DROP SCHEMA ${role.name} CASCADE`);
  await role?.drop();
  rmSync(directory, { recursive: true, force: true });
});

const ADA = { sub: "ada", roles: ["approver"] };
const AUDITOR = { sub: "sue", roles: ["auditor"] };
const ADMIN = { sub: "root", roles: ["admin"] };

async function call(
  method: string,
  path: string,
  claims: Readonly<Record<string, unknown>>,
  body?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${await mint(claims)}`, ...more };
  return fetch(`${gateway.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
}

async function history(path: string, claims = AUDITOR): Promise<readonly Entry[]> {
  const response = await call("GET", `/v1${path}/history`, claims);
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: readonly Entry[] }).data;
}

async function states(path: string): Promise<(string | null)[]> {
  return (await history(path)).filter(({ log_index }) => log_index !== null).map(({ state }) => state);
}

/** Of the subject's approval, once there is one. */
async function approvalOf(subject: string): Promise<string> {
  const found = async (): Promise<string> => {
    const response = await call("GET", `/v1/approvals?subject=${subject}`, ADA);
    const { data } = (await response.json()) as { data: readonly { readonly id: string }[] };
    return data[0]?.id ?? "";
  };
  await expect.poll(found, { timeout: 8_000 }).not.toBe("");
  return found();
}

async function ended(name: string): Promise<string> {
  await expect.poll(async () => (await gateway.session(name))?.ended_at, { timeout: 8_000 }).toBeTruthy();
  return (await gateway.session(name))?.id ?? "";
}

async function save(name: string, path: string): Promise<string> {
  const file = join(directory, name);
  writeFileSync(file, new Uint8Array(await (await call("GET", path, AUDITOR)).arrayBuffer()));
  return file;
}

async function verify(...args: string[]): Promise<{ readonly code: unknown; readonly stdout: string }> {
  const command = new Command(["verify", ...args], {});
  const code = await command.exitCode();
  return { code, stdout: command.stdout + command.stderr };
}

test("an approval is there from asking to its end, whether its session lives or not", async () => {
  const waits = await HostileAgent.open(gateway.url, "demo", await mint({ sub: "waits" }), "changes-waits");
  waits.query(`DELETE FROM ${table} WHERE name = '${CANARY}'`);
  const first = await approvalOf("waits");
  const decision = JSON.stringify({ verdict: "approve", reason: "as agreed" });
  const json = { "content-type": "application/json" };
  expect((await call("POST", `/v1/approvals/${first}/decision`, ADA, decision, json)).status).toBe(200);
  expect(letters(await waits.ready())).toContain("C");
  waits.terminate();

  // Asked for again later, which nobody does.
  const retries = await HostileAgent.open(gateway.url, "demo", await mint({ sub: "tries" }), "changes-tries");
  retries.query(`UPDATE ${table} SET name = '${CANARY}' WHERE id = 1`);
  await retries.ready();
  retries.terminate();
  const second = await approvalOf("tries");

  await expect
    .poll(() => states(`/approvals/${first}`), { timeout: 8_000 })
    .toEqual(["pending", "approved", "executed"]);
  await expect.poll(() => states(`/approvals/${second}`), { timeout: 8_000 }).toEqual(["pending", "expired"]);
  const last = (await history(`/approvals/${first}`, ADA)).at(-1);
  expect(last?.leaf).toMatchObject({
    type: "sluice.approval/1",
    target: "demo",
    requester: { subject: "waits" },
    rule: "wait",
    relations: expect.arrayContaining([`write ${table}`]),
    votes: [{ subject: "ada", verdict: "approve", reason: "as agreed" }],
    executedBy: await ended("changes-waits"),
  });
  expect((await call("GET", `/v1/approvals/${first}/history`, { sub: "waits" })).status).toBe(403);
});

test("a grant, a policy's version and a hold are there as well, and what is in the log is proved", async () => {
  const wish = { target: "demo", relations: [table], duration: "1min", reason: "a ticket" };
  const json = { "content-type": "application/json" };
  const asked = await call("POST", "/v1/grants", { sub: "wants" }, JSON.stringify(wish), json);
  const { id: grant } = (await asked.json()) as { id: string };
  expect((await call("DELETE", `/v1/grants/${grant}?reason=enough`, ADA)).status).toBe(200);
  await expect.poll(() => states(`/grants/${grant}`), { timeout: 8_000 }).toEqual(["active", "revoked"]);
  expect((await history(`/grants/${grant}`)).at(-1)?.leaf).toMatchObject({
    revokedBy: { subject: "ada", reason: "enough" },
  });
  expect((await call("GET", `/v1/grants/${grant}/history`, { sub: "another" })).status).toBe(404);

  const before = (await call("GET", "/v1/targets/demo/policy", ADMIN)).headers.get("etag") ?? "";
  const document = `${POLICY}# another version\n`;
  const condition = before === '"default"' ? { "if-none-match": "*" } : { "if-match": before };
  const put = await call("PUT", "/v1/targets/demo/policy?comment=why", ADMIN, document, {
    "content-type": "application/yaml",
    ...condition,
  });
  expect(put.ok).toBe(true);
  const { version } = (await put.json()) as { version: number };
  const newest = async (): Promise<Entry | undefined> => (await history("/targets/demo/policy")).at(-1);
  await expect.poll(newest, { timeout: 8_000 }).toMatchObject({
    log_index: expect.any(Number),
    leaf: {
      version,
      by: { subject: "root" },
      comment: "why",
      sha256: createHash("sha256").update(document).digest("hex"),
    },
  });

  const session = await ended("changes-waits");
  const hold = JSON.stringify({ reason: "case 12" });
  expect((await call("PUT", `/v1/sessions/${session}/hold`, ADMIN, hold, json)).status).toBe(204);
  expect((await call("DELETE", `/v1/sessions/${session}/hold`, ADMIN)).status).toBe(204);
  await expect
    .poll(() => states(`/sessions/${session}`), { timeout: 8_000 })
    .toEqual([null, "set", "lifted"]);

  const index = (await newest())?.log_index ?? -1;
  const proved = await call("GET", `/v1/log/inclusion?leaf=${String(index)}`, AUDITOR);
  expect(await proved.json()).toMatchObject({ index, checkpoint: expect.stringContaining("—") });
  expect((await call("GET", "/v1/log/inclusion?leaf=100000", AUDITOR)).status).toBe(404);
});

test("the log holds nothing of a statement, and is held against the sessions' own chains", async () => {
  const [waits, tries] = [await ended("changes-waits"), await ended("changes-tries")];
  const keys = await save("keys.json", "/.well-known/sluice/keys");
  const exports = [
    await save("waits.ndjson", `/v1/sessions/${waits}/export`),
    await save("tries.ndjson", `/v1/sessions/${tries}/export`),
  ];
  const response = await call("GET", "/v1/log/export", AUDITOR);
  const text = await response.text();
  expect(text).not.toContain(CANARY);
  const log = join(directory, "log.ndjson");
  writeFileSync(log, text);
  expect(await verify(...exports, "--keys", keys, "--log", log)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("nothing is missing"),
  });
  // An approval's leaf that says something else is a changed leaf, whatever it says.
  writeFileSync(log, text.replace('"as agreed"', '"as agreeD"'));
  const changed = await verify(...exports, "--keys", keys, "--log", log);
  expect(changed).toMatchObject({ code: 1, stdout: expect.stringContaining("the leaves are not those") });
});
