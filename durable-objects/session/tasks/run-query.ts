// A Query message that cannot be sent as it is: one of several statements, or of one whose effect has to be looked at. Each
// statement is decided on when its turn comes, under the names of that moment, and sent by itself. What PostgreSQL would do
// in one implicit transaction for the message is done in one of ours, which the agent does not see.

import { utf8Encode } from "#core/bytes";
import type { GrantUse } from "#core/policy";
import type { ParsedStatement, SessionEffect, StatementFacts } from "#core/sql";
import {
  BACKEND_CODES,
  encodeBackend,
  encodeFrontend,
  type Frame,
  mayCopyIn,
  noticeResponse,
} from "#core/wire";
import { ok } from "../../../core/result.ts";
import { hold as holdUntilApproved, NO_PARAMETERS, type Permit } from "../approval/index.ts";
import { Hold, type Mark, type RefusalError } from "../gate/mark.ts";
import { nothingReturned, type Returned } from "../gate/names.ts";
import { failingLike } from "../gate/failing-like.ts";
import { failing, simple } from "../gate/own-messages.ts";
import { refusalOf, withoutQuestion } from "../gate/refusals.ts";
import type { Statement } from "../statement.ts";
import { beginByGrants, isCountedByGrant } from "./by-grant.ts";
import { after, before, mayDefer, needsGuard, runDeferred } from "./guard.ts";
import { type Allowed, countStart, type Desk, type Held, judge, type Refusal, type Task } from "./task.ts";

/** What became of a statement of the message. */
type Step = "done" | "failed";

export function* runQuery(desk: Desk, text: Uint8Array, parsed: readonly ParsedStatement[]): Task {
  const statement = desk.exchange.assembler.query(text, desk.now());
  // Until its ReadyForQuery is told.
  statement.unanswered++;
  const run = new QueryRun(desk, statement, parsed.length > 1);
  desk.exchange.holdStatuses();
  let step: Step = "done";
  for (const [i, part] of parsed.entries()) {
    step = yield* run.step(part, i === parsed.length - 1);
    if (step === "failed") break;
  }
  yield* run.end(step);
}

class QueryRun {
  readonly #desk: Desk;
  readonly #statement: Statement;
  /** All of a message of several run in an implicit transaction (postgres.c, exec_simple_query). */
  readonly #several: boolean;
  /** A transaction of ours is open, which stands for the message's implicit one. */
  #hidden = false;
  /** Something that changes rows may wait for the end of the transaction. */
  #mayDefer = false;
  /** Grants that this runs by. */
  #deferring: readonly GrantUse[] = [];
  /** The completion of the last statement: told when the transaction of ours is committed. */
  #completion: readonly Frame[] = [];
  /** The approval that the statement under way was let go by. */
  #permit: Permit | null = null;
  /** What grants count of the statement under way is all there. */
  #end: () => void = () => undefined;

  constructor(desk: Desk, statement: Statement, several: boolean) {
    this.#desk = desk;
    this.#statement = statement;
    this.#several = several;
  }

  *step(part: ParsedStatement, final: boolean): Task<Step> {
    this.#permit = null;
    const step = yield* this.#step(part, final);
    if (step === "failed") this.#failPermit();
    this.#end();
    this.#end = (): void => undefined;
    return step;
  }

