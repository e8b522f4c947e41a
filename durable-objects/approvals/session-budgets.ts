// What one session has reserved of grants whose life is counted, and what of it is used. Reserves in slices and gives back what is
// left when nothing has run by the grant for a moment, so that a burst of statements asks once. Owns the timers.

import { NOTHING_USED, type Used } from "#core/approvals";
import type { GrantUse } from "#core/policy";
import type { GrantBudgets, Shortage } from "../session/index.ts";
import type { Reserved, Wants } from "./grant-uses.ts";

/** Of the statements that a grant has: what one session takes ahead, so that others find some too. */
const SLICE = 8;
export interface BudgetWaits {
  /** Longer than between the statements of a program, shorter than anybody would wait for the rest. */
  readonly givenBackMs: number;
  /** Somebody else has the rest, and gives it back soon, or is at work with it. */
  readonly busyMs: number;
  readonly busyTries: number;
}

const WAITS: BudgetWaits = { givenBackMs: 500, busyMs: 300, busyTries: 8 };

export interface BudgetSource {
  readonly reserve: (grantId: string, wants: Wants) => Promise<Reserved>;
  /** Never rejects: what is not settled counts as used when the session has left. */
  readonly settle: (grantId: string, used: Used) => Promise<void>;
}

interface Budget {
  reserved: Used;
  used: { statements: number; rowsReturned: number; rowsChanged: number };
  running: number;
  timer: ReturnType<typeof setTimeout> | null;
}

export class SessionBudgets implements GrantBudgets {
  readonly #source: BudgetSource;
  readonly #waits: BudgetWaits;
  readonly #budgets = new Map<string, Budget>();
  #stopped = false;

  constructor(source: BudgetSource, waits = WAITS) {
    this.#source = source;
    this.#waits = waits;
  }

  has(use: GrantUse, changes: boolean): boolean {
    const budget = this.#budgets.get(use.id);
    if (budget === undefined) return false;
    const left = leftOf(budget);
    const { wants } = this.#wants(use, changes);
    const enough = (name: keyof Used): boolean => left[name] >= (name === "statements" ? 1 : wants[name]);
    if (!neededBy(use, changes).every(enough)) return false;
    this.#hold(use.id).used.statements++;
    return true;
  }

  async begin(use: GrantUse, changes: boolean): Promise<Shortage | null> {
    if (this.has(use, changes)) return null;
    // While it asks nothing goes back: what comes is counted together with what is used.
    const budget = this.#hold(use.id);
    try {
      for (let tries = 1; ; tries++) {
        const reserved = await this.#source.reserve(use.id, this.#wants(use, changes));
        if (this.#stopped) {
          await this.#source.settle(use.id, budget.used);
          return { kind: "over" };
        }
        if (reserved.kind === "reserved") {
          budget.reserved = reserved.amounts;
          this.#hold(use.id);
          budget.used.statements++;
          return null;
        }
        if (reserved.kind !== "busy" || tries >= this.#waits.busyTries) return reserved;
        await new Promise((resolve) => setTimeout(resolve, this.#waits.busyMs));
      }
    } finally {
      this.end(use);
    }
  }

  end({ id }: GrantUse): void {
    const budget = this.#budgets.get(id);
    if (budget === undefined) return;
    budget.running--;
    if (budget.running === 0 && !this.#stopped)
      budget.timer = setTimeout(() => void this.#giveBack(id), this.#waits.givenBackMs);
  }

  returns(use: GrantUse): boolean {
    const budget = this.#budgets.get(use.id);
    if (use.limits.rowsReturnedInAll === null) return true;
    if (budget === undefined || leftOf(budget).rowsReturned < 1) return false;
    budget.used.rowsReturned++;
    return true;
  }

  mayChange(use: GrantUse): number {
    if (use.limits.rowsChangedInAll === null) return Number.POSITIVE_INFINITY;
    const budget = this.#budgets.get(use.id);
    return budget === undefined ? 0 : leftOf(budget).rowsChanged;
  }

  changed(use: GrantUse, rows: number): void {
    const budget = this.#budgets.get(use.id);
    if (budget !== undefined && use.limits.rowsChangedInAll !== null) budget.used.rowsChanged += rows;
  }

  /** The session is over. Resolves when all of it is told. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#budgets.keys()].map((id) => this.#giveBack(id)));
  }

  /** Nothing of it goes back until {@link end}. */
  #hold(id: string): Budget {
    const budget = this.#budgets.get(id) ?? fresh();
    this.#budgets.set(id, budget);
    if (budget.timer !== null) clearTimeout(budget.timer);
    budget.timer = null;
    budget.running++;
    return budget;
  }

  #wants(use: GrantUse, changes: boolean): Wants {
    const { used } = this.#budgets.get(use.id) ?? fresh();
    const { limits } = use;
    const rows = (inAll: number | null, one: number | null): number =>
      inAll === null ? 0 : Math.min(inAll, one ?? inAll);
    const wants = {
      statements: limits.statements === null ? 0 : Math.max(1, Math.floor(limits.statements / SLICE)),
      rowsReturned: rows(limits.rowsReturnedInAll, limits.rowsReturned),
      rowsChanged: changes ? rows(limits.rowsChangedInAll, limits.rowsChanged) : 0,
    };
    return { used, wants, needed: neededBy(use, changes) };
  }

  async #giveBack(id: string): Promise<void> {
    const budget = this.#budgets.get(id);
    if (budget === undefined) return;
    if (budget.timer !== null) clearTimeout(budget.timer);
    this.#budgets.delete(id);
    await this.#source.settle(id, budget.used);
  }
}

/** Rows that a statement returns beside changing some are cut off where none is left. */
function neededBy({ limits }: GrantUse, changes: boolean): readonly (keyof Used)[] {
  return [
    ...(limits.statements === null ? [] : ["statements" as const]),
    ...(changes || limits.rowsReturnedInAll === null ? [] : ["rowsReturned" as const]),
    ...(changes && limits.rowsChangedInAll !== null ? ["rowsChanged" as const] : []),
  ];
}

function leftOf({ reserved, used }: Budget): Used {
  return {
    statements: reserved.statements - used.statements,
    rowsReturned: reserved.rowsReturned - used.rowsReturned,
    rowsChanged: reserved.rowsChanged - used.rowsChanged,
  };
}

function fresh(): Budget {
  return { reserved: NOTHING_USED, used: { ...NOTHING_USED }, running: 0, timer: null };
}
