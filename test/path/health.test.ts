// The health report of a gateway whose D1 stops taking what sessions record, and takes it again.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import * as v from "valibot";
import { HealthReport } from "../../worker/health/items.ts";
import { HostileAgent, letters } from "./hostile-agent.ts";
import { type Gateway, mint, startGateway } from "./hostile-gateway.ts";

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ targets: { demo: inject("stack").upstream } });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
});

async function health(): Promise<HealthReport> {
  const answer = await gateway.api("/v1/health", "auditor");
  expect(answer.status).toBe(200);
  return v.parse(HealthReport, await answer.json());
}

/** In D1's own file: as long as a table is not there D1 refuses what sessions bring. */
function rename(from: string, to: string): void {
  const directory = join(gateway.state, "gateway/d1/miniflare-D1DatabaseObject");
  for (const file of readdirSync(directory).filter((name) => name.endsWith(".sqlite"))) {
    const database = new DatabaseSync(join(directory, file), { timeout: 5_000 });
    const known = database.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(from);
    if (known !== undefined) database.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    database.close();
  }
}

test("is for auditors and admins", async () => {
  expect((await gateway.api("/v1/health", "approver")).status).toBe(403);
  expect((await gateway.api("/v1/health", "admin")).status).toBe(200);
  expect((await fetch(`${gateway.url}/v1/health`)).status).toBe(401);
});

test("tells which sessions D1 does not take, and that it has them again", async () => {
  const well = await health();
  expect(well).toMatchObject({
    status: "ok",
    problems: [],
    d1: [{ name: "LEDGER", state: "ok", open: true }],
    backlog: { sessions: 0 },
    webhooks: [{ target: "demo", state: "ok", waiting: 0, dead: 0 }],
    log: { state: "ok", signed: true, places: [] },
    object_storage: "none",
  });
  expect(well.d1[0]?.bytes).toBeGreaterThan(0);
  const agent = await HostileAgent.open(gateway.url, "demo", await mint({ sub: "behind" }), "behind");
  agent.query("SELECT 1");
  await agent.ready();
  await expect.poll(async () => (await gateway.session("behind"))?.subject).toBe("behind");
  rename("statements", "statements_away");
  agent.query("SELECT 2");
  expect(letters(await agent.ready())).toBe("TDCZ");
  await expect
    .poll(async () => (await health()).backlog?.sessions, { timeout: 25_000, interval: 500 })
    .toBe(1);
  const report = await health();
  expect(report).toMatchObject({ status: "failing", backlog: { longest: [{ target: "demo" }] } });
  expect(report.backlog?.statements).toBeGreaterThanOrEqual(1);
  expect(report.problems.map(({ part }) => part)).toContain("backlog");
  rename("statements_away", "statements");
  // Whoever reads a live session has its record brought up to date, and does not wait until D1 is tried again.
  const id = (await gateway.session("behind"))?.id ?? "";
  expect((await gateway.api(`/v1/sessions/${id}/statements`)).status).toBe(200);
  await expect.poll(async () => (await health()).status, { timeout: 25_000 }).toBe("ok");
  agent.leave();
}, 60_000);
