// The Durable Object of a target's approvals, as a shell: one object for each target, so that all that can happen to an
// approval happens one after the other. Asked only where a policy holds statements.

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
import type { SessionEnv } from "./env.ts";

export class ApprovalsObject extends DurableObject<SessionEnv> {
  readonly #store: ApprovalStore;
  readonly #registry: Registry;

  constructor(ctx: DurableObjectState, env: SessionEnv) {
    super(ctx, env);
    this.#store = new ApprovalStore(ctx.storage.sql);
    this.#registry = new Registry({
      store: this.#store,
      now: () => Date.now(),
      changed: (approval) => this.#changed(approval),
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

  override async alarm(): Promise<void> {
    this.#registry.expireDue();
    await this.#arm();
  }

  #changed(approval: Approval): void {
    this.ctx.waitUntil(this.#arm());
    if (approval.terms.mode === "wait") this.ctx.waitUntil(this.#tellSession(approval));
  }

  async #arm(): Promise<void> {
    const due = this.#store.nextDue();
    if (due === null) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(due);
  }

  /** One that is not reached looks by itself, or is gone: then nobody claims it, and it expires. */
  async #tellSession({ id, sessionId }: Approval): Promise<void> {
    const { SESSIONS } = this.env;
    const session = SESSIONS.get(SESSIONS.idFromName(sessionId));
    await session.approvalChanged(id).catch(() => undefined);
  }
}
