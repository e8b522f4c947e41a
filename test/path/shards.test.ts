// The record in two D1 databases, through the whole gateway: sessions land on both and are read as one record; while one does not
// answer its sessions go on, and nobody is told less than there is; a closed one keeps what began there.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Command } from "../unit/shim/command.ts";
import { HostileAgent } from "./hostile-agent.ts";
import { type Gateway, mint, Role, type SessionItem, startGateway } from "./hostile-gateway.ts";

const SECOND = "RECORD_1";
/** More than anybody's luck: one in 2^24 runs has all of them in one shard. */
const MOST_SESSIONS = 25;
const keys = { sessionKey: "1".repeat(64), recordKey: "2".repeat(64) };

let role: Role;
let gateway: Gateway;
/** Goes on over the tests; in the second shard. */
let agent: HostileAgent;
let agentId: string;

async function start(shards: object, state?: string): Promise<Gateway> {
  return startGateway({
    targets: { demo: role.url("not-a-secret") },
    ...keys,
    vars: { SHARDS: JSON.stringify(shards) },
    shards: [SECOND],
    ...(state === undefined ? {} : { state }),
  });
}

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  gateway = await start({ [SECOND]: {} });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.drop();
});

type ShardName = "LEDGER" | typeof SECOND;

/** As somebody who has a D1 and not the gateway. Only the first has a catalogue of the others. */
function inShard<T>(shard: ShardName, work: (db: DatabaseSync) => T): T {
  const directory = join(gateway.state, "gateway/d1/miniflare-D1DatabaseObject");
  for (const name of readdirSync(directory)) {
    if (!name.endsWith(".sqlite") || name === "metadata.sqlite") continue;
    const db = new DatabaseSync(join(directory, name), { timeout: 5000 });
    try {
      const isFirst = db.prepare("SELECT 1 FROM shards").get() !== undefined;
      if (isFirst === (shard === "LEDGER")) return work(db);
    } finally {
      db.close();
    }
  }
  throw new Error(`there is no database of ${shard}`);
}

function idsIn(shard: ShardName): string[] {
  return inShard(shard, (db) =>
    db
      .prepare("SELECT id FROM sessions")
      .all()
      .map((row) => String(row["id"])),
  );
}

async function open(name: string): Promise<HostileAgent> {
  return HostileAgent.open(gateway.url, "demo", await mint({ sub: "sharded" }), name);
}

