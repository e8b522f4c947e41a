// Counts what is done by grants that have limits over their life. A session reserves before it runs a statement, in one turn of the
// object, and says afterwards what it used: what is reserved and not given back counts as used, so a crash gives nobody more.

import { type Grant, use, type Used } from "#core/approvals";
import { GRANT_LIMIT_NAMES, type GrantLimits } from "#core/policy";
import type { Grants } from "./grants.ts";
import type { ReservationStore } from "./reservation-store.ts";

export type Reserved =
  /** Together with what it had before. */
  | { readonly kind: "reserved"; readonly amounts: Used }
  /** Nothing of this limit is left, and the grant is over. */
  | { readonly kind: "used_up"; readonly limit: string; readonly most: number }
  /** The rest is reserved by other sessions, which may give back of it. */
  | { readonly kind: "busy"; readonly limit: string }
  /** It is not active any more. */
  | { readonly kind: "over" };

export interface Wants {
  readonly used: Used;
  readonly wants: Used;
  readonly needed: readonly (keyof Used)[];
}

/** Amounts that are limited, by the limit. */
const COUNTED = [
  ["statements", "statements"],
  ["rowsReturned", "rowsReturnedInAll"],
  ["rowsChanged", "rowsChangedInAll"],
] as const satisfies readonly (readonly [keyof Used, keyof GrantLimits])[];

export class GrantUses {
  readonly #grants: Grants;
  readonly #reservations: ReservationStore;

  constructor(grants: Grants, reservations: ReservationStore) {
    this.#grants = grants;
    this.#reservations = reservations;
  }

  /**
   * `used`: by the session, of what it has reserved already; `wants`: beside that. As much of it as is left is given; of what is
   * `needed` something has to be.
   */
  reserve(grantId: string, sessionId: string, { used, wants, needed }: Wants): Reserved {
    const grant = this.#grants.get(grantId);
    if (grant?.state !== "active") return { kind: "over" };
    const reservations = this.#reservations.of(grantId);
    const others = reservations.filter((each) => each.sessionId !== sessionId);
    const amounts = { statements: 0, rowsReturned: 0, rowsChanged: 0 };
    for (const [amount, limit] of COUNTED) {
      const most = grant.limits?.[limit] ?? null;
      if (most === null) continue;
      const taken = others.reduce((sum, each) => sum + each.amounts[amount], 0);
      const left = most - (grant.used?.[amount] ?? 0) - taken;
      amounts[amount] = Math.max(0, Math.min(left, used[amount] + wants[amount]));
      if (!needed.includes(amount) || amounts[amount] > used[amount]) continue;
      if (taken > 0) return { kind: "busy", limit: GRANT_LIMIT_NAMES[limit] };
      this.settle(grantId, sessionId, used);
      this.#grants.useUp(grantId, GRANT_LIMIT_NAMES[limit]);
      return { kind: "used_up", limit: GRANT_LIMIT_NAMES[limit], most };
    }
    this.#reservations.put({ grantId, sessionId, amounts });
    return { kind: "reserved", amounts };
  }

  /** The session is done with what it reserved, and has used this of it. */
  settle(grantId: string, sessionId: string, used: Used): void {
    const reserved = this.#reservations.of(grantId).find((each) => each.sessionId === sessionId);
    if (reserved === undefined) return;
    const { amounts } = reserved;
    const most = (name: keyof Used): number => Math.min(amounts[name], Math.max(0, used[name]));
    this.#count(grantId, sessionId, {
      statements: most("statements"),
      rowsReturned: most("rowsReturned"),
      rowsChanged: most("rowsChanged"),
    });
  }

  /** The session is gone, and nobody says what it used: all of it, then. */
  leave(sessionId: string): void {
    for (const { grantId, amounts } of this.#reservations.ofSession(sessionId))
      this.#count(grantId, sessionId, amounts);
  }

  #count(grantId: string, sessionId: string, used: Used): void {
    this.#reservations.remove(grantId, sessionId);
    this.#grants.count(grantId, (grant: Grant) => use(grant, used));
  }
}
