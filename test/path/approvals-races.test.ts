// Everything at once, on the real stack: in seeded schedules approvers, the requester under another token, a CancelRequest, a lost
// connection, the clock, and the same statement sent again meet at one request. Whatever the order, it runs at most once and never unapproved.

import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeStartup } from "#core/wire";
import { HostileAgent, startup } from "./hostile-agent.ts";
import { type Gateway, mint, Role, startGateway } from "./hostile-gateway.ts";

/** More of them than CI has time for: SLUICE_RACES=200 node test/run.ts --project path test/path/approvals-races.test.ts */
const SCHEDULES = Number(process.env["SLUICE_RACES"] ?? 48);
const MS_EACH = 1_000;
/** At a time: each has a session of its own. */
const LANES = 8;
const PATIENCE_MS = 30_000;

let role: Role;
let gateway: Gateway;

beforeAll(async () => {
  role = await Role.create("not-a-secret");
  await role.query(`GRANT ${role.name} TO CURRENT_USER`);
  await role.query(`CREATE SCHEMA ${role.name} AUTHORIZATION ${role.name}`);
  for (const table of ["waits", "again", "brief", "two"]) {
    await role.query(`CREATE TABLE ${role.name}.${table} (seed int)`);
    await role.query(`ALTER TABLE ${role.name}.${table} OWNER TO ${role.name}`);
  }
  gateway = await startGateway({
    targets: { demo: role.url("not-a-secret") },
    policy: `
extends: agent
rules:
  - { id: waits, when: { relation: "${role.name}.waits" }, then: approve, approve: { mode: wait, timeout: 20s } }
  - { id: brief, when: { relation: "${role.name}.brief" }, then: approve, approve: { mode: wait, timeout: 400ms } }
  - { id: again, when: { relation: "${role.name}.again" }, then: approve, approve: { timeout: 20s } }
  - id: two
    when: { relation: "${role.name}.two" }
    then: approve
    approve: { mode: wait, timeout: 20s, quorum: 2, groups: [dba], break_glass: { groups: [oncall] } }
`,
  });
});

afterAll(async () => {
  await gateway?.stop();
  gateway?.remove();
  await role?.query(`DROP SCHEMA ${role.name} CASCADE`);
  await role?.drop();
});

