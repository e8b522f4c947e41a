// The Durable Object of a session, as a shell: constructor, fetch, calls from the Worker, alarm; each calls one part.
// One object, one session: the object's name is the MAC of the session's cancel key, so it is never used again.

import { connect } from "cloudflare:sockets";
import { DurableObject } from "cloudflare:workers";
import type { SessionStart } from "#core/record";
import type { Result } from "../core/result.ts";
import type { ApprovalsObject } from "./approvals-object.ts";
import { SessionApprovals, SessionBudgets, SessionGrants } from "./approvals/index.ts";
import { type Authenticate, type Connection, CONNECTION_HEADER, type Refusal } from "./connection.ts";
import { type ActiveGrant, compilePolicy, grantTerms, type Principal } from "#core/policy";
import { secretOf, type SessionEnv } from "./env.ts";
import { sharedGrammar } from "./grammar.ts";
import { identify, type Identity, type IdentityRequest } from "./identity/index.ts";
import { Carriage, type HeadSigner, Journal, Lag, Outbox, recover } from "./journal/index.ts";
import { toLedgerError } from "./ledger/index.ts";
import { DEFAULT_LIMITS, type Limits, parseLimits } from "./limits.ts";
import { LOG_NAME, type LogObject } from "./log-object.ts";
import { policyInForce, type PolicyInForce, watchPolicy } from "./policies/index.ts";
import { enterShards, FIRST_SHARD, placeNow, readShards, shardWriter } from "./shards/index.ts";
import { telling } from "./webhooks/carried.ts";
import { subjectName } from "./subject-object.ts";
import {
  createDialler,
  type GovernedBy,
  type PolicySource,
  Session,
  type SubjectOf,
} from "./session/index.ts";
import { gatewayName, maskKey, sessionName } from "./session-name.ts";
import { headSigner, readRecordKey } from "./record-key.ts";
import { type Access, resolveAccess } from "./targets/index.ts";

export abstract class SessionObject extends DurableObject<SessionEnv> {
  readonly #journal: Journal;
  readonly #outbox: Outbox;
  readonly #carriage: Carriage;
  readonly #lag = new Lag();
  #session: Session | null = null;
  #grants: SessionGrants | null = null;
  #budgets: SessionBudgets | null = null;
  #giveBack: () => void = () => undefined;

  /** Checks a token that comes as the start-up's password. */
  protected abstract readonly authenticate: Authenticate;

