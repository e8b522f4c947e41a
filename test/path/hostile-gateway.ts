// A gateway of a test's own beside the shared stack: the same part, bundle and storage as `npm start`, with the targets,
// limits and secrets that the test chooses, and everything that it writes kept for reading. Issuer and PostgreSQL are the
// shared stack's.

import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { inject } from "vitest";
import type { IssuerKeys } from "../../dev/issuer/keys.ts";
import { AUDIENCE, mintToken } from "../../dev/issuer/mint.ts";
import type { GatewaySettings } from "../../dev/gateway/main.ts";
import type { FromPart } from "../../dev/part.ts";
import { claimPort } from "../../dev/ports.ts";
import { readJson } from "../../dev/state.ts";
import type { LimitName } from "../../durable-objects/limits.ts";

export interface GatewayOptions {
  /** Target name -> connection string; null: the target is configured and its secret is not. */
  readonly targets: Readonly<Record<string, string | null>>;
  /** Beside the name of its secret, by target: fields of its entry in TARGETS. */
  readonly entries?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** More secrets, by their names. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Any free one unless said. */
  readonly port?: number;
  /** Of a gateway that was stopped: this one goes on where it ended. */
  readonly state?: string;
  readonly limits?: Partial<Record<LimitName, number>>;
  readonly sessionKey?: string;
  readonly recordKey?: string;
  /** YAML; everything is allowed without it. */
  readonly policy?: string;
  /** Vars and secrets beside those. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Bindings of D1 databases beside LEDGER; the var SHARDS says what they are for. */
  readonly shards?: readonly string[];
  /** How often the Worker's crons come. */
  readonly roundMs?: number;
  /** Beside the shared stack's. */
  readonly issuers?: readonly string[];
}

export class Gateway {
  readonly url: string;
  readonly state: string;
  readonly #child: ChildProcess;
  readonly #native: number | null;
  readonly #output: () => string;

  constructor(url: string, state: string, child: ChildProcess, native: number | null, output: () => string) {
    this.url = url;
    this.state = state;
    this.#child = child;
    this.#native = native;
    this.#output = output;
  }

  /** All that the gateway's processes wrote, and the notes for the person at the terminal. */
  get output(): string {
    return this.#output();
  }

  /** Of workerd, in bytes. */
  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.#native}/status`, "latin1");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  }

  /** The same workerd as at the start: it did not crash on the way. */
  get alive(): boolean {
    try {
      return this.#child.exitCode === null && process.kill(this.#native ?? 0, 0);
    } catch {
      return false;
    }
  }

