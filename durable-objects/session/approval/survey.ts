// What a held statement would touch, asked of PostgreSQL before a person is: its estimate, and where the rule wants it the exact
// count, by a trial run. Both stand in a transaction or savepoint of ours that is rolled back, with limits on their time
// and locks. The agent gets nothing of it; what it leaves is said in docs/approvals.md.

import { utf8Decode, utf8Encode } from "#core/bytes";
import { COUNT_LOCK_MS, COUNT_MS } from "#core/policy";
import { decodeBackend, BACKEND_CODES } from "#core/wire";
import { err, ok, type Result } from "../../../core/result.ts";
import type { OwnExchange } from "../gate/mark.ts";
import { boundQuestion, closePortal, FLUSH } from "../gate/own-messages.ts";
import { CHANGED, number, rowsOfTag } from "../tasks/guard.ts";
import { type Desk, failedToAsk, type Held, type Refusal, type Task } from "../tasks/task.ts";
import { portalsOf, stepIn, stepOut } from "./step-out.ts";
import { CANNOT_TELL, type Figures, figuresOf, unplannable, untriable } from "./figures.ts";
import { NO_PARAMETERS, type Parameters } from "./subject-matter.ts";

/** PostgreSQL's clock and ours are read a little apart. */
const CLOCK_SLACK_MS = 50;

const EXPLAIN = utf8Encode("EXPLAIN (FORMAT JSON) ");

export type Surveyed =
  | { readonly kind: "figures"; readonly figures: Figures }
  /** The agent does not wait for it any more. */
  | { readonly kind: "cancelled" }
  /** PostgreSQL's own error, which has failed the agent's batch or transaction. */
  | Refusal;

/** Where the questions stand. */
type Ground = "none" | "transaction" | "savepoint" | "batch";

export function* survey(desk: Desk, held: Held, text: Uint8Array, parameters: Parameters): Task<Surveyed> {
  const ground = groundOf(desk);
  const noPlan = ground === "none" ? CANNOT_TELL.batch : unplannable(held.facts);
  const wanted = held.terms.count !== undefined;
  if (ground === "none" || noPlan !== null) {
    const why = err(noPlan ?? CANNOT_TELL.batch);
    return figures(figuresOf(why, wanted ? why : null));
  }
  const noTrial = held.terms.count === "withheld" ? CANNOT_TELL.withheld : untriable(held.facts);
  return ground === "batch"
    ? yield* surveyInBatch(desk, held, text, parameters, noTrial)
    : yield* surveyOn(desk, ground, held, text, parameters, noTrial);
}

/** Where a trial is to be run it steps out of the batch; a plan alone is asked for inside of it. */
function* surveyInBatch(
  desk: Desk,
  held: Held,
  text: Uint8Array,
  parameters: Parameters,
  noTrial: string | null,
): Task<Surveyed> {
  const wanted = held.terms.count !== undefined;
  const portals = portalsOf(desk);
  if (!wanted || noTrial !== null || portals === null) {
    const plan = yield* new Asking(desk, "batch").explain(text, parameters);
    if (plan.error !== null) return failedToAsk(desk.gate, plan.error);
    return figures(figuresOf(estimateIn(plan), wanted ? err(noTrial ?? CANNOT_TELL.portals) : null));
  }
  const left = yield* stepOut(desk);
  if (left !== null) return failedToAsk(desk.gate, left);
  const surveyed = yield* surveyOn(desk, "transaction", held, text, parameters, noTrial);
  const back = yield* stepIn(desk, portals);
  return back === null || surveyed.kind === "refused" ? surveyed : failedToAsk(desk.gate, back);
}

function* surveyOn(
  desk: Desk,
  ground: "transaction" | "savepoint",
  held: Held,
  text: Uint8Array,
  parameters: Parameters,
  noTrial: string | null,
): Task<Surveyed> {
  const { terms } = held;
  const wanted = terms.count !== undefined;
  const asking = new Asking(desk, ground);
  const exchange = desk.exchange;
  // Settings that a function of the trial's changes, and the rollback changes back, are told to nobody.
  const holds = !exchange.holdsStatuses;
  if (holds) exchange.holdStatuses();
  const ms = terms.countMs ?? COUNT_MS.usual;
  const begun = yield* asking.begin(ms, terms.countLockMs ?? COUNT_LOCK_MS.usual);
  let since = desk.now();
  let failure = begun;
  let estimated: Result<number, string> = err(CANNOT_TELL.notAsked);
  let counted: Result<number, string> = err(noTrial ?? CANNOT_TELL.notAsked);
  if (failure === null) {
    const plan = yield* asking.explain(text, parameters);
    failure = plan.error;
    if (failure === null) estimated = estimateIn(plan);
  }
  if (failure === null && wanted && noTrial === null) {
    since = desk.now();
    const trial = yield* asking.trial(held, text, parameters);
    if (trial.ok) counted = ok(trial.value);
    else failure = trial.error;
    if (trial.ok && Number.isNaN(trial.value)) counted = err(CANNOT_TELL.uncounted);
  }
  const ended = yield* asking.end();
  if (holds) exchange.tellStatuses(null, desk.now());
  if (ended !== null) return failedToAsk(desk.gate, ended);
  if (exchange.isCut) return { kind: "cancelled" };
  if (failure !== null) {
    const sqlstate = sqlstateOf(failure);
    const early = desk.now() - since + CLOCK_SLACK_MS < ms;
    if (sqlstate === QUERY_CANCELED && early) return { kind: "cancelled" };
    const why = err(whyFailed(sqlstate));
    if (!estimated.ok) estimated = why;
    if (noTrial === null) counted = why;
  }
  return figures(figuresOf(estimated, wanted ? counted : null));
}

