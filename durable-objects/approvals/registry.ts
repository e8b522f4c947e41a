// Keeps the approvals of a target: each call reads one, lets core/approvals change it, and writes it back, in one turn. That
// is the compare-and-set: two approvers, an approver and a cancel, a claim and the clock are one behind the other here.

import {
  type Approval,
  type Approver,
  type Asked,
  approveByPolicy,
  breakGlass,
  claim,
  expire,
  fail,
  type IdentityLinks,
  type Objection,
  remind,
  request,
  review,
  type ReviewVerdict,
  type Vote,
  vote,
  withdraw,
} from "#core/approvals";
import { err, ok, type Result } from "../../core/result.ts";
import { newId } from "./approval-id.ts";
import type { ApprovalFilter, ApprovalStore } from "./store.ts";

/** Of one subject at once: past it, nobody could look at them. */
export const OPEN_APPROVALS_PER_SUBJECT = 50;

export type Changed = Result<Approval, Objection | { readonly kind: "unknown" }>;
export type Requested = Result<Approval, { readonly kind: "too_many" }>;

export interface RegistryParts {
  readonly store: ApprovalStore;
  readonly now: () => number;
  /** After each change, new ones included: `before` is null of these. */
  readonly changed: (approval: Approval, before: Approval | null) => void;
}

export class Registry {
  readonly #store: ApprovalStore;
  readonly #now: () => number;
  readonly #changed: (approval: Approval, before: Approval | null) => void;

  constructor({ store, now, changed }: RegistryParts) {
    this.#store = store;
    this.#now = now;
    this.#changed = changed;
  }

  /**
   * What stands about the same statement already, or a new request. A denial stands until the request would have expired:
   * asking again is no way round it.
   */
  request(asked: Asked): Requested {
    const known = this.standing(asked.binding);
    if (known !== null) return ok(known);
    if (this.#store.openOf(asked.requester) >= OPEN_APPROVALS_PER_SUBJECT) return err({ kind: "too_many" });
    const now = this.#now();
    // In one change: nobody is asked for what the policy lets go.
    return ok(this.#keep(approveByPolicy(request(newId(asked.target), asked, now), now), null));
  }

  /** What need not be asked for anew; null where nothing is. */
  standing(binding: string): Approval | null {
    this.expireDue();
    const known = this.#store.bound(binding);
    return known !== null && this.#stands(known) ? known : null;
  }

  vote(id: string, by: Approver, cast: Pick<Vote, "verdict" | "reason">, links: IdentityLinks): Changed {
    return this.#change(id, (approval) => vote(approval, by, cast, links, this.#now()));
  }

  breakGlass(id: string, by: Approver, reason: string, links: IdentityLinks): Changed {
    return this.#change(id, (approval) => breakGlass(approval, by, reason, links, this.#now()));
  }

  review(
    id: string,
    by: Approver,
    said: { readonly verdict: ReviewVerdict; readonly note: string },
    links: IdentityLinks,
  ): Changed {
    return this.#change(id, (approval) => review(approval, by, said, links, this.#now()));
  }

  claim(id: string, by: Pick<Asked, "binding" | "sessionId">): Changed {
    return this.#change(id, (approval) => claim(approval, by, this.#now()));
  }

  withdraw(id: string): Changed {
    return this.#change(id, (approval) => withdraw(approval, this.#now()));
  }

  fail(id: string): Changed {
    return this.#change(id, (approval) => fail(approval, this.#now()));
  }

  get(id: string): Approval | null {
    this.expireDue();
    return this.#store.get(id);
  }

  list(filter: ApprovalFilter): readonly Approval[] {
    this.expireDue();
    return this.#store.list(filter);
  }

  expireDue(): void {
    for (const approval of this.#store.due(this.#now())) {
      const expired = expire(approval, this.#now());
      if (expired !== approval) this.#keep(expired, approval);
    }
    for (const approval of this.#store.unreviewed(this.#now())) {
      const reminded = remind(approval, this.#now());
      if (reminded !== approval) this.#keep(reminded, approval);
    }
  }

  #stands({ state, expiresAt }: Approval): boolean {
    return state === "pending" || state === "approved" || (state === "denied" && this.#now() < expiresAt);
  }

  #change(id: string, change: (approval: Approval) => Result<Approval, Objection>): Changed {
    this.expireDue();
    const approval = this.#store.get(id);
    if (approval === null) return err({ kind: "unknown" });
    const result = change(approval);
    return result.ok ? ok(this.#keep(result.value, approval)) : result;
  }

  #keep(approval: Approval, before: Approval | null): Approval {
    this.#store.put(approval);
    this.#changed(approval, before);
    return approval;
  }
}