  /** SIGKILL to workerd; it is started again by itself. */
  kill(): void {
    process.kill(this.#native ?? 0, "SIGKILL");
  }

  async api(path: string, role = "auditor", method = "GET"): Promise<Response> {
    const authorization = `Bearer ${await mint({ roles: [role] })}`;
    return fetch(`${this.url}${path}`, { method, headers: { authorization } });
  }

  /** The first policy of a target. */
  async putPolicy(target: string, yaml: string): Promise<void> {
    const response = await fetch(`${this.url}/v1/targets/${target}/policy`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${await mint({ roles: ["admin"] })}`,
        "content-type": "application/yaml",
        "if-none-match": "*",
      },
      body: yaml,
    });
    if (response.status !== 201) throw new Error(`PUT policy of ${target}: ${await response.text()}`);
  }

  /** Ids of all sessions that D1 has, newest first. */
  async sessions(): Promise<readonly SessionItem[]> {
    const response = await this.api("/v1/sessions?limit=200");
    return ((await response.json()) as { data: readonly SessionItem[] }).data;
  }

  /** Sessions that have ended and whose record the gateway does not take for whole, and why: honest ones, so none is expected. */
  async notWhole(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { id, application_name: name, ended_at } of await this.sessions()) {
      if (ended_at === null) continue;
      const said = (await (await this.api(`/v1/sessions/${id}/verify`)).json()) as {
        readonly verdict: string;
        readonly breaks: readonly { readonly what: string }[];
      };
      if (said.verdict !== "whole") found.push(`${name}: ${said.verdict}, ${said.breaks[0]?.what ?? ""}`);
    }
    return found;
  }

  /** The newest session of this application name. */
  async session(applicationName: string): Promise<SessionItem | undefined> {
    return (await this.sessions()).find((one) => one.application_name === applicationName);
  }

  /** Tables in the objects' own storage, by object. */
  tables(): ReadonlyMap<string, readonly string[]> {
    const directory = join(this.state, "gateway", "do", "sluice-Session");
    const found = new Map<string, readonly string[]>();
    for (const name of listed(directory)) {
      if (!name.endsWith(".sqlite") || name.startsWith("metadata")) continue;
      const database = new DatabaseSync(join(directory, name), { readOnly: true });
      const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
      database.close();
      found.set(
        name,
        rows.map((row) => String(row["name"])).filter((table) => !table.startsWith("_cf_")),
      );
    }
    return found;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.send({ kind: "stop" });
    await gone;
  }

  remove(): void {
    rmSync(this.state, { recursive: true, force: true });
  }
}

/** What the tests read of an item of GET /v1/sessions. */
export interface SessionItem {
  readonly id: string;
  readonly subject: string;
  readonly application_name: string;
  readonly end_reason: string | null;
  readonly ended_at: string | null;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { targets, limits = {}, sessionKey, recordKey, issuers = [] } = options;
  const state = options.state ?? mkdtempSync(join(tmpdir(), "sluice-hostile-"));
  const bundles = join(inject("stateDirectory"), "bundle");
  const [bundle = ""] = readdirSync(bundles);
  const secrets = Object.entries(targets).filter((entry): entry is [string, string] => entry[1] !== null);
  const settings: GatewaySettings = {
    state,
    bundle: join(bundles, bundle),
    port: await claimPort(options.port ?? 0, "--port", "gateway"),
    policy: null,
    shards: options.shards ?? [],
    ...(options.roundMs === undefined ? {} : { roundMs: options.roundMs }),
    bindings: {
      ISSUERS: JSON.stringify(
        [inject("stack").issuer, ...issuers].map((issuer) => ({ issuer, audiences: [AUDIENCE] })),
      ),
      TARGETS: JSON.stringify(
        Object.fromEntries(Object.keys(targets).map((name) => [name, options.entries?.[name] ?? {}])),
      ),
      LIMITS: JSON.stringify(limits),
      DEFAULT_POLICY: options.policy ?? "extends: owner",
      ...options.vars,
      SESSION_KEY: sessionKey ?? randomBytes(32).toString("hex"),
      RECORD_KEY: recordKey ?? randomBytes(32).toString("hex"),
      ...options.secrets,
      ...Object.fromEntries(secrets.map(([name, url]) => [`UPSTREAM_${name.toUpperCase()}`, url])),
    },
  };
  let output = "";
  const child = fork(join(import.meta.dirname, "../../dev/gateway/main.ts"), [], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: [],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString("latin1")));
  }
  let native: number | null = null;
  const url = await new Promise<string>((resolve, reject) => {
    child.once("close", () => reject(new Error(`the gateway did not come up:\n${output}`)));
    child.on("message", (message: FromPart) => {
      if (message.kind === "native") native = message.pid;
      else output += `${JSON.stringify(message)}\n`;
      if (message.kind === "ready") resolve((message.facts as { url: string }).url);
    });
    child.send({ kind: "start", settings });
  });
  return new Gateway(url, state, child, native, () => output);
}

function listed(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

let keys: IssuerKeys | null = null;

export function issuerKeys(): IssuerKeys {
  keys ??= readJson<IssuerKeys>(join(inject("stateDirectory"), "issuer-keys.json"));
  return keys;
}

/** A token of the stack's issuer; claims are written over what a good one for an agent has. */
export async function mint(claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const request = { subject: "hostile", roles: ["agent"], lifetimeSeconds: 600, claims };
  return mintToken(inject("stack").issuer, issuerKeys(), request, Date.now());
}

/** A role of the test's own in the shared database: its connections can be told from everybody else's. */
export class Role {
  readonly name: string;
  readonly #admin: pg.Client;

  private constructor(name: string, admin: pg.Client) {
    this.name = name;
    this.#admin = admin;
  }

  static async create(password: string): Promise<Role> {
    const name = `hostile_${randomBytes(4).toString("hex")}`;
    const admin = new pg.Client({ connectionString: inject("stack").upstream });
    await admin.connect();
    const role = new Role(name, admin);
    await role.query(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`);
    return role;
  }

  /** As the administrator of the database. */
  async query(text: string): Promise<readonly Record<string, unknown>[]> {
    return (await this.#admin.query<Record<string, unknown>>(text)).rows;
  }

  url(password: string): string {
    const url = new URL(inject("stack").upstream);
    url.username = this.name;
    url.password = password;
    return url.href;
  }

  /** Application names of the connections that PostgreSQL has of this role. */
  async connections(): Promise<readonly string[]> {
    const rows = await this.query(
      `SELECT application_name FROM pg_stat_activity WHERE usename = '${this.name}' ORDER BY 1`,
    );
    return rows.map((row) => String(row["application_name"]));
  }

  async drop(): Promise<void> {
    await this.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${this.name}'`,
    ).catch(() => undefined);
    await this.query(`DROP ROLE ${this.name}`).catch(() => undefined);
    await this.#admin.end();
  }
}
