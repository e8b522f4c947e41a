// The Durable Object of a target's approvals, as a shell: one object for each target, so that all that can happen to an
// approval happens one after the other; and of what is told to webhooks about the target. Asked only where a policy holds
// statements, or somebody wants to be told.

import { DurableObject } from "cloudflare:workers";
import {
  type Approval,
  type Approver,
  type Asked,
  type Grant,
  type Identity,
  type IdentityLinks,
  type Less,
  mayApproveByLink,
  type ReviewVerdict,
  type Used,
  type Vote,
  type WantedGrant,
} from "#core/approvals";
import type { ActiveGrant } from "#core/policy";
import type { ChangeLeaf } from "#core/record";
import { err, ok, type Result } from "../core/result.ts";
import {
  type ApprovalFilter,
  ApprovalStore,
  type Changed,
  type ChangedGrant,
  type GrantFilter,
  Grants,
  GrantStore,
  GrantUses,
  OnceStore,
  parseApprovers,
  parseLinks,
  Registry,
  type Requested,
  ReservationStore,
  type Reserved,
  type Wanted,
  type Wants,
  withLink,
} from "./approvals/index.ts";
import { secretOf, type SessionEnv } from "./env.ts";
import { approvalLeaf, grantLeaf, resendLeaf } from "./log/changes.ts";
import { LogOutbox } from "./log/outbox.ts";
import { LOG_NAME } from "./log-object.ts";
import {
  approvalEvents,
  type Backlog,
  grantEvent,
  type Delivery,
  type Endpoint,
  parseEndpoints,
  type ResendChoice,
  type Resent,
  type WebhookEvent,
  WebhookOutbox,
  WebhookSender,
} from "./webhooks/index.ts";

type Cast = Pick<Vote, "verdict" | "reason">;
/** What a vote comes by that is good for one: its key, and until when it would be taken. */
export interface Once {
  readonly key: string;
  readonly until: number;
  /** It approves only what is shown whole, unless the rule says otherwise. */
  readonly byLink: boolean;
}
type Misconfigured = Result<never, { readonly kind: "misconfigured"; readonly detail: string }>;

/** What is due now is being sent already; the alarm is for what is left of it. */
const SOONEST_MS = 500;

export class ApprovalsObject extends DurableObject<SessionEnv> {
  readonly #store: ApprovalStore;
  readonly #registry: Registry;
  readonly #grantStore: GrantStore;
  readonly #grants: Grants;
  readonly #uses: GrantUses;
  readonly #once: OnceStore;
  readonly #log: LogOutbox;
  readonly #outbox: WebhookOutbox;
  readonly #sender: WebhookSender;

