// The Durable Object of a target's approvals, as a shell: one object for each target, so that all that can happen to an
// approval happens one after the other; and of what is told to webhooks about the target. Asked only where a policy holds
// statements, or somebody wants to be told.

import { DurableObject } from "cloudflare:workers";
import type { Approval, Approver, Asked, Vote } from "#core/approvals";
import { err, type Result } from "../core/result.ts";
import {
  type ApprovalFilter,
  ApprovalStore,
  type Changed,
  parseLinks,
  Registry,
  type Requested,
} from "./approvals/index.ts";
import { secretOf, type SessionEnv } from "./env.ts";
import {
  approvalEvent,
  type Delivery,
  type Endpoint,
  parseEndpoints,
  type WebhookEvent,
  WebhookOutbox,
  WebhookSender,
} from "./webhooks/index.ts";

/** What is due now is being sent already; the alarm is for what is left of it. */
const SOONEST_MS = 500;

export class ApprovalsObject extends DurableObject<SessionEnv> {
  readonly #store: ApprovalStore;
  readonly #registry: Registry;
  readonly #outbox: WebhookOutbox;
  readonly #sender: WebhookSender;

  constructor(ctx: DurableObjectState, env: SessionEnv) {
    super(ctx, env);
    this.#store = new ApprovalStore(ctx.storage.sql);
    this.#registry = new Registry({
      store: this.#store,
      now: () => Date.now(),
      changed: (approval) => this.#changed(approval),
    });
    this.#outbox = new WebhookOutbox(ctx.storage.sql);
    this.#sender = new WebhookSender({
      outbox: this.#outbox,
      endpoints: () => this.#endpoints(),
      secret: (name) => secretOf(env, name),
      fetch: (url, init) => fetch(url, init),
      now: () => Date.now(),
    });
  }

  request(asked: Asked): Requested {
    return this.#registry.request(asked);
  }

  vote(
    id: string,
    by: Approver,
    cast: Pick<Vote, "verdict" | "reason">,
  ): Changed | Result<never, { readonly kind: "misconfigured"; readonly detail: string }> {
    const links = parseLinks(this.env.IDENTITIES);
    if (!links.ok) return err({ kind: "misconfigured", detail: links.error });
    return this.#registry.vote(id, by, cast, links.value);
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

  /** Something happened on this target beside approvals. Told twice it is told once, by its id. */
  announce(target: string, events: readonly WebhookEvent[]): void {
    for (const event of events) this.#outbox.put(event, target, this.#endpoints(), Date.now());
    this.ctx.waitUntil(this.#send());
  }

  /** What is still to be told, or was given up: newest first, below `before`. */
  deliveries(dead: boolean | null, before: number | null, limit: number): readonly Delivery[] {
    return this.#outbox.list(dead, before, limit);
  }

  override async alarm(): Promise<void> {
    this.#registry.expireDue();
    await this.#send();
  }

  #changed(approval: Approval): void {
    const event = approvalEvent(approval);
    if (event !== null) this.#outbox.put(event, approval.target, this.#endpoints(), Date.now());
    this.ctx.waitUntil(this.#send());
    if (approval.terms.mode === "wait" && approval.state !== "pending")
      this.ctx.waitUntil(this.#tellSession(approval));
  }

  /** The alarm stands while something is sent: after a crash it is what sends the rest. */
  async #send(): Promise<void> {
    await this.#arm();
    await this.#sender.send();
    await this.#arm();
  }

  async #arm(): Promise<void> {
    const due = [this.#store.nextDue(), this.#outbox.nextDue()].filter((at) => at !== null);
    if (due.length === 0) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(Math.min(...due), Date.now() + SOONEST_MS));
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