  #failPermit(): void {
    this.#permit?.failed();
  }

  *#step(part: ParsedStatement, final: boolean): Task<Step> {
    const { exchange, gate } = this.#desk;
    const found = yield* judge(this.#desk, part);
    if (found.facts !== null && this.#desk.masking.masks !== null)
      this.#statement.analysed(part, found.facts);
    const free = found.kind === "held" ? yield* this.#ask(part, found) : found;
    if (free === "failed") return free;
    const counted = countStart(this.#desk, free);
    const begun =
      counted.kind === "allowed" && isCountedByGrant(counted)
        ? yield* beginByGrants(this.#desk, counted)
        : null;
    if (begun?.kind === "begun") this.#end = begun.end;
    const judged = begun?.judged ?? counted;
    this.#statement.decided(judged.decision, judged.facts);
    exchange.note(this.#statement, null);
    if (judged.kind === "refused") {
      if (begun?.kind === "refused" && begun.ended) return this.#tell(judged.error.bytes);
      return yield* this.#refuse(judged.error, judged.facts);
    }
    this.#desk.holder?.reason.learn(judged.facts);
    const command = transactionCommand(judged.facts);
    if (this.#hidden && command !== null) return yield* this.#inside(part, command, judged);
    const { grants } = judged.obligations;
    const guarded = needsGuard(judged, isLimited(this.#desk, grants));
    const implicit = this.#several || guarded;
    if (exchange.status === "I" && !this.#hidden && command === null && implicit) {
      const begun = exchange.own([simple("BEGIN")]);
      yield;
      if (begun.error !== null) return this.#tell(begun.error);
      this.#hidden = true;
    }
    const spent = returnedBy(this.#desk, part, nothingReturned());
    const baseline = guarded ? yield* before(this.#desk, judged, 0) : ok({ rows: null, truncated: 0 });
    if (!baseline.ok) return yield* this.#refuse({ bytes: baseline.error, native: null });
    const hold = yield* this.#send(part, judged, guarded || (this.#hidden && final), spent);
    if (hold.failed) {
      gate.failed();
      return "failed";
    }
    if (exchange.isCut) return yield* this.#failCut(hold);
    const excess = guarded ? yield* after(this.#desk, judged, hold, baseline.value, spent) : null;
    if (excess !== null) return yield* this.#refuse({ bytes: excess, native: null });
    if (mayDefer(judged)) {
      this.#mayDefer = true;
      this.#deferring = [...this.#deferring, ...grants.filter((use) => !this.#deferring.includes(use))];
    }
    gate.confirmed(judged.facts, part.text);
    if (this.#hidden && final) this.#completion = hold.frames;
    else this.#deliver(hold.frames);
    return "done";
  }

  /** Its entry says that it is held before it waits. */
  *#ask(part: ParsedStatement, held: Held): Task<Allowed | Refusal | "failed"> {
    const statement = this.#statement;
    statement.decided(held.decision, held.facts);
    this.#desk.exchange.note(statement, null);
    const text = utf8Encode(part.text);
    const place = { offsetBytes: 0, lengthBytes: text.length };
    const matter = { statement, seq: statement.seq, text, place, parameters: NO_PARAMETERS };
    const again = (): Task<Allowed | Held | Refusal> => judge(this.#desk, part);
    const outcome = yield* holdUntilApproved(this.#desk, held, { ...matter, again });
    if (outcome.kind === "ended") {
      this.#tell(outcome.judged.error.bytes);
      return "failed";
    }
    if (outcome.kind === "free") this.#permit = outcome.permit;
    return outcome.judged;
  }

  *end(last: Step): Task {
    const { exchange, gate } = this.#desk;
    let step = last;
    if (this.#hidden) {
      const excess =
        step === "done" && this.#mayDefer ? yield* runDeferred(this.#desk, this.#deferring) : null;
      if (excess !== null) {
        step = yield* this.#refuse({ bytes: excess, native: null });
        this.#completion = [];
      }
      const ended = exchange.own([simple(step === "failed" ? "ROLLBACK" : "COMMIT")]);
      yield;
      if (ended.error !== null && step !== "failed") {
        this.#tell(ended.error);
        this.#completion = [];
      }
    }
    this.#deliver(this.#completion);
    exchange.tellStatuses(this.#statement, this.#desk.now());
    if (exchange.status === "I") gate.transactionEnded();
    this.#statement.unanswered--;
    exchange.ready(this.#statement, exchange.status, this.#desk.now());
  }

  *#send(part: ParsedStatement, judged: Allowed, completion: boolean, spent: Returned): Task<Hold> {
    const { exchange } = this.#desk;
    const hold = new Hold({ completion, ready: true });
    const text = utf8Encode(judged.obligations.replaceWith ?? part.text);
    const mask = this.#desk.masking.response(judged.facts, part);
    const mark: Mark = {
      ...(mask === undefined ? {} : { mask }),
      hold,
      offset: part.offsetCharacters,
      ...(isLimited(this.#desk, judged.obligations.grants) ? { returned: spent } : {}),
      ...byGrants(judged),
    };
    exchange.assembler.step(this.#statement, mark, mayCopyIn(text));
    exchange.write(encodeFrontend({ kind: "query", text }));
    exchange.note(this.#statement, null);
    yield;
    return hold;
  }

  /** A transaction command inside of the implicit transaction of a message (xact.c, TBLOCK_IMPLICIT_INPROGRESS). */
  *#inside(part: ParsedStatement, command: Transaction, judged: Allowed): Task<Step> {
    const { gate } = this.#desk;
    if (command.command === "begin") {
      const modes = transactionModes(judged.facts);
      if (modes !== null) {
        const set = this.#desk.exchange.own([simple(modes)]);
        yield;
        if (set.error !== null) return this.#tell(withoutQuestion(set.error));
      }
      // What ran so far becomes part of the agent's own transaction.
      this.#hidden = false;
      gate.confirmed(judged.facts, part.text);
      this.#deliver([frame(encodeBackend({ kind: "command_complete", tag: "BEGIN" }))]);
      return "done";
    }
    if ((command.command !== "commit" && command.command !== "rollback") || command.chain) {
      const words = `${part.text.trim().split(/\s+/, 1)[0]?.toUpperCase() ?? ""} can only be used in transaction blocks`;
      const text = { sqlstate: "25P01", message: words, detail: "", hint: "" };
      return yield* this.#refuse(refusalOf(text, null, true));
    }
    const warning = noticeResponse({
      severity: "WARNING",
      sqlstate: "25P01",
      message: "there is no transaction in progress",
    });
    this.#desk.exchange.deliver(this.#statement, frame(warning), this.#desk.now());
    const hold = yield* this.#send(part, judged, false, nothingReturned());
    this.#hidden = false;
    if (hold.failed) return "failed";
    gate.confirmed(judged.facts, part.text);
    gate.transactionEnded();
    return "done";
  }

  /** The agent gets the error; PostgreSQL gets something that fails, and so ends its transaction as it would have. */
  *#refuse(error: RefusalError, facts: StatementFacts | null = null): Task<Step> {
    const { exchange, gate, nonce } = this.#desk;
    const mark = { refusal: error, hold: new Hold({ completion: false, ready: true }) };
    exchange.assembler.step(this.#statement, mark, false);
    exchange.write(failingLike("query", nonce, { error, facts, status: exchange.status }));
    exchange.note(this.#statement, null);
    yield;
    gate.failed();
    return "failed";
  }

  /** A limit cut it short, and PostgreSQL finished it none the less. */
  *#failCut(hold: Hold): Task<Step> {
    const { exchange, gate, nonce } = this.#desk;
    this.#deliver(hold.frames);
    exchange.own([{ kind: "query", bytes: failing("query", nonce) }]);
    yield;
    gate.failed();
    return "failed";
  }

  #tell(error: Uint8Array): Step {
    this.#desk.exchange.deliver(this.#statement, frame(error), this.#desk.now());
    return "failed";
  }

  #deliver(frames: readonly Frame[]): void {
    for (const each of frames) this.#desk.exchange.deliver(this.#statement, each, this.#desk.now());
  }
}

/** BEGIN's modes as a command of their own; null where there are none. */
function transactionModes({ settings }: StatementFacts): string | null {
  const modes = settings.flatMap(({ name, value }) => {
    if (name === "transaction_isolation") return [`ISOLATION LEVEL ${value ?? ""}`];
    if (name === "transaction_read_only") return [value === "on" ? "READ ONLY" : "READ WRITE"];
    return name === "transaction_deferrable" ? [value === "on" ? "DEFERRABLE" : "NOT DEFERRABLE"] : [];
  });
  return modes.length === 0 ? null : `SET TRANSACTION ${modes.join(", ")}`;
}

type Transaction = Extract<SessionEffect, { kind: "transaction" }>;

export function transactionCommand(facts: StatementFacts): Transaction | null {
  return facts.effects.find((effect): effect is Transaction => effect.kind === "transaction") ?? null;
}

/** Rows that go to the agent are counted. */
export function isLimited({ gate }: Desk, grants: readonly GrantUse[]): boolean {
  const { rowsReturned, bytesReturned } = gate.policy.limits;
  const { statement, session, past } = gate.policy.recording.ceiling;
  const ends = past === "refuse" && (statement !== null || session !== null);
  return rowsReturned !== null || bytesReturned !== null || ends || grants.some(limitsRows);
}

/** For the mark of what is sent. */
export function byGrants({ obligations: { grants } }: Pick<Allowed, "obligations">): Pick<Mark, "grants"> {
  return grants.length === 0 ? {} : { grants };
}

function limitsRows({ limits }: GrantUse): boolean {
  const { rowsReturned, bytesReturned, rowsReturnedInAll } = limits;
  return rowsReturned !== null || bytesReturned !== null || rowsReturnedInAll !== null;
}

/** A cursor is counted over all its fetches, anything else by itself. */
export function returnedBy({ gate }: Desk, { node }: ParsedStatement, own: Returned): Returned {
  const name = "FetchStmt" in node ? node.FetchStmt.portalname : undefined;
  return name === undefined ? own : (gate.names.open(name)?.returned ?? own);
}

function frame(bytes: Uint8Array): Frame {
  return { code: bytes[0] ?? BACKEND_CODES.error_response, bytes };
}