  constructor(ctx: DurableObjectState, env: SessionEnv) {
    super(ctx, env);
    this.#store = new ApprovalStore(ctx.storage.sql);
    this.#registry = new Registry({
      store: this.#store,
      now: () => Date.now(),
      changed: (approval, before) => this.#changed(approval, before),
    });
    this.#grantStore = new GrantStore(ctx.storage.sql);
    this.#grants = new Grants({
      store: this.#grantStore,
      now: () => Date.now(),
      changed: (grant) => this.#grantChanged(grant),
    });
    this.#uses = new GrantUses(this.#grants, new ReservationStore(ctx.storage.sql));
    this.#once = new OnceStore(ctx.storage.sql);
    this.#log = new LogOutbox(ctx.storage.sql, (leaf) =>
      env.LOG.get(env.LOG.idFromName(LOG_NAME)).append(leaf),
    );
    this.#outbox = new WebhookOutbox(ctx.storage.sql);
    this.#sender = new WebhookSender({
      outbox: this.#outbox,
      endpoints: () => this.#endpoints(),
      secret: (name) => secretOf(env, name),
      fetch: (url, init) => fetch(url, init),
      now: () => Date.now(),
      complete: (body, delivery, endpoint) => this.#complete(body, delivery, endpoint),
    });
  }

  request(asked: Asked): Requested {
    return this.#registry.request(asked);
  }

  standing(binding: string): Approval | null {
    return this.#registry.standing(binding);
  }

  vote(id: string, by: Approver, cast: Cast): Changed | Misconfigured {
    const links = this.#links();
    return links.ok ? this.#registry.vote(id, by, cast, links.value) : links;
  }

  /** A vote by something that is used up by it: what was used once decides nothing again, whatever came of it. */
  voteOnce(id: string, by: Approver, cast: Cast, once: Once): Changed | Misconfigured {
    const approval = this.#registry.get(id);
    const elided = approval !== null && !mayApproveByLink(approval);
    if (once.byLink && cast.verdict === "approve" && elided && !this.#once.isUsed(once.key))
      return err({ kind: "elided" });
    return this.#usedUp(once, () => this.vote(id, by, cast));
  }

  /** The same on a grant, which is always shown whole. */
  voteOnGrantOnce(id: string, by: Approver, cast: Cast, once: Once): ChangedGrant | Misconfigured {
    return this.#usedUp(once, () => this.voteOnGrant(id, by, cast));
  }

  #usedUp<T extends Changed | ChangedGrant | Misconfigured>(
    { key, until }: Once,
    vote: () => T,
  ): T | Result<never, { readonly kind: "used" }> {
    if (this.#once.isUsed(key)) return err({ kind: "used" });
    const voted = vote();
    // Whoever forgot the reason may say it yet, and nobody has to press again what a mistake in a var kept from counting.
    const mayCome =
      !voted.ok && (voted.error.kind === "reason_required" || voted.error.kind === "misconfigured");
    if (!mayCome) this.#once.use(key, until, Date.now());
    return voted;
  }

  breakGlass(id: string, by: Approver, reason: string): Changed | Misconfigured {
    const links = this.#links();
    return links.ok ? this.#registry.breakGlass(id, by, reason, links.value) : links;
  }

  /** Of what was let go so. */
  review(
    id: string,
    by: Approver,
    said: { readonly verdict: ReviewVerdict; readonly note: string },
  ): Changed | Misconfigured {
    const links = this.#links();
    return links.ok ? this.#registry.review(id, by, said, links.value) : links;
  }

  isUsed(key: string): boolean {
    return this.#once.isUsed(key);
  }

  claim(id: string, by: Pick<Asked, "binding" | "sessionId">): Changed {
    return this.#registry.claim(id, by);
  }

  withdraw(id: string): Changed {
    return this.#registry.withdraw(id);
  }

  fail(id: string): Changed {
    return this.#registry.fail(id);
  }

  read(id: string): Approval | null {
    return this.#registry.get(id);
  }

  list(filter: ApprovalFilter): readonly Approval[] {
    return this.#registry.list(filter);
  }

  /** `auto`: the policy gives it without asking anybody. */
  wantGrant(wanted: WantedGrant, auto: boolean): Wanted {
    return this.#grants.want(wanted, auto);
  }

  voteOnGrant(id: string, by: Approver, cast: Cast, less: Less | null = null): ChangedGrant | Misconfigured {
    const links = this.#links();
    return links.ok ? this.#grants.vote(id, by, cast, links.value, less) : links;
  }

  /** A session is about to run something by a grant whose life is counted. */
  reserve(grantId: string, sessionId: string, wants: Wants): Reserved {
    return this.#uses.reserve(grantId, sessionId, wants);
  }

  settle(grantId: string, sessionId: string, used: Used): void {
    this.#uses.settle(grantId, sessionId, used);
  }

  revokeGrant(id: string, by: Identity & { readonly reason: string }): ChangedGrant {
    return this.#grants.revoke(id, by);
  }

  readGrant(id: string): Grant | null {
    return this.#grants.get(id);
  }

  listGrants(filter: GrantFilter): readonly Grant[] {
    return this.#grants.list(filter);
  }

  /** What a session has now; it is told of changes until then. */
  grantsOf(of: Identity, sessionId: string, until: number): readonly ActiveGrant[] {
    this.#grantStore.listen(sessionId, of, until);
    return this.#grants.active(of);
  }

  leave(sessionId: string): void {
    this.#uses.leave(sessionId);
    this.#grantStore.leave(sessionId);
  }

  /** Something happened on this target beside approvals. Told twice it is told once, by its id. */
  announce(target: string, events: readonly WebhookEvent[]): void {
    for (const event of events) this.#outbox.put(event, target, this.#endpoints(), Date.now());
    this.ctx.waitUntil(this.#send());
  }

  /** The newest version of the target's policy that is told, or on its way. */
  toldOfPolicies(): number {
    return this.#outbox.toldOfPolicies;
  }

  /** Versions up to this one, in one turn: a crash tells of all of them or of none, and then they are told again. */
  announcePolicies(target: string, events: readonly WebhookEvent[], version: number): void {
    this.announce(target, events);
    this.#outbox.toldOfPolicies = version;
  }

  /** What is still to be told, or was given up: newest first, below `before`. */
  deliveries(dead: boolean | null, before: number | null, limit: number): readonly Delivery[] {
    return this.#outbox.list(dead, before, limit);
  }

  /** What was given up is sent once more; the log says who wanted that. */
  resend(target: string, which: ResendChoice, { issuer, subject }: Identity): Resent {
    const by = { issuer, subject, at: Date.now() };
    const resent = this.#outbox.resend(which, by);
    if (resent.kind !== "resent") return resent;
    this.#log.put(resendLeaf(target, by, resent.endpoint, resent.eventIds));
    this.ctx.waitUntil(this.#send());
    return resent;
  }

  backlog(): Backlog {
    return this.#outbox.backlog();
  }

  /** What changed about an approval or a grant, and is not in the log yet. */
  unlogged(id: string): readonly ChangeLeaf[] {
    return this.#log.waiting(id);
  }

  override async alarm(): Promise<void> {
    this.#registry.expireDue();
    this.#grants.ageDue();
    await this.#send();
  }

  #changed(approval: Approval, before: Approval | null): void {
    this.#log.put(approvalLeaf(approval));
    for (const event of approvalEvents(approval, before))
      this.#outbox.put(event, approval.target, this.#endpoints(), Date.now());
    this.ctx.waitUntil(this.#send());
    if (approval.terms.mode === "wait" && approval.state !== "pending" && approval.state !== before?.state)
      this.ctx.waitUntil(this.#tellSession(approval));
  }

  #grantChanged(grant: Grant): void {
    this.#log.put(grantLeaf(grant));
    const event = grantEvent(grant);
    if (event !== null) this.#outbox.put(event, grant.target, this.#endpoints(), Date.now());
    this.ctx.waitUntil(this.#send());
    if (grant.state !== "pending") this.ctx.waitUntil(this.#tellSessions(grant.requester));
  }

  /** Those that are not reached look by themselves. */
  async #tellSessions(of: Identity): Promise<void> {
    const { SESSIONS } = this.env;
    const tell = async (sessionId: string): Promise<void> => {
      await SESSIONS.get(SESSIONS.idFromName(sessionId)).grantsChanged();
    };
    await Promise.allSettled(this.#grantStore.listeners(of, Date.now()).map(tell));
  }

  #links(): Result<IdentityLinks, { readonly kind: "misconfigured"; readonly detail: string }> {
    const links = parseLinks(this.env.IDENTITIES);
    return links.ok ? links : err({ kind: "misconfigured", detail: links.error });
  }

  /** The alarm stands while something is sent: after a crash it is what sends the rest. */
  async #send(): Promise<void> {
    await this.#arm();
    // A receiver that is slow holds nothing back from the log.
    await Promise.all([this.#sender.send(), this.#log.send()]);
    await this.#arm();
  }

  async #arm(): Promise<void> {
    const due = [
      this.#store.nextDue(),
      this.#grantStore.nextDue(),
      this.#outbox.nextDue(),
      this.#log.nextDue(Date.now()),
    ].filter((at) => at !== null);
    if (due.length === 0) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(Math.min(...due), Date.now() + SOONEST_MS));
  }

  async #complete(body: string, { type }: Delivery, { links }: Endpoint): Promise<Result<string, string>> {
    if (links === null || type !== "approval.requested") return ok(body);
    const identities = this.#links();
    if (!identities.ok) return err(identities.error.detail);
    const { data } = JSON.parse(body) as {
      readonly data: { readonly approval_id?: string; readonly grant_id?: string };
    };
    const approval = this.#registry.get(data.approval_id ?? "");
    return withLink(body, approval ?? this.#grants.get(data.grant_id ?? ""), links, {
      mayApprove: approval === null || mayApproveByLink(approval),
      approvers: parseApprovers(this.env.APPROVERS),
      identities: identities.value,
      sessionKey: this.env.SESSION_KEY,
      now: Date.now(),
    });
  }

  /** A mistake in them tells nobody anything; whoever asks for deliveries is told of it. */
  #endpoints(): readonly Endpoint[] {
    const endpoints = parseEndpoints(this.env.WEBHOOKS, this.env.WEBHOOKS_LOCAL === "true");
    return endpoints.ok ? endpoints.value : [];
  }

  /** One that is not reached looks by itself, or is gone: then nobody claims it, and it expires. */
  async #tellSession({ id, sessionId }: Approval): Promise<void> {
    const { SESSIONS } = this.env;
    const session = SESSIONS.get(SESSIONS.idFromName(sessionId));
    await session.approvalChanged(id).catch(() => undefined);
  }
}