/**
 * In a batch of the extended protocol a transaction of ours would end the agent's implicit one, with what it has bound: that can be bound
 * again (step-out.ts). Where something was executed in it, that would be committed, and whether a block is open is not known.
 */
function groundOf({ exchange }: Desk): Ground {
  if (!exchange.unsynced) return exchange.status === "I" ? "transaction" : "savepoint";
  if (exchange.executed) return "none";
  return exchange.status === "I" ? "batch" : "savepoint";
}

class Asking {
  readonly #desk: Desk;
  readonly #ground: Ground;

  constructor(desk: Desk, ground: Ground) {
    this.#desk = desk;
    this.#ground = ground;
  }

  *begin(ms: number, lockMs: number): Task<Uint8Array | null> {
    const opened = yield* this.#say(this.#ground === "transaction" ? "BEGIN" : `SAVEPOINT ${this.#name}`);
    if (opened.error !== null) return opened.error;
    const locks = yield* this.#say(`SET LOCAL lock_timeout = ${lockMs}`);
    if (locks.error !== null) return locks.error;
    return (yield* this.#say(`SET LOCAL statement_timeout = ${ms}`)).error;
  }

  *end(): Task<Uint8Array | null> {
    if (this.#ground === "transaction") return (yield* this.#say("ROLLBACK")).error;
    const back = yield* this.#say(`ROLLBACK TO SAVEPOINT ${this.#name}`);
    if (back.error !== null) return back.error;
    return (yield* this.#say(`RELEASE SAVEPOINT ${this.#name}`)).error;
  }

  *explain(text: Uint8Array, parameters: Parameters): Task<OwnExchange> {
    const whole = new Uint8Array(EXPLAIN.length + text.length);
    whole.set(EXPLAIN);
    whole.set(text, EXPLAIN.length);
    return yield* this.#ask(whole, parameters, false);
  }

  /** Rows, as limits by effect count them: NaN where PostgreSQL does not count. The error is PostgreSQL's. */
  *trial({ facts }: Held, text: Uint8Array, parameters: Parameters): Task<Result<number, Uint8Array>> {
    const before = facts.tagCounts ? ok(0) : yield* this.#changed();
    if (!before.ok) return before;
    const ran = yield* this.#ask(text, parameters, true);
    if (ran.error !== null) return err(ran.error);
    if (facts.tagCounts) return ok(rowsOfTag(ran.tag));
    // In a transaction of the agent's, what it has left for the end would run with it.
    if (this.#ground === "transaction") {
      const deferred = yield* this.#say("SET CONSTRAINTS ALL IMMEDIATE");
      if (deferred.error !== null) return err(deferred.error);
    }
    const after = yield* this.#changed();
    return after.ok ? ok(Math.max(0, after.value - before.value)) : after;
  }

  *#changed(): Task<Result<number, Uint8Array>> {
    const own = yield* this.#ask(utf8Encode(CHANGED), NO_PARAMETERS, false);
    return own.error === null ? ok(number(own.rows[0]?.[0] ?? null) ?? Number.NaN) : err(own.error);
  }

  get #name(): string {
    return `"${this.#desk.nonce}"`;
  }

  *#say(text: string): Task<OwnExchange> {
    return yield* this.#ask(utf8Encode(text), NO_PARAMETERS, true);
  }

  /** In a block of a transaction a Sync ends nothing, and what has failed can be rolled back behind it. */
  *#ask(text: Uint8Array, parameters: Parameters, silent: boolean): Task<OwnExchange> {
    const { exchange, nonce } = this.#desk;
    const inBatch = this.#ground === "batch";
    const messages = [closePortal(nonce), ...boundQuestion(text, parameters, nonce, inBatch)];
    const own = exchange.own(messages, false, silent);
    if (inBatch) exchange.write(FLUSH);
    yield;
    return own;
  }
}

/** Of what changes rows, the plan's own node returns those of RETURNING alone: what is below it is what it changes. */
function estimateIn({ rows }: OwnExchange): Result<number, string> {
  const text = utf8Decode(rows[0]?.[0] ?? new Uint8Array(0)) ?? "";
  try {
    const [{ Plan: plan }] = JSON.parse(text) as [{ Plan: PlanNode }];
    const of = plan["Node Type"] === "ModifyTable" ? plan.Plans?.find(feeds) : plan;
    const estimate = of?.["Plan Rows"];
    return typeof estimate === "number" ? ok(Math.round(estimate)) : err(CANNOT_TELL.unread);
  } catch {
    return err(CANNOT_TELL.unread);
  }
}

interface PlanNode {
  readonly "Node Type"?: string;
  readonly "Parent Relationship"?: string;
  readonly "Plan Rows"?: number;
  readonly Plans?: readonly PlanNode[];
}

function feeds(plan: PlanNode): boolean {
  return plan["Parent Relationship"] === "Outer" || plan["Parent Relationship"] === "Member";
}

const QUERY_CANCELED = "57014";
const LOCK_NOT_AVAILABLE = "55P03";

function whyFailed(sqlstate: string): string {
  if (sqlstate === QUERY_CANCELED) return CANNOT_TELL.time;
  return sqlstate === LOCK_NOT_AVAILABLE ? CANNOT_TELL.lockTime : `it fails with SQLSTATE ${sqlstate}`;
}

function sqlstateOf(bytes: Uint8Array): string {
  const message = decodeBackend({ code: BACKEND_CODES.error_response, bytes });
  const fields = message.ok && message.value.kind === "error_response" ? message.value.fields : null;
  return fields?.get("C") ?? "XX000";
}

function figures(found: Figures): Surveyed {
  return { kind: "figures", figures: found };
}
