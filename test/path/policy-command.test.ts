// `sluice policy` against a whole gateway: a team's work with a policy, from the recorded traffic to the session that feels it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Command } from "../unit/shim/command.ts";
import { failureOf, HostileAgent } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

let role: Role;
let gateway: Gateway;
let directory: string;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`CREATE SCHEMA policy_command`);
  await role.query(`CREATE TABLE policy_command.t (id int PRIMARY KEY, v int)`);
  await role.query(`INSERT INTO policy_command.t VALUES (1, 1), (2, 2)`);
  await role.query(`GRANT USAGE ON SCHEMA policy_command TO ${role.name}`);
  await role.query(`GRANT ALL ON policy_command.t TO ${role.name}`);
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") } });
  directory = mkdtempSync(join(tmpdir(), "sluice-policy-command-"));
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.query(`DROP SCHEMA policy_command CASCADE`);
  await role?.drop();
  rmSync(directory, { recursive: true, force: true });
});

interface Ran {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

async function policy(...args: string[]): Promise<Ran> {
  const command = new Command(["policy", ...args], {
    SLUICE_GATEWAY: gateway.url,
    SLUICE_TARGET: "demo",
    SLUICE_TOKEN: await mint({ roles: ["admin"] }),
  });
  const code = await command.exitCode();
  return { code, stdout: command.stdout, stderr: command.stderr };
}

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** SQLSTATE of the error, null where there is none. */
async function say(agent: HostileAgent, text: string): Promise<string | null> {
  agent.query(text);
  return failureOf((await agent.ready()).filter(({ code }) => code === 0x45))?.sqlstate ?? null;
}

test("traffic is recorded, a policy suggested from it, tried, applied, and felt by the session within five seconds", async () => {
  const agent = await HostileAgent.open(gateway.url, "demo", await mint(), "policy-command");
  expect(await say(agent, "SELECT * FROM policy_command.t")).toBeNull();
  expect(await say(agent, "UPDATE policy_command.t SET v = 3 WHERE id = 1")).toBeNull();
  await expect
    .poll(async () => (await gateway.session("policy-command"))?.subject, { timeout: 10_000 })
    .toBe("hostile");
  await expect
    .poll(async () => (await policy("suggest", "--from", "1h")).stdout, { timeout: 15_000 })
    .toMatch(/from 2 statements that ran/);

  const suggested = await policy("suggest", "--from", "1h");
  expect(suggested).toMatchObject({ code: 0, stderr: "" });
  const path = file("policy.yaml", suggested.stdout);
  expect(await policy("check", path)).toMatchObject({ code: 0, stdout: `${path}: no problems\n` });
  const cases = file(
    "cases.yaml",
    `- { statement: SELECT * FROM policy_command.t, expect: allow }
- { statement: DELETE FROM policy_command.t, expect: deny, rule: no-unbounded-writes }
- { statement: DELETE FROM policy_command.t WHERE id = 1, expect: deny, rule: nothing-else }
`,
  );
  const tested = await policy("test", path, cases);
  expect(tested.stdout).toMatch(/3 of 3 as expected\n$/);
  expect(tested.code).toBe(0);
  const replayed = await policy("replay", path, "--from", "1h");
  expect(replayed.stdout).toMatch(/^2 statements recorded .*newly refused +0\n/s);
  expect(replayed.code).toBe(0);
  const strict = file("strict.yaml", "extends: read-only\n");
  const refused = await policy("replay", strict, "--from", "1h");
  expect(refused.stdout).toMatch(/newly refused +1\n/);
  expect(refused.code).toBe(1);

  expect((await policy("diff", path)).stdout).toMatch(/^--- demo, the default policy\n/);
  expect(await say(agent, "DELETE FROM policy_command.t WHERE id = 2")).toBeNull();
  const applied = await policy("apply", path, "--comment", "from traffic");
  expect(applied.stdout).toMatch(/is version 1, in force within 5 seconds\n$/);
  expect((await policy("diff", path)).code).toBe(0);
  await expect
    .poll(async () => say(agent, "DELETE FROM policy_command.t WHERE id = 1"), {
      timeout: 5_000,
      interval: 100,
    })
    .toBe("42501");
  expect(await say(agent, "SELECT * FROM policy_command.t")).toBeNull();

  const late = await policy("apply", strict, "--replaces", "none");
  expect(late).toMatchObject({ code: 1 });
  expect(late.stdout).toMatch(/not applied: .*version 1 is in force/);
  expect(await policy("check", file("broken.yaml", "extends: agent\nrule: []\n"))).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/broken\.yaml:2:1: /),
  });
  agent.close();
}, 60_000);
