// The log, as one object: heads of ended sessions, lawful deletions, and what changes beside sessions go in; checkpoints and
// proofs come out (docs/record.md). A shell: the tree is log/sqlite-log.ts, what is signed log/checkpoint.ts, who gets it log/publish.ts.

import { DurableObject } from "cloudflare:workers";
import { hexEncode } from "#core/bytes";
import type { HoldLeaf, Leaf } from "#core/record";
import type { SessionEnv } from "./env.ts";
import type { BrokenRecord } from "./log/broken-record.ts";
import { type Checks, CheckStore, type ToCheck } from "./log/checks.ts";
import { checkpointOf } from "./log/checkpoint.ts";
import { type Behind, BehindStore, type RecordBacklog } from "./log/behind.ts";
import { publish, PublishError } from "./log/publish.ts";
import { type Publishing, PublishingStore } from "./log/publishing.ts";
import { type NumberedLeaf, SqliteLog } from "./log/sqlite-log.ts";
import { readRecordKey } from "./record-key.ts";

/** There is one log. */
export const LOG_NAME = "log";
const DEFAULT_ORIGIN = "sluice/log";

/** Checkpoints go out this long after something was appended, and again so long after a failure. */
const PUBLISH_AFTER_MS = 60_000;

export interface Inclusion {
  readonly index: number;
  /** Hexadecimal digits, lowest first; here and below. */
  readonly proof: readonly string[];
  readonly checkpoint: string;
}

export interface Consistency {
  readonly from: number;
  readonly to: number;
  readonly proof: readonly string[];
}

/** How the record is, as far as the log's object knows. */
export interface LogHealth {
  readonly size: number;
  /** Leaves in the checkpoint that is outside. */
  readonly published: number;
  /** There is a key to sign checkpoints with. */
  readonly signed: boolean;
  /** What checkpoints are given to. */
  readonly places: readonly ("bucket" | "webhook")[];
  readonly publishing: Publishing;
  readonly checks: Checks;
  readonly backlog: RecordBacklog;
}

export class LogObject extends DurableObject<SessionEnv> {
  readonly #log: SqliteLog;
  readonly #checks: CheckStore;
  readonly #behind: BehindStore;
  readonly #publishing: PublishingStore;

  constructor(ctx: DurableObjectState, env: SessionEnv) {
    super(ctx, env);
    this.#log = new SqliteLog(ctx.storage.sql);
    this.#checks = new CheckStore(ctx.storage.sql);
    this.#behind = new BehindStore(ctx.storage.sql);
    this.#publishing = new PublishingStore(ctx.storage.sql);
  }

  /** Number of the leaf. The same leaf again is the same number. */
  async append(leaf: Leaf): Promise<number> {
    const index = await this.#log.append(leaf);
    if ((await this.ctx.storage.getAlarm()) === null)
      await this.ctx.storage.setAlarm(Date.now() + PUBLISH_AFTER_MS);
    return index;
  }

  /** null where the gateway has no key to sign one with. */
  async checkpoint(): Promise<string | null> {
    return this.#checkpoint(this.#log.size);
  }

  /** null where the session has no leaf yet, or there is no key. */
  async inclusion(session: string): Promise<Inclusion | null> {
    const index = this.#log.find(session, "sluice.session/1");
    return index === null ? null : this.inclusionOf(index);
  }