  constructor(ctx: DurableObjectState, env: SessionEnv) {
    super(ctx, env);
    this.#journal = new Journal(ctx.storage.sql, (start) => placeNow(env, start));
    this.#outbox = new Outbox(
      this.#journal,
      telling(
        env,
        shardWriter(env, () => this.#journal.opened()?.shard ?? null),
        () => this.#journal.opened()?.start.target ?? null,
      ),
      (seq) => this.#session?.progress(seq) ?? "final",
      signerOf(env),
      limitsOf(env).LEDGER_ANSWER_MS,
    );
    this.#carriage = new Carriage({
      drain: (hurries) => this.#drain(hurries),
      holds: () => this.#journal.opened() !== null,
      setAlarm: (at) => void ctx.storage.setAlarm(at),
      live: () => this.#session !== null,
      whole: () => this.#leave(),
      now: () => Date.now(),
      random: () => Math.random(),
    });
  }

  override async fetch(request: Request): Promise<Response> {
    const header = request.headers.get(CONNECTION_HEADER);
    if (header === null) return new Response(null, { status: 400 });
    const limits = parseLimits(this.env.LIMITS);
    if (!limits.ok) return new Response(limits.error, { status: 500 });
    const unusable = (await shardsProblem(this.env)) ?? (await recordKeyProblem(this.env));
    if (unusable !== null) return new Response(unusable, { status: 500 });
    if (this.#session !== null || this.#journal.opened() !== null) return new Response(null, { status: 409 });
    const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
    server.binaryType = "arraybuffer";
    server.accept();
    const connection = JSON.parse(header) as Connection;
    this.#session = new Session({
      connection,
      socket: server,
      limits: limits.value,
      journal: this.#journal,
      authenticate: this.authenticate,
      dialler: createDialler(connect, limits.value),
      resolve: (target) => this.#access(target),
      identify: (request) => this.#identify(request, limits.value),
      policy: (of, until, changed) => this.#policy(of, connection.sessionId, until, changed),
      grammar: sharedGrammar,
      maskKey: (target) => maskKey(this.env.SESSION_KEY, target),
      maxRowBytes: limits.value.BACKEND_MESSAGE_BYTES,
      admit: (subject, most, until) => this.#admit(subject, most, until),
      approvals: (target) =>
        new SessionApprovals(
          () => this.env.APPROVALS.get(this.env.APPROVALS.idFromName(target)),
          (work) => this.ctx.waitUntil(work),
          () => this.#carriage.now(),
        ),
      budgets: (target) => this.#budgetsOf(target, connection.sessionId),
      sessionKey: this.env.SESSION_KEY,
      cancelOther: (processId, secretKey) => this.#cancelOther(processId, secretKey),
      journalled: () => this.#journalled(),
      ended: () => this.#ended(),
      now: () => Date.now(),
    });
    void this.#session.run();
    return new Response(null, { status: 101, webSocket: client });
  }

  /** A CancelRequest that another connection brought. */
  async cancel(processId: number, secretKey: Uint8Array): Promise<void> {
    await this.#session?.cancel(processId, secretKey);
  }

  /** The API has stored a new version of the policy of this session's target. Never rejects. */
  async policyChanged(): Promise<void> {
    await this.#session?.policyChanged();
  }

  /** The object of the target's approvals says that one of this session's has changed. */
  approvalChanged(id: string): void {
    this.#session?.approvalChanged(id);
  }

  /** The object of the target's grants says that those of this session's subject have changed. */
  async grantsChanged(): Promise<void> {
    await this.#grants?.told();
  }

  /** Carries what is journalled to D1 now; resolves when D1 has it. */
  async drain(): Promise<void> {
    this.#recover();
    await this.#carriage.now();
  }

  /** A session runs here. After a crash or a deploy none does: roles of the database that it had are to be dropped. */
  isOpen(): boolean {
    return this.#session !== null;
  }

  /** Ends the session; resolves when it has ended. */
  async terminate(): Promise<void> {
    if (this.#session !== null) await this.#session.terminate();
    // A session whose process died has ended already, and only its record does not say so yet.
    else await this.drain();
  }

  override async alarm(): Promise<void> {
    // What a process before this one left may not be in D1, from whenever that was.
    if (this.#journal.opened() !== null) this.#lag.journalled(Date.now());
    this.#recover();
    await this.#carriage.alarm();
  }

  async #admit({ target, principal }: SubjectOf, most: number, until: number): Promise<boolean> {
    const { SUBJECTS } = this.env;
    const name = subjectName(target, principal.issuer, principal.subject);
    const subject = SUBJECTS.get(SUBJECTS.idFromName(name));
    const sessionId = this.ctx.id.toString();
    if (!(await subject.take(sessionId, most, until))) return false;
    // One that is not given back is free when the token expires.
    this.#giveBack = () => void subject.giveBack(sessionId).catch(() => undefined);
    return true;
  }

  #access(target: string): Result<Access, Refusal> {
    return resolveAccess(this.env.TARGETS, target, (secret) => secretOf(this.env, secret));
  }

  async #identify(request: IdentityRequest, limits: Limits): Promise<Result<Identity, Refusal>> {
    const { ROLES, SESSION_KEY } = this.env;
    const deps = {
      dialler: createDialler(connect, limits),
      keeper: ROLES.get(ROLES.idFromName(request.target)),
      gateway: await gatewayName(SESSION_KEY),
      random: (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes)),
    };
    return identify(deps, request);
  }

  async #policy(
    { target, principal }: SubjectOf,
    sessionId: string,
    until: number,
    changed: (next: GovernedBy) => void,
  ): Promise<PolicySource> {
    const { env } = this;
    const access = this.#access(target);
    const fixedRole = access.ok && access.value.identity.kind === "role";
    const asker = { principal, target, fixedRole };
    const now = (): number => Date.now();
    let inForce: PolicyInForce = await policyInForce(env, target, now());
    const mayGrant = (): boolean => grantTerms(inForce.document, asker) !== null;
    const governedBy = (grants: readonly ActiveGrant[]): GovernedBy => ({
      policy: compilePolicy(inForce.document, inForce.version, asker, mayGrant() ? grants : []),
      problem: inForce.problem,
    });
    const grants = this.#grantsOf(target, principal, sessionId, until, (active) =>
      changed({ ...governedBy(active), grants: active.map(({ id }) => id) }),
    );
    this.#grants = grants;
    const had = mayGrant() ? await grants.begin() : [];
    const watch = watchPolicy({
      env,
      target,
      version: inForce.version,
      changed: (next) => {
        inForce = next;
        changed(governedBy(grants.active));
        if (mayGrant()) void grants.told();
      },
      now,
    });
    const stop = (): void => {
      watch.stop();
      grants.stop();
    };
    return { ...governedBy(had), stop, told: () => watch.told() };
  }

  #grantsOf(
    target: string,
    { issuer, subject }: Principal,
    sessionId: string,
    until: number,
    changed: (grants: readonly ActiveGrant[]) => void,
  ): SessionGrants {
    const { APPROVALS } = this.env;
    const object = APPROVALS.get(APPROVALS.idFromName(target));
    return new SessionGrants({
      read: async () =>
        (await object.grantsOf({ issuer, subject }, sessionId, until)) as readonly ActiveGrant[],
      leave: () => this.ctx.waitUntil(this.#leaveGrants(object, sessionId)),
      changed,
      now: () => Date.now(),
    });
  }

  #budgetsOf(target: string, sessionId: string): SessionBudgets {
    const { APPROVALS } = this.env;
    const object = APPROVALS.get(APPROVALS.idFromName(target));
    this.#budgets = new SessionBudgets({
      reserve: (grantId, wants) => object.reserve(grantId, sessionId, wants),
      settle: (grantId, used) => object.settle(grantId, sessionId, used).catch(() => undefined),
    });
    return this.#budgets;
  }

  /** What it reserved goes back first: what is left when it has left counts as used. */
  async #leaveGrants(object: DurableObjectStub<ApprovalsObject>, sessionId: string): Promise<void> {
    await this.#budgets?.stop();
    await object.leave(sessionId).catch(() => undefined);
  }

  async #cancelOther(processId: number, secretKey: Uint8Array): Promise<void> {
    if (secretKey.length < 4) return;
    const cancelKey = new Uint8Array(8);
    new DataView(cancelKey.buffer).setUint32(0, processId);
    cancelKey.set(secretKey.subarray(0, 4), 4);
    const name = await sessionName(this.env.SESSION_KEY, cancelKey);
    const session = this.env.SESSIONS.get(this.env.SESSIONS.idFromName(name));
    await session.cancel(processId, secretKey).catch(() => undefined);
  }

  /** A session that is open in the journal and not in memory was lost with its process. */
  #recover(): void {
    if (this.#session !== null) return;
    const opened = this.#journal.opened();
    recover(this.#journal, Date.now());
    if (opened === null || opened.end !== null) return;
    // What it had reserved of grants counts as used, and nobody waits for it.
    const { APPROVALS } = this.env;
    const object = APPROVALS.get(APPROVALS.idFromName(opened.start.target));
    this.ctx.waitUntil(object.leave(opened.start.id).catch(() => undefined));
  }

  #journalled(): void {
    this.#lag.journalled(Date.now());
    this.#carriage.soon();
  }

  async #drain(hurries: boolean): Promise<boolean> {
    this.#lag.begins();
    const complete = await this.#outbox.drain(hurries).catch((thrown: unknown) => {
      const opened = this.#journal.opened();
      if (opened !== null) this.#sayBehind(opened.start, thrown);
      throw thrown;
    });
    const opened = this.#lag.ends() ? this.#journal.opened() : null;
    if (opened !== null) this.ctx.waitUntil(this.#log.caughtUp(opened.start.id).catch(() => undefined));
    return complete;
  }

  /** D1 holds all of it: the object leaves nothing behind. */
  async #leave(): Promise<void> {
    await this.#enterLog();
    // The alarm goes with the rest, in one step: without it, a crash in between would leave rows that nobody comes back for
    // (compatibility flag delete_all_deletes_alarm).
    await this.ctx.storage.deleteAll();
  }

  get #log(): DurableObjectStub<LogObject> {
    return this.env.LOG.get(this.env.LOG.idFromName(LOG_NAME));
  }

  /** Whoever looks after the gateway hears of it; nothing waits for that. */
  #sayBehind({ id, target }: SessionStart, thrown: unknown): void {
    const since = this.#lag.say(Date.now());
    if (since === null) return;
    const problem = toLedgerError(thrown).codes.join(" ") || "no answer";
    const { waiting: statements } = this.#outbox;
    const { bytes } = this.#journal;
    const said = this.#log.isBehind({ session: id, target, since, statements, bytes, problem });
    this.ctx.waitUntil(said.catch(() => undefined));
  }

  /** The session's leaf in the log; where that fails the journal stays, and the alarm tries again. */
  async #enterLog(): Promise<void> {
    const opened = this.#journal.opened();
    const { wholeChain } = this.#outbox;
    if (opened === null || wholeChain === null) return;
    await this.#log.append({ type: "sluice.session/1", session: opened.start.id, ...wholeChain });
  }

  #ended(): void {
    this.#session = null;
    this.#giveBack();
    this.#journalled();
  }
}

