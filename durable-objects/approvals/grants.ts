// Keeps the grants of a target, as registry.ts keeps its approvals: each call reads one, lets core/approvals change it, and
// writes it back, in one turn.

import {
  ageGrant,
  type Approver,
  type Grant,
  type Identity,
  type IdentityLinks,
  type Less,
  revokeGrant,
  useUp,
  type Vote,
  voteOnGrant,
  type WantedGrant,
  wantGrant,
} from "#core/approvals";
import { type ActiveGrant, NO_GRANT_LIMITS } from "#core/policy";
import type { StatementKind } from "#core/sql";
import { err, ok, type Result } from "../../core/result.ts";
import { newId } from "./approval-id.ts";
import type { GrantFilter, GrantStore } from "./grant-store.ts";

/** Of one subject: past it, nobody could look at them. */
const OPEN_GRANTS_PER_SUBJECT = 50;

type GrantChange = ReturnType<typeof voteOnGrant>;
export type ChangedGrant = GrantChange | Result<never, { readonly kind: "unknown" }>;
export type Wanted = Result<Grant, { readonly kind: "too_many" }>;

export interface GrantsParts {
  readonly store: GrantStore;
  readonly now: () => number;
  /** After each change, new ones included. */
  readonly changed: (grant: Grant) => void;
}

export class Grants {
  readonly #store: GrantStore;
  readonly #now: () => number;
  readonly #changed: (grant: Grant) => void;

  constructor({ store, now, changed }: GrantsParts) {
    this.#store = store;
    this.#now = now;
    this.#changed = changed;
  }

  want(wanted: WantedGrant, auto: boolean): Wanted {
    this.ageDue();
    if (this.#store.openOf(wanted.requester) >= OPEN_GRANTS_PER_SUBJECT) return err({ kind: "too_many" });
    return ok(this.#keep(wantGrant(newId(wanted.target), wanted, auto, this.#now())));
  }

  /** `less`: what is given, where that is less than was asked for. */
  vote(
    id: string,
    by: Approver,
    cast: Pick<Vote, "verdict" | "reason">,
    links: IdentityLinks,
    less: Less | null = null,
  ): ChangedGrant {
    return this.#change(id, (grant) => voteOnGrant(grant, by, cast, links, this.#now(), less));
  }

  /** Nothing of this limit is left. */
  useUp(id: string, limit: string): void {
    const grant = this.#store.get(id);
    if (grant?.state === "active") this.#keep(useUp(grant, limit, this.#now()));
  }

  /** What was counted: nobody is told of it. */
  count(id: string, counted: (grant: Grant) => Grant): void {
    const grant = this.#store.get(id);
    if (grant !== null) this.#store.put(counted(grant));
  }

  revoke(id: string, by: Identity & { readonly reason: string }): ChangedGrant {
    return this.#change(id, (grant) => revokeGrant(grant, by, this.#now()));
  }

  get(id: string): Grant | null {
    this.ageDue();
    return this.#store.get(id);
  }

  list(filter: GrantFilter): readonly Grant[] {
    this.ageDue();
    return this.#store.list(filter);
  }

  /** What the subject has now, as its policy takes it. */
  active({ issuer, subject }: Identity): readonly ActiveGrant[] {
    const limit = OPEN_GRANTS_PER_SUBJECT;
    return this.list({ state: "active", issuer, subject, before: null, limit }).map(
      ({ id, relations, kinds, limits, grantedAt, endsAt }) => ({
        id,
        relations,
        limits: limits ?? NO_GRANT_LIMITS,
        kinds: kinds as readonly StatementKind[],
        from: grantedAt ?? 0,
        until: endsAt ?? 0,
      }),
    );
  }

  ageDue(): void {
    for (const grant of this.#store.due(this.#now())) {
      const aged = ageGrant(grant, this.#now());
      if (aged !== grant) this.#keep(aged);
    }
  }

  #change(id: string, change: (grant: Grant) => GrantChange): ChangedGrant {
    this.ageDue();
    const grant = this.#store.get(id);
    if (grant === null) return err({ kind: "unknown" });
    const result = change(grant);
    return result.ok ? ok(this.#keep(result.value)) : result;
  }

  #keep(grant: Grant): Grant {
    this.#store.put(grant);
    this.#changed(grant);
    return grant;
  }
}
