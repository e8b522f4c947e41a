// Which policy a session runs on, from its start to its end: fetched when the caller is known, followed when a new version
// comes. What cannot follow a version ends with it.

import type { KeyedHash } from "#core/masking";
import type { Policy, Principal } from "#core/policy";
import { CatalogCache, type Grammar } from "#core/sql";
import { err, ok, type Result } from "../../core/result.ts";
import type { GrantBudgets } from "./budgets.ts";
import type { Refusal } from "../connection.ts";
import { type Approvals, Reason, REASON_SETTING } from "./approval/index.ts";
import { Gate } from "./gate/gate.ts";
import { Names } from "./gate/names.ts";
import { SessionMasks } from "./masking/session-masks.ts";
import type { Greeted } from "./handshake.ts";
import type { StatementPath } from "./statement-path.ts";

export interface SubjectOf {
  readonly target: string;
  readonly principal: Principal;
}

export interface GovernedBy {
  readonly policy: Policy;
  /** Why it refuses everything, where that is not the document's doing: what the agent is told to do about it. */
  readonly problem: string | null;
  /** It is here because of these: what the principal has just in time now. */
  readonly grants?: readonly string[];
}

export interface PolicySource extends GovernedBy {
  readonly stop: () => void;
  /** A new version is there: do not wait for the next look. */
  readonly told: () => Promise<void>;
}

export interface GovernmentDeps {
  /** The policy in force for a principal on a target, and word of each later one; `stop` ends that. Never rejects. */
  readonly policy: (
    of: SubjectOf,
    until: number,
    changed: (next: GovernedBy) => void,
  ) => Promise<PolicySource>;
  readonly grammar: () => Grammar;
  /** HMAC with a target's own key, for masks that give the same token for the same value. */
  readonly maskKey: (target: string) => KeyedHash;
  /** The largest row of a COPY that is masked. */
  readonly maxRowBytes: number;
  /** Takes one of `most` places of a subject on a target, until then at the latest; false where none is left. */
  readonly admit: (subject: SubjectOf, most: number, until: number) => Promise<boolean>;
  /** The approvals of a target. */
  readonly approvals: (target: string) => ApprovalSource;
  /** What the session reserves of grants on a target. */
  readonly budgets: (target: string) => GrantBudgets;
  readonly connection: { readonly sessionId: string };
}

/** Approvals as one session meets them. */
export interface ApprovalSource extends Approvals {
  /** There is something new about one of them. */
  readonly changed: (id: string) => void;
}

export interface GovernmentEvents {
  readonly changed: (version: string) => void;
  /** A statement of the session is held, or is not any more. */
  readonly approval: (detail: string) => void;
  /** What the agent says that its work is for. */
  readonly reason: (text: string) => void;
  readonly cannotFollow: (version: string) => void;
  /** What PostgreSQL was told at the start is right under the next policy, too. */
  readonly canFollow: (current: Policy, next: Policy) => boolean;
  /** It holds more for a while than before, and follows. */
  readonly granted: (next: Policy) => void;
  /** What runs was cut short. */
  readonly cut: () => void;
  /** The start-up is over, the end has not begun. */
  readonly open: () => boolean;
}

export class Government {
  readonly #deps: GovernmentDeps;
  readonly #path: StatementPath;
  readonly #events: GovernmentEvents;
  #gate: Gate | null = null;
  #source: PolicySource | null = null;
  #approvals: ApprovalSource | null = null;
  /** It came before the session was open, or could not be followed: nothing more is followed. */
  #over = false;
  #said: () => void = () => undefined;

  constructor(deps: GovernmentDeps, path: StatementPath, events: GovernmentEvents) {
    this.#deps = deps;
    this.#path = path;
    this.#events = events;
  }

  get policy(): Policy | null {
    return this.#gate?.policy ?? null;
  }

  /** The policy, or why the session may not begin. */
  async begin({ authenticated, target, startup }: Greeted): Promise<Result<Policy, Refusal>> {
    const { principal, expiresAt } = authenticated;
    const source = await this.#deps.policy({ target, principal }, expiresAt, (next) => this.#follow(next));
    this.#source = source;
    if (this.#over) source.stop();
    const { policy, problem } = source;
    const most = policy.limits.sessionsPerSubject;
    if (most !== null && !(await this.#deps.admit({ target, principal }, most, expiresAt)))
      return err({
        sqlstate: "53300",
        message: `too many sessions: ${most} is the most that a subject may have on this target (limits.sessions_per_subject of policy version ${policy.version})`,
        hint: "End a session that is open, and connect again.",
      });
    const grammar = this.#deps.grammar();
    const approvals = this.#deps.approvals(target);
    this.#approvals = approvals;
    const reason = new Reason((text) => this.#events.reason(text));
    this.#said = (): void => reason.says(startup.settings.get(REASON_SETTING) ?? null);
    this.#gate = this.#path.govern(
      (exchange) =>
        new Gate(
          { grammar, catalog: new CatalogCache(), policy, problem },
          new Names(grammar, exchange.assembler.prepared),
        ),
      (gate) =>
        new SessionMasks({ gate, keyed: this.#deps.maskKey(target), maxRowBytes: this.#deps.maxRowBytes }),
      `sluice ${crypto.randomUUID()}`,
      {
        approvals,
        budgets: this.#deps.budgets(target),
        target,
        issuer: principal.issuer,
        subject: principal.subject,
        sessionId: this.#deps.connection.sessionId,
        reason,
        note: (detail) => this.#events.approval(detail),
      },
    );
    return ok(policy);
  }

  /** The session is recorded: what the client said at start-up can be, too. */
  recorded(): void {
    this.#said();
  }

  /** The API says that there is a new version. */
  async told(): Promise<void> {
    await this.#source?.told();
  }

  approvalChanged(id: string): void {
    this.#approvals?.changed(id);
  }

  stop(): void {
    this.#over = true;
    this.#source?.stop();
  }

  /** Each statement from now on is decided by the new version, and so is the one that runs. */
  #follow({ policy: next, problem, grants }: GovernedBy): void {
    const gate = this.#gate;
    if (this.#over) return;
    if (grants === undefined) this.#events.changed(next.version);
    else this.#events.approval(JSON.stringify({ grants }));
    if (gate === null || !this.#events.open() || !this.#events.canFollow(gate.policy, next)) {
      this.stop();
      this.#events.cannotFollow(next.version);
      return;
    }
    gate.govern(next, problem);
    if (grants !== undefined && grants.length > 0) this.#events.granted(next);
    const error = this.#path.redecide();
    if (error !== null && this.#path.cut(error)) this.#events.cut();
  }
}
