// A session that writes its record faster than D1 takes it: it ends at JOURNAL_BYTES, before the platform's own end would
// come without a word. On a gateway of its own, with a limit that a test can reach.

import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf, HostileAgent } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

let role: Role;
let gateway: Gateway;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  gateway = await startGateway({
    targets: { demo: role.url("not-a-secret"), lenient: role.url("not-a-secret") },
    limits: { JOURNAL_BYTES: 4 * 1024 * 1024 },
  });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.drop();
});

// Several times: a database that is stuck writing was now and then left with its connection.
test.for([1, 2, 3, 4, 5, 6])(
  "a result that the journal cannot hold ends the session and its connection (%i)",
  async () => {
    const agent = await HostileAgent.open(gateway.url, "demo", await mint(), "journal");
    agent.query("SELECT repeat('x', 1000) FROM generate_series(1, 30000)");
    const failure = failureOf(await agent.toEnd());
    expect(failure).toMatchObject({ sqlstate: "58030" });
    expect(failure?.message).toContain("JOURNAL_BYTES");
    await expect.poll(() => role.connections(), { timeout: 8_000 }).toEqual([]);
  },
);

test("a small statement is served beside it", async () => {
  const agent = await HostileAgent.open(gateway.url, "demo", await mint(), "small");
  agent.query("SELECT 1");
  expect(failureOf(await agent.ready())).toBeNull();
  agent.close();
});

test("a session goes on where its policy says so, and its record is whole and says what it lacks", async () => {
  await gateway.putPolicy("lenient", "extends: owner\nrecord: { unavailable: run }\n");
  const agent = await HostileAgent.open(gateway.url, "lenient", await mint(), "lenient");
  agent.query("SELECT repeat('x', 1000) FROM generate_series(1, 30000)");
  const rows = (await agent.ready()).filter(({ code }) => code === 0x44);
  expect(rows).toHaveLength(30_000);
  agent.query("SELECT 1");
  expect(failureOf(await agent.ready())).toBeNull();
  agent.terminate();
  const ended = async (): Promise<unknown> => (await gateway.session("lenient"))?.ended_at;
  await expect.poll(ended, { timeout: 15_000 }).toBeTruthy();
  const id = (await gateway.session("lenient"))?.id ?? "";
  const events = (await (await gateway.api(`/v1/sessions/${id}/events`)).json()) as {
    data: readonly { readonly kind: string; readonly detail: string }[];
  };
  const told = events.data.filter(({ kind }) => kind === "unrecorded").map(({ detail }) => detail);
  expect(told.map((detail) => JSON.parse(detail) as unknown)).toEqual(
    expect.arrayContaining([expect.objectContaining({ why: "full", outcomes: 1 })]),
  );
  const verdict: unknown = await (await gateway.api(`/v1/sessions/${id}/verify`)).json();
  expect(verdict).toMatchObject({ verdict: "whole", breaks: [] });
});