/** mulberry32: the same schedules in every run, as far as the machine lets them be. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Held {
  readonly id: string;
  readonly state: string;
  readonly quorum: number;
  readonly votes: readonly {
    readonly subject: string;
    readonly verdict: string;
    readonly break_glass: boolean;
  }[];
}

const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

const minted = new Map<string, Promise<string>>();

async function ask(
  path: string,
  claims: Readonly<Record<string, unknown>>,
  body?: unknown,
): Promise<Response> {
  const key = JSON.stringify(claims);
  const token = minted.get(key) ?? mint(claims);
  minted.set(key, token);
  const headers = { authorization: `Bearer ${await token}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return fetch(`${gateway.url}${path}`, { headers, ...sent });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const since = Date.now(); !(await holds()); await pause(50))
    if (Date.now() - since > PATIENCE_MS) throw new Error("nothing comes of it");
}

async function requestsOf(subject: string): Promise<readonly Held[]> {
  const listed = await ask(`/v1/approvals?subject=${subject}`, { sub: "eve", roles: ["auditor"] });
  return ((await listed.json()) as { data: readonly Held[] }).data;
}

class Schedule {
  readonly subject: string;
  readonly #seed: number;
  readonly #table: string;
  readonly #next: () => number;
  /** Somebody gave up: what was let go may not have got as far as the database. */
  gaveUp = false;
  ownVotes: number[] = [];

  constructor(seed: number) {
    this.#seed = seed;
    this.#next = random(seed);
    this.subject = `race-${String(seed)}`;
    this.#table = ["waits", "again", "brief", "two"][seed % 4] ?? "waits";
  }

  get #statement(): string {
    return `INSERT INTO ${role.name}.${this.#table} VALUES (${String(this.#seed)})`;
  }

  async play(): Promise<void> {
    const headers = { authorization: `Bearer ${await mint({ sub: this.subject })}` };
    const dial = (): Promise<HostileAgent> =>
      HostileAgent.dial(`${gateway.url}/v1/connect/demo`, { headers });
    const agents = await Promise.all([dial(), dial()]);
    const keys = await Promise.all(
      agents.map(async (agent) => {
        agent.send(startup({ user: "agent", database: "demo", application_name: this.subject }));
        return (await agent.ready()).find(({ code }) => code === 0x4b)?.bytes ?? new Uint8Array(13);
      }),
    );
    const [agent, other] = agents as [HostileAgent, HostileAgent];
    const [key = new Uint8Array(13)] = keys;
    agent.query(this.#statement);
    await until(async () => (await requestsOf(this.subject)).length > 0);
    const [held] = await requestsOf(this.subject);
    const id = held?.id ?? "";
    const vote = async (sub: string, verdict: string, more: object = {}): Promise<number> => {
      const claims = { sub, roles: ["approver"], groups: sub === "dora" ? ["oncall"] : ["dba"] };
      const said = { verdict, reason: "as agreed", ...more };
      return (await ask(`/v1/approvals/${id}/decision`, claims, said)).status;
    };
    const acts: (() => unknown)[] = [
      () => vote("ada", "approve"),
      () => vote("ben", "approve"),
      async () => this.ownVotes.push(await vote(this.subject, "approve")),
      () => agent.query(this.#statement),
      () => other.query(this.#statement),
    ];
    if (this.#next() < 0.2) acts.push(() => vote("cleo", "deny"));
    if (this.#next() < 0.3) acts.push(() => vote("dora", "approve", { break_glass: true }));
    if (this.#next() < 0.2) acts.push(() => void this.#cancel(dial, key));
    if (this.#next() < 0.2)
      acts.push(() => {
        this.gaveUp = true;
        agent.terminate();
      });
    const within = this.#table === "brief" ? 500 : 60;
    await Promise.all(
      acts.map(async (act) => {
        await pause(Math.floor(this.#next() * within));
        await act();
      }),
    );
    await this.#over(id);
    for (const each of agents) each.terminate();
  }

  async #cancel(dial: () => Promise<HostileAgent>, key: Uint8Array): Promise<void> {
    this.gaveUp = true;
    const processId = new DataView(key.buffer, key.byteOffset).getUint32(5);
    (await dial()).send(encodeStartup({ kind: "cancel_request", processId, secretKey: key.slice(9) }));
  }

  /** Nobody waits for the first of them any more; what was asked for behind it is taken back with its session. */
  async #over(id: string): Promise<void> {
    const over = async (): Promise<boolean> => {
      const first = (await requestsOf(this.subject)).find((each) => each.id === id);
      return first !== undefined && !["pending", "approved"].includes(first.state);
    };
    // With `again` an approval may be left over, and with a quorum the one vote of two.
    if (this.#table === "waits" || this.#table === "brief") await until(over);
    else await pause(40);
  }
}

test(
  `in ${SCHEDULES} schedules a statement runs at most once for each approval, and never unapproved`,
  async () => {
    const schedules = Array.from({ length: SCHEDULES }, (_, seed) => new Schedule(seed));
    const left = [...schedules];
    const lane = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await next.play();
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    // What was sent before its session was lost has ended by then.
    await pause(300);
    const rows = (await role.query(
      ["waits", "again", "brief", "two"]
        .map((table) => `SELECT seed, count(*)::int AS n FROM ${role.name}.${table} GROUP BY seed`)
        .join(" UNION ALL "),
    )) as readonly { seed: number; n: number }[];
    const runs = new Map(rows.map(({ seed, n }) => [seed, n]));
    const ends = new Map<string, number>();
    for (const [seed, { subject, gaveUp, ownVotes }] of schedules.entries()) {
      const requests = await requestsOf(subject);
      const executed = requests.filter(({ state }) => state === "executed" || state === "failed");
      for (const { state } of requests) ends.set(state, (ends.get(state) ?? 0) + 1);
      const ran = runs.get(seed) ?? 0;
      expect(ran, subject).toBeLessThanOrEqual(executed.length);
      if (!gaveUp) expect(ran, subject).toBe(executed.filter(({ state }) => state === "executed").length);
      for (const { votes, quorum } of executed) {
        expect(
          votes.every(({ verdict }) => verdict === "approve"),
          subject,
        ).toBe(true);
        expect(
          votes.some((each) => each.subject === subject),
          subject,
        ).toBe(false);
        const alone = votes.some((each) => each.break_glass);
        expect(alone || new Set(votes.map((each) => each.subject)).size >= quorum, subject).toBe(true);
      }
      for (const status of ownVotes) expect([403, 409], subject).toContain(status);
    }
    // The schedules go everywhere, or they would show nothing.
    for (const end of ["executed", "denied", "withdrawn", "expired"])
      expect(ends.get(end) ?? 0, end).toBeGreaterThan(0);
  },
  PATIENCE_MS + SCHEDULES * MS_EACH,
);
