// Runs a recorded session against a database: sends batch after batch as the agent did, and compares what comes with what is
// recorded. All messages of a batch are sent without waiting, while their answers are read; a batch is answered before the next
// one is sent. Holds no response as a whole.

import type { Database } from "../../postgres/database.ts";
import { FrameCutter } from "../../postgres/frames.ts";
import type { SessionRecord } from "../record.ts";
import type { RecordedStatement } from "../statement.ts";
import { Answers, type Due } from "./answers.ts";
import { compare, compareOutcome, type Differences, saidByGateway } from "./compare.ts";
import type { Excepted } from "./except.ts";
import { FAILING_QUERY, OWN_SYNC, plan, type Asked, type Failure, type Plan } from "./plan.ts";

export interface Omission {
  readonly seq: number;
  readonly why: string;
  readonly shown: string;
}

export interface ReplayTally {
  readonly compared: number;
  readonly differing: number;
  /** Compared by tag and error alone: their rows are not in the record. */
  readonly unrecorded: number;
  /** Were ended by the gateway before PostgreSQL ended them, and are compared up to there. */
  readonly cutShort: number;
  /** Had columns that the agent got masked, which were not compared. */
  readonly masked: number;
  readonly omitted: readonly Omission[];
  /** The database ended the connection at this statement. */
  readonly lostAt: number | null;
}

interface Sent extends Due {
  /** null for a Sync of ours at the end. */
  readonly statement: RecordedStatement | null;
  readonly omitted: boolean;
}

export interface DatabaseReplayParts {
  readonly record: SessionRecord;
  readonly database: Database;
  readonly excepted: Excepted;
  /** Called for each statement that differs, in order. */
  readonly differs: (statement: RecordedStatement, differences: Differences) => void;
}

export class DatabaseReplay {
  readonly #parts: DatabaseReplayParts;
  readonly #answers: Answers;
  readonly #omitted: Omission[] = [];
  #compared = 0;
  #differing = 0;
  #unrecorded = 0;
  #masked = 0;
  #cutShort = 0;
  /** A transaction is open that had failed when it was recorded. */
  #leftOpen = false;
  #lostAt: number | null = null;
  /** The comparison of what was sent last; those before it are chained to it. */
  #comparing: Promise<void> = Promise.resolve();
  /** Messages of the extended protocol were sent, and no Sync behind them. */
  #open = false;
  /** A comparison could not be made; why, its promise tells. */
  #broken = false;

  constructor(parts: DatabaseReplayParts) {
    this.#parts = parts;
    this.#answers = new Answers(parts.database);
  }

  async run(from: number): Promise<ReplayTally> {
    const { record, excepted } = this.#parts;
    for await (const statement of record.statements(from)) {
      const failure = statement.outcome === "failed" ? await this.#failureOf(statement) : null;
      await this.#send(plan(statement, failure, excepted.any));
      if (this.#lostAt !== null || this.#broken) break;
    }
    if (this.#open && !this.#broken) await this.#sync(null);
    await this.#comparing;
    return {
      compared: this.#compared,
      differing: this.#differing,
      unrecorded: this.#unrecorded,
      cutShort: this.#cutShort,
      masked: this.#masked,
      omitted: this.#omitted,
      lostAt: this.#lostAt,
    };
  }

  async #send({ statement, asked, omitted, endsBatch }: Plan): Promise<void> {
    if (omitted !== null) this.#omitted.push({ seq: statement.seq, why: omitted, shown: statement.shown });
    // A Sync behind a Query that was skipped belongs to no statement: that this one was not skipped tells of it.
    if (!this.#open && this.#answers.skipping && statement.outcome !== "skipped") await this.#sync(statement);
    if (!this.#open && this.#leftOpen) await this.#fail();
    // What is left out altogether leaves the batch as it is.
    if (asked.length > 0) this.#open = !endsBatch;
    const copyEnds = this.#transmit(statement, asked);
    this.#expect({ statement, asked: asked.map(withoutBytes), copyEnds, omitted: omitted !== null });
    await copyEnds;
    if (endsBatch) await this.#comparing;
  }

  /** Resolves with how many copies got their end. */
  async #transmit(statement: RecordedStatement, asked: readonly Asked[]): Promise<number> {
    let ends = 0;
    for (const { kind, bytes, own } of asked) {
      await this.#parts.database.send(bytes);
      if (own === true || (kind !== "query" && kind !== "execute")) continue;
      const cutter = new FrameCutter();
      for await (const piece of this.#parts.record.request(statement)) {
        cutter.push(piece);
        for (let frame = cutter.next(); frame !== null; frame = cutter.next()) if (frame.code !== "d") ends++;
        await this.#parts.database.send(piece);
      }
    }
    return ends;
  }

  /** Fails the transaction, as it failed when the gateway cut a statement of it short. */
  async #fail(): Promise<void> {
    this.#leftOpen = false;
    await this.#parts.database.send(FAILING_QUERY.bytes);
    this.#expect({ statement: null, asked: [FAILING_QUERY], copyEnds: Promise.resolve(0), omitted: true });
    await this.#comparing;
  }

  async #sync(of: RecordedStatement | null): Promise<void> {
    this.#open = false;
    await this.#parts.database.send(OWN_SYNC.bytes);
    this.#expect({ statement: of, asked: [OWN_SYNC], copyEnds: Promise.resolve(0), omitted: true });
    await this.#comparing;
  }

  #expect(sent: Sent): void {
    this.#comparing = this.#comparing.then(() => this.#compare(sent));
    // Nothing more is read, and sending must not wait for that.
    this.#comparing.catch(() => {
      this.#broken = true;
      this.#parts.database.destroy();
    });
  }

  async #compare(sent: Sent): Promise<void> {
    const { statement } = sent;
    const now = this.#answers.of(sent);
    if (sent.omitted || statement === null) {
      for await (const _ of now);
    } else {
      const recorded = await this.#parts.record.response(statement);
      const differences =
        recorded === null
          ? await compareOutcome(statement, now)
          : await compare(statement, recorded, now, this.#parts.excepted);
      this.#compared++;
      if (recorded === null) this.#unrecorded++;
      if (differences.cutShort) this.#cutShort++;
      this.#leftOpen = differences.leavesOpen;
      if (statement.masked.size > 0) this.#masked++;
      if (differences.count > 0) {
        this.#differing++;
        this.#parts.differs(statement, differences);
      }
    }
    if (this.#answers.lost) this.#lostAt ??= statement?.seq ?? null;
  }

  async #failureOf(statement: RecordedStatement): Promise<Failure | null> {
    const recorded = await this.#parts.record.response(statement);
    if (recorded === null) return null;
    let answered = 0;
    for await (const { code, body } of recorded) {
      if (code === "E") return { answered, byGateway: saidByGateway(body) };
      if (ANSWERS.has(code)) answered++;
    }
    return null;
  }
}

/** Each ends the answer to one message of the extended protocol; a statement's parameters are followed by its columns. */
const ANSWERS: ReadonlySet<string> = new Set(["1", "2", "3", "T", "n", "C", "s", "I"]);

function withoutBytes({ kind, own = false }: Asked): Pick<Asked, "kind" | "own"> {
  return { kind, own };
}