/** As for the key: no session is placed in a shard that nobody would miss. */
async function shardsProblem(env: SessionEnv): Promise<string | null> {
  const shards = readShards(env);
  if (!shards.ok) return shards.error;
  try {
    await enterShards(env, shards.value, Date.now());
    return null;
  } catch {
    return `${FIRST_SHARD} does not answer, and SHARDS has names that are not entered there yet`;
  }
}

/** A key in the wrong form is found out before a session begins, not when its record is to be signed. */
async function recordKeyProblem({ RECORD_KEY }: SessionEnv): Promise<string | null> {
  if (RECORD_KEY === undefined) return null;
  const key = await readRecordKey(RECORD_KEY);
  return key.ok ? null : key.error;
}

/** LIMITS that are not understood are told of where a session would begin (fetch). */
function limitsOf({ LIMITS }: SessionEnv): Limits {
  const limits = parseLimits(LIMITS);
  return limits.ok ? limits.value : DEFAULT_LIMITS;
}

function signerOf({ RECORD_KEY }: SessionEnv): HeadSigner | null {
  if (RECORD_KEY === undefined) return null;
  return async (head) => {
    const key = await readRecordKey(RECORD_KEY);
    if (!key.ok) throw new Error(key.error);
    return headSigner(key.value)(head);
  };
}
