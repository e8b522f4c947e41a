// Limits of a policy on sessions rather than on what a statement does: how many a subject has, how long one lasts or is
// idle, how many statements a minute; and exclusions from the record.

import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf, HostileAgent, letters, startup } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

const POLICY = `
extends: owner
rules:
  - { id: secret-answers, when: { kind: show }, then: allow, record: false }
  - { id: digests, when: { kind: explain }, then: allow, record: digest }
record: { ceiling: { statement: 1KB } }
limits: { sessions_per_subject: 2, statements_per_minute: 6, idle_time: 2s, session_time: 6s }
`;

let role: Role;
let gateway: Gateway;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  gateway = await startGateway({ targets: { demo: role.url("not-a-secret") }, policy: POLICY });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.drop();
});

async function open(subject: string, name: string): Promise<HostileAgent> {
  return HostileAgent.open(gateway.url, "demo", await mint({ sub: subject }), name);
}

async function refusal(subject: string): Promise<string | undefined> {
  const agent = await HostileAgent.dial(`${gateway.url}/v1/connect/demo`, {
    headers: { authorization: `Bearer ${await mint({ sub: subject })}` },
  });
  agent.send(startup({ user: "agent", database: "demo" }));
  return failureOf(await agent.toEnd())?.sqlstate;
}

test("a subject has as many sessions as it may, and gets a place back when one ends", async () => {
  const [first, second] = [await open("busy", "one"), await open("busy", "two")];
  expect(await refusal("busy")).toBe("53300");
  const other = await open("other", "three");
  first.leave();
  await first.toEnd();
  await expect.poll(() => refusalOrOpen("busy"), { timeout: 5_000 }).toBe("open");
  second.close();
  other.close();
});

test("places are given once, however many ask at the same time", async () => {
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => refusalOrOpen("racing")));
  expect(outcomes.filter((outcome) => outcome === "open")).toHaveLength(2);
  expect(outcomes.filter((outcome) => outcome === "53300")).toHaveLength(6);
});

async function refusalOrOpen(subject: string): Promise<string | undefined> {
  const agent = await HostileAgent.dial(`${gateway.url}/v1/connect/demo`, {
    headers: { authorization: `Bearer ${await mint({ sub: subject })}` },
  });
  agent.send(startup({ user: "agent", database: "demo" }));
  const frames = await agent.ready().catch(() => null);
  return frames === null ? "53300" : "open";
}

test("one statement too many in a minute is refused, and the session goes on", async () => {
  const agent = await open("quick", "quick");
  for (let i = 0; i < 6; i++) {
    agent.query("SELECT 1");
    expect(letters(await agent.ready())).toBe("TDCZ");
  }
  agent.query("SELECT 1");
  const frames = await agent.ready();
  expect(letters(frames)).toBe("EZ");
  expect(failureOf(frames)?.sqlstate).toBe("54000");
  agent.close();
});

test("an idle session ends, and one that is not ends at its time", async () => {
  const opened = Date.now();
  const idle = await open("idle", "idle");
  expect(failureOf(await idle.toEnd())?.sqlstate).toBe("57P05");
  expect(Date.now() - opened).toBeGreaterThan(1_900);
  const busy = await open("lasting", "lasting");
  const began = Date.now();
  const beat = setInterval(() => busy.query(""), 500);
  const frames = await busy.toEnd();
  clearInterval(beat);
  expect(failureOf(frames.slice(-1))?.sqlstate).toBe("57P05");
  expect(Date.now() - began).toBeGreaterThan(5_000);
});

test("what an exclusion keeps out of the record is counted, and said", async () => {
  const agent = await open("excluded", "excluded");
  agent.query("SHOW server_version");
  expect(letters(await agent.ready())).toBe("TDCZ");
  agent.leave();
  await agent.toEnd();
  const session = await expect
    .poll(() => gateway.session("excluded"), { timeout: 8_000 })
    .toBeDefined()
    .then(() => gateway.session("excluded"));
  const response = await gateway.api(`/v1/sessions/${session?.id}/statements`);
  const { data } = (await response.json()) as {
    data: { kinds: string[]; response_recorded: boolean; decision: { rule: string; recorded: boolean } }[];
  };
  expect(data[0]).toMatchObject({
    kinds: ["show"],
    response_recorded: false,
    decision: { rule: "secret-answers" },
  });
  expect((await gateway.api(`/v1/sessions/${session?.id}/statements/1/result`)).status).toBe(404);
});

test("a digest, and that of a response past the ceiling, is of the bytes that the agent got, and verifies", async () => {
  const agent = await open("digested", "digested");
  const got: string[] = [];
  for (const text of ["EXPLAIN SELECT 1", "SELECT repeat('x', 90) FROM generate_series(1, 100)"]) {
    agent.query(text);
    const frames = await agent.ready();
    expect(letters(frames).at(-1)).toBe("Z");
    got.push(
      createHash("sha256")
        .update(Buffer.concat(frames.map(({ bytes }) => bytes)))
        .digest("hex"),
    );
  }
  agent.leave();
  await agent.toEnd();
  await expect.poll(() => gateway.session("digested"), { timeout: 8_000 }).toBeDefined();
  const path = `/v1/sessions/${(await gateway.session("digested"))?.id}`;
  const verdict = async (): Promise<unknown> =>
    ((await (await gateway.api(`${path}/verify`)).json()) as { verdict?: unknown }).verdict;
  await expect.poll(verdict, { timeout: 8_000 }).toBe("whole");
  const { data } = (await (await gateway.api(`${path}/statements`)).json()) as { data: unknown[] };
  expect(data).toMatchObject([
    { response_recorded: false, recorded: "digest", response_digest: got[0], response_stored_bytes: 0 },
    { response_recorded: false, recorded: "truncated", response_digest: got[1], rows: 100 },
  ]);
  const cut = await gateway.api(`${path}/statements/2/result?format=wire`);
  expect([cut.status, cut.headers.get("sluice-recorded")]).toEqual([200, "truncated"]);
  const { length } = new Uint8Array(await cut.arrayBuffer());
  expect(length).toBeGreaterThan(0);
  expect(length).toBeLessThanOrEqual(1_000);
});
