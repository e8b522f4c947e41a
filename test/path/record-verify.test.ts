// The record of a real session, exported over HTTP and verified with `sluice verify` and nothing but the keys document.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Command } from "../unit/shim/command.ts";
import { HostileAgent } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

let role: Role;
let gateway: Gateway;
let directory: string;
let auditor: string;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") } });
  directory = mkdtempSync(join(tmpdir(), "sluice-verify-"));
  auditor = await mint({ roles: ["auditor"] });
  const agent = await HostileAgent.open(gateway.url, "demo", await mint(), "record-verify");
  for (const text of [
    "SELECT 1",
    "SELECT * FROM no_such_table",
    "SELECT repeat('x', 400000)",
    `SELECT length('${"y".repeat(300_000)}')`,
    "SELECT 1; SELECT 2",
  ]) {
    agent.query(text);
    await agent.ready();
  }
  agent.terminate();
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.drop();
  rmSync(directory, { recursive: true, force: true });
});

/** Id of a session that has ended. */
async function ended(name: string): Promise<string> {
  const at = async (): Promise<unknown> => (await gateway.session(name))?.ended_at;
  await expect.poll(at, { timeout: 10_000 }).toBeTruthy();
  return (await gateway.session(name))?.id ?? "";
}

async function save(name: string, path: string): Promise<string> {
  const file = join(directory, name);
  writeFileSync(file, new Uint8Array(await (await get(path)).arrayBuffer()));
  return file;
}

async function get(path: string): Promise<Response> {
  return fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${auditor}` } });
}

async function verify(...args: string[]): Promise<{ readonly code: unknown; readonly stdout: string }> {
  const command = new Command(["verify", ...args], { SLUICE_TOKEN: auditor });
  const code = await command.exitCode();
  return { code, stdout: command.stdout + command.stderr };
}

test("a session is whole offline, over HTTP and by the gateway's own word; one bit is told by its entry", async () => {
  const id = await ended("record-verify");
  const keys = await save("keys.json", "/.well-known/sluice/keys");
  const path = await save("session.ndjson", `/v1/sessions/${id}/export`);

  expect(await verify(path, "--keys", keys)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("whole"),
  });
  const url = `${gateway.url}/v1/sessions/${id}/export`;
  expect(await verify(url, "--keys", keys)).toMatchObject({ code: 0 });
  const said: unknown = await (await get(`/v1/sessions/${id}/verify`)).json();
  expect(said).toMatchObject({ verdict: "whole", breaks: [] });

  const bytes = readFileSync(path);
  const at = bytes.indexOf("no_such_table");
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const broken = await verify(path, "--keys", keys);
  expect(broken.code).toBe(1);
  expect(broken.stdout).toMatch(/BROKEN.*\n {2}entry 3: the entry is not what was recorded/);
  expect(await verify(join(directory, "none"), "--keys", keys)).toMatchObject({ code: 2 });
});

test("the log tells which session is missing, and holds later logs to an earlier checkpoint", async () => {
  const first = await ended("record-verify");
  const inLog = async (id: string): Promise<boolean> => (await get(`/v1/log/inclusion?session=${id}`)).ok;
  await expect.poll(() => inLog(first), { timeout: 10_000 }).toBe(true);
  const earlier = await save("earlier", "/v1/log/checkpoint");
  const agent = await HostileAgent.open(gateway.url, "demo", await mint(), "record-second");
  agent.terminate();
  const second = await ended("record-second");
  await expect.poll(() => inLog(second), { timeout: 10_000 }).toBe(true);

  const keys = await save("keys.json", "/.well-known/sluice/keys");
  const exports = [
    await save("first.ndjson", `/v1/sessions/${first}/export`),
    await save("second.ndjson", `/v1/sessions/${second}/export`),
  ];
  const log = await save("log.ndjson", "/v1/log/export");
  const all = await verify(...exports, "--keys", keys, "--log", log, "--checkpoint", earlier);
  expect(all).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/leaf 1 of the log[^]*nothing is missing/),
  });
  const lacking = await verify(exports[1] ?? "", "--keys", keys, "--log", log);
  expect(lacking.code).toBe(1);
  expect(lacking.stdout).toContain(`session ${first} (leaf 0 of the log) is missing among the exports`);
  const shorter = join(directory, "shorter.ndjson");
  const lines = readFileSync(log, "utf8").split("\n");
  writeFileSync(shorter, lines.toSpliced(1, 1).join("\n"));
  expect(await verify(...exports, "--keys", keys, "--log", shorter)).toMatchObject({ code: 1 });
});