async function json<T>(path: string): Promise<T> {
  const response = await gateway.api(path);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${String(response.status)} ${body}`);
  return JSON.parse(body) as T;
}

async function allPages<T>(path: string): Promise<T[]> {
  const found: T[] = [];
  for (let cursor = ""; ;) {
    const page = await json<{ data: T[]; next_cursor: string | null }>(`${path}${cursor}`);
    found.push(...page.data);
    if (page.next_cursor === null) return found;
    cursor = `&cursor=${page.next_cursor}`;
  }
}

/** A session from start to end, as both shards' readers see it. */
async function session(name: string): Promise<void> {
  const one = await open(name);
  one.query(`SELECT '${name}'`);
  await one.ready();
  one.leave();
  await expect.poll(async () => (await gateway.session(name))?.ended_at, { timeout: 10_000 }).toBeTruthy();
}

test("sessions land on both shards, and are one record", async () => {
  const names: string[] = [];
  for (let n = 0; n < MOST_SESSIONS; n++) {
    names.unshift(`sharded-${String(n)}`);
    await session(names[0] ?? "");
    if (n > 3 && idsIn("LEDGER").length > 1 && idsIn(SECOND).length > 1) break;
  }
  const [first, second] = [idsIn("LEDGER"), idsIn(SECOND)];
  expect([Math.min(first.length, second.length) > 1, first.filter((id) => second.includes(id))]).toEqual([
    true,
    [],
  ]);
  const sessions = await allPages<SessionItem>("/v1/sessions?limit=2");
  expect(sessions.map((item) => item.application_name)).toEqual(names);
  expect(new Set(sessions.map(({ id }) => id))).toEqual(new Set([...first, ...second]));
  const searched = await allPages<{ statement: string }>("/v1/statements?text=sharded-&limit=3");
  expect(searched.map(({ statement }) => statement)).toEqual(names.map((name) => `SELECT '${name}'`));

  const directory = mkdtempSync(join(tmpdir(), "sluice-shards-"));
  try {
    for (const id of [first[0] ?? "", second[0] ?? ""]) {
      const { application_name: name } = await json<SessionItem>(`/v1/sessions/${id}`);
      expect(await json(`/v1/sessions/${id}/verify`)).toMatchObject({ verdict: "whole" });
      const replayed = await (await gateway.api(`/v1/sessions/${id}/replay?speed=max`)).text();
      expect(replayed).toContain(`"${name}"`);
      expect(replayed).toContain("event: session_ended");
      writeFileSync(
        join(directory, `${id}.ndjson`),
        await (await gateway.api(`/v1/sessions/${id}/export`)).text(),
      );
    }
    writeFileSync(join(directory, "keys.json"), await (await gateway.api("/.well-known/sluice/keys")).text());
    const verify = new Command([
      "verify",
      ...[first[0], second[0]].map((id) => join(directory, `${id ?? ""}.ndjson`)),
      "--keys",
      join(directory, "keys.json"),
    ]);
    expect(await verify.exitCode()).toBe(0);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("while a shard does not answer its sessions go on, and no list is given without it", async () => {
  for (let n = 0; agentId === undefined; n++) {
    const one = await open(`live-${String(n)}`);
    one.query("SELECT 'before'");
    await one.ready();
    await expect.poll(() => [...idsIn("LEDGER"), ...idsIn(SECOND)].length).toBeGreaterThan(0);
    const item = async (): Promise<SessionItem | undefined> => gateway.session(`live-${String(n)}`);
    await expect.poll(item, { timeout: 10_000 }).toBeDefined();
    const id = (await item())?.id ?? "";
    if (idsIn(SECOND).includes(id)) [agent, agentId] = [one, id];
    else one.leave();
  }
  inShard(SECOND, (db) => db.exec("ALTER TABLE sessions RENAME TO elsewhere"));
  try {
    agent.query("SELECT 'meanwhile'");
    await agent.ready();
    for (const path of [
      "/v1/sessions",
      "/v1/statements?text=x",
      `/v1/sessions/${agentId}`,
      "/v1/statistics",
    ]) {
      const response = await gateway.api(path);
      expect([path, response.status, await response.json()]).toMatchObject([path, 503, { shard: SECOND }]);
    }
    expect(await json(`/v1/sessions/${idsIn("LEDGER")[0] ?? ""}`)).toMatchObject({ target: "demo" });
    const health = await gateway.api("/v1/healthz");
    expect([health.status, await health.json()]).toMatchObject([
      503,
      {
        shards: [
          { name: "LEDGER", d1: "ok" },
          { name: SECOND, d1: "unreachable" },
        ],
      },
    ]);
  } finally {
    inShard(SECOND, (db) => db.exec("ALTER TABLE elsewhere RENAME TO sessions"));
  }
  const texts = async (): Promise<string[]> =>
    (await allPages<{ statement: string }>(`/v1/sessions/${agentId}/statements?limit=50`)).map(
      (one) => one.statement,
    );
  await expect.poll(texts, { timeout: 10_000 }).toEqual(["SELECT 'before'", "SELECT 'meanwhile'"]);
});

test("a closed shard takes no new session, and what began there is finished there, after the gateway was gone too", async () => {
  agent.query("SELECT 'last'");
  await agent.ready();
  await gateway.stop();
  gateway = await start({ [SECOND]: { open: false } }, gateway.state);
  const lost = async (): Promise<unknown> =>
    (await json<{ end_reason: string | null }>(`/v1/sessions/${agentId}`)).end_reason;
  await expect.poll(lost, { timeout: 15_000 }).toBe("gateway_lost");
  expect(await json(`/v1/sessions/${agentId}/verify`)).toMatchObject({ verdict: "whole" });
  expect(idsIn(SECOND)).toContain(agentId);
  expect(idsIn("LEDGER")).not.toContain(agentId);
  const before = idsIn(SECOND).length;
  for (let n = 0; n < 5; n++) await session(`closed-${String(n)}`);
  expect(idsIn(SECOND)).toHaveLength(before);
});

test("SHARDS that names what is not bound opens no session and reads nothing, and says why", async () => {
  await gateway.stop();
  gateway = await start({ [SECOND]: {}, RECORD_9: {} }, gateway.state);
  const response = await gateway.api("/v1/sessions");
  expect([response.status, await response.json()]).toMatchObject([
    500,
    { detail: expect.stringContaining("no D1 database is bound as RECORD_9") },
  ]);
  await expect(open("nowhere")).rejects.toThrow("refused with 500");
  await expect
    .poll(() => gateway.output)
    .toContain("no session could be opened: SHARDS: no D1 database is bound as RECORD_9");
});
