// Knows the database roles that sessions of one target have been given, from before each is made, and drops each once its
// session is over: at once where the session says so, by its alarm where nobody can. One object a target.

import { connect } from "cloudflare:sockets";
import { DurableObject } from "cloudflare:workers";
import { ok } from "../core/result.ts";
import { secretOf, type SessionEnv } from "./env.ts";
import { type ExpectedRole, Provisioning, type RoleKeeper } from "./identity/index.ts";
import { parseLimits } from "./limits.ts";
import { createDialler } from "./session/index.ts";
import { resolveAccess } from "./targets/index.ts";

/** As long as the statement that makes a role may be on its way: one that is not there by then is not made any more. */
const MAKING_MS = 180_000;
/** A session ends with its token; an object that cannot be asked about one this long after that has none. */
const LATE_MS = 600_000;
/** How far apart the tries to drop a role come to be. */
const MOST_WAIT_MS = 3_600_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS role (
    name TEXT PRIMARY KEY, session_id TEXT NOT NULL, target TEXT NOT NULL, mark TEXT NOT NULL, until INTEGER NOT NULL,
    expected_at INTEGER NOT NULL, over INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID
`;

// A type alias: exec<T> takes no interface.
type RoleRow = {
  name: string;
  session_id: string;
  target: string;
  mark: string;
  until: number;
  expected_at: number;
  tries: number;
};

export class RoleObject extends DurableObject<SessionEnv> implements RoleKeeper {
  readonly #sql: SqlStorage;
  readonly #sweepMs: number;
  #dropping: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: SessionEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(SCHEMA);
    const limits = parseLimits(env.LIMITS);
    if (!limits.ok) throw new Error(limits.error);
    this.#sweepMs = limits.value.ROLE_SWEEP_MS;
  }

  /** The output gate holds the answer until the row and the alarm are durable. */
  async expect({ role, sessionId, target, mark, until }: ExpectedRole): Promise<void> {
    this.#sql.exec(
      "INSERT OR IGNORE INTO role (name, session_id, target, mark, until, expected_at) VALUES (?, ?, ?, ?, ?, ?)",
      role,
      sessionId,
      target,
      mark,
      until,
      Date.now(),
    );
    if ((await this.ctx.storage.getAlarm()) === null) await this.#arm();
  }

  async over(role: string): Promise<void> {
    this.#sql.exec("UPDATE role SET over = 1 WHERE name = ?", role);
    await this.#dropOver();
  }

  override async alarm(): Promise<void> {
    await this.#askSessions();
    await this.#dropOver();
    const left = this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM role").one().n;
    if (left > 0) await this.#arm();
  }

  #arm(): Promise<void> {
    return this.ctx.storage.setAlarm(Date.now() + this.#sweepMs);
  }

  /** A session is over when its object says that it has none: after a crash or a deploy, or when word of its end was lost. */
  async #askSessions(): Promise<void> {
    const { SESSIONS } = this.env;
    const rows = this.#sql.exec<RoleRow>("SELECT * FROM role WHERE over = 0").toArray();
    for (const { name, session_id, until } of rows) {
      const late = Date.now() > until + LATE_MS;
      // Not known is not over.
      const open = await SESSIONS.get(SESSIONS.idFromName(session_id))
        .isOpen()
        .catch(() => !late);
      if (!open) this.#sql.exec("UPDATE role SET over = 1 WHERE name = ?", name);
    }
  }

  /** One at a time, each time all that are over, on one connection. Never rejects. */
  #dropOver(): Promise<void> {
    this.#dropping = this.#dropping.then(() => this.#drop().catch(() => undefined));
    return this.#dropping;
  }

  async #drop(): Promise<void> {
    const rows = this.#sql
      .exec<RoleRow>("SELECT * FROM role WHERE over = 1 AND not_before <= ?", Date.now())
      .toArray();
    const [first] = rows;
    if (first === undefined) return;
    const limits = parseLimits(this.env.LIMITS);
    const access = resolveAccess(this.env.TARGETS, first.target, (name) => secretOf(this.env, name));
    // Neither can be told to anybody here: the next session of the target is told.
    if (!limits.ok || !access.ok || access.value.identity.kind !== "ephemeral") return;
    const { provision, heir } = access.value.identity;
    await Provisioning.on(createDialler(connect, limits.value), provision, async (provisioning) => {
      for (const { name, mark, expected_at, tries } of rows) {
        const dropped = await provisioning.drop(name, mark, heir);
        if (!dropped.ok) this.#putOff(name, tries);
        else if (dropped.value !== "missing" || Date.now() > expected_at + MAKING_MS)
          this.#sql.exec("DELETE FROM role WHERE name = ?", name);
      }
      return ok(null);
    });
  }

  /** What others have built on things of the role may keep it for long. The first sweep after a failure tries again. */
  #putOff(name: string, tries: number): void {
    const wait = tries === 0 ? 0 : Math.min(MOST_WAIT_MS, this.#sweepMs * 2 ** tries);
    this.#sql.exec(
      "UPDATE role SET tries = tries + 1, not_before = ? WHERE name = ?",
      Date.now() + wait,
      name,
    );
  }
}