  /** null where there is no leaf of this number, or there is no key. */
  async inclusionOf(index: number): Promise<Inclusion | null> {
    const { size } = this.#log;
    const checkpoint = index < size ? await this.#checkpoint(size) : null;
    if (checkpoint === null) return null;
    return { index, proof: (await this.#log.inclusion(index, size)).map(hexEncode), checkpoint };
  }

  /** null where the log has no such sizes. */
  async consistency(from: number, to: number): Promise<Consistency | null> {
    if (from < 1 || from > to || to > this.#log.size) return null;
    return { from, to, proof: (await this.#log.consistency(from, to)).map(hexEncode) };
  }

  /** What the log tells of one subject, in order, behind number `after`. */
  about(subject: string, types: readonly Leaf["type"][], after: number, limit: number): NumberedLeaf[] {
    return this.#log.about(subject, types, after, limit);
  }

  /** The session is under a legal hold, as far as the log has heard. */
  isHeld(session: string): boolean {
    const leaf = this.#log.newest(session, "sluice.hold/1");
    return leaf !== null && (JSON.parse(leaf) as HoldLeaf).state === "set";
  }

  /** Canonical JSON of leaves, in order. */
  leaves(from: number, limit: number): string[] {
    return this.#log.leaves(from, limit);
  }

  /** Sessions whose record a round is to verify: of those that ended since the last, and of those before. */
  toCheck(fresh: number, again: number): ToCheck {
    return this.#checks.toCheck(fresh, again);
  }

  /** The log says why its record is gone. */
  isDeleted(session: string): boolean {
    return this.#log.find(session, "sluice.deletion/1") !== null;
  }

  /** The round is done with the session of this leaf. */
  passed(leaf: number): void {
    this.#checks.passed(leaf);
  }

  /** A session's record was verified, and holds. */
  foundWhole(session: string): void {
    this.#checks.whole(session, Date.now());
  }

  /** … or does not. True where nobody has been told of this break yet. */
  foundBroken(broken: Omit<BrokenRecord, "at">): boolean {
    return this.#checks.broken({ ...broken, at: Date.now() });
  }

  toldOfBroken(session: string): void {
    this.#checks.told(session);
  }

  /** What came of verifying so far. */
  checks(): Checks {
    return this.#checks.checks();
  }

  /** D1 has not taken a session's record for a while. Said again each minute. */
  isBehind(behind: Behind): void {
    this.#behind.say(behind, Date.now());
  }

  caughtUp(session: string): void {
    this.#behind.caughtUp(session);
  }

  health(): LogHealth {
    const { RECORD_KEY, CHECKPOINTS, CHECKPOINT_WEBHOOK } = this.env;
    return {
      size: this.#log.size,
      published: this.#log.published,
      signed: RECORD_KEY !== undefined,
      places: [
        ...(CHECKPOINTS === undefined ? [] : (["bucket"] as const)),
        ...(CHECKPOINT_WEBHOOK === undefined ? [] : (["webhook"] as const)),
      ],
      publishing: this.#publishing.state(),
      checks: this.#checks.checks(),
      backlog: this.#behind.backlog(Date.now()),
    };
  }

  override async alarm(): Promise<void> {
    const { size } = this.#log;
    if (size === this.#log.published) return;
    const checkpoint = await this.#checkpoint(size);
    if (checkpoint === null) return;
    try {
      await publish(this.env, size, checkpoint);
      this.#log.publish(size);
      this.#publishing.succeeded(Date.now());
    } catch (fault) {
      this.#publishing.failed(fault instanceof PublishError ? fault.message : "no answer", Date.now());
      // oxlint-disable-next-line no-console -- for the admin, who else would not learn that nobody outside has checkpoints
      console.error(`sluice: ${fault instanceof Error ? fault.message : "a checkpoint was not published"}`);
    }
    if (this.#log.size !== this.#log.published)
      await this.ctx.storage.setAlarm(Date.now() + PUBLISH_AFTER_MS);
  }

  async #checkpoint(size: number): Promise<string | null> {
    if (this.env.RECORD_KEY === undefined) return null;
    const key = await readRecordKey(this.env.RECORD_KEY);
    if (!key.ok) throw new Error(key.error);
    return checkpointOf(logOrigin(this.env), await this.#log.tree(size), key.value);
  }
}

export function logOrigin({ LOG_ORIGIN }: SessionEnv): string {
  return LOG_ORIGIN ?? DEFAULT_ORIGIN;
}
