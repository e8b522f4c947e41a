// A statement that runs by a grant with limits: what it may use of those that are counted over the grant's life is reserved before
// it is sent, and counted as it is used. Most statements run by none, and none of this is theirs.

import { type GrantUse, isCountedInAll, type RefusalText } from "#core/policy";
import { CANCELLED } from "../approval/index.ts";
import type { Shortage } from "../budgets.ts";
import { refusalOf } from "../gate/refusals.ts";
import { elsewhere } from "./elsewhere.ts";
import { ANOTHER } from "./grant-limits.ts";
import { writes } from "./guard.ts";
import { type Allowed, type Desk, type Refusal, refusal, type Task } from "./task.ts";

export type Begun =
  | { readonly kind: "begun"; readonly judged: Allowed; readonly end: () => void }
  /** `ended`: the session ends, and nothing is to be sent. */
  | { readonly kind: "refused"; readonly judged: Refusal; readonly ended: boolean };

/** A grant that comes or goes while another is asked about: who asks again and again is refused instead. */
const MOST_ROUNDS = 3;

export function isCountedByGrant({ obligations }: Pick<Allowed, "obligations">): boolean {
  return obligations.grants.some(isCountedInAll);
}

export function* beginByGrants(desk: Desk, allowed: Allowed): Task<Begun> {
  const budgets = desk.holder?.budgets ?? null;
  let judged = allowed;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const counted = judged.obligations.grants.filter(isCountedInAll);
    if (counted.length === 0) return { kind: "begun", judged, end: () => undefined };
    if (budgets === null) return short(judged, counted[0], { kind: "over" });
    const begun: GrantUse[] = [];
    const end = (): void => begun.forEach((use) => budgets.end(use));
    let waited = false;
    for (const use of counted) {
      const changes = judged.obligations.countRows || writes(judged.facts);
      if (!budgets.has(use, changes)) {
        waited = true;
        const came = yield* elsewhere(desk.elsewhere, budgets.begin(use, changes));
        const shortage = came.kind === "value" ? came.value : null;
        if (came.kind !== "value" || shortage !== null) {
          end();
          if (shortage !== null) return short(judged, use, shortage);
          if (came.kind === "interrupted") return refused(judged, CANCELLED, came.why === "ended");
          return refused(judged, unreachable(use), false);
        }
      }
      begun.push(use);
    }
    if (!waited) return { kind: "begun", judged, end };
    // Meanwhile a policy may have come, or the grant gone.
    const again = desk.gate.weigh(judged.facts, desk.now());
    if (again.kind === "allowed" && same(again.obligations.grants.filter(isCountedInAll), counted))
      return { kind: "begun", judged: again, end };
    end();
    if (again.kind === "refused") return { kind: "refused", judged: refusal(again, 0), ended: false };
    if (again.kind === "held") return refused(judged, again.told, false);
    judged = again;
  }
  return short(judged, judged.obligations.grants[0], { kind: "over" });
}

function same(a: readonly GrantUse[], b: readonly GrantUse[]): boolean {
  return a.length === b.length && a.every(({ id }, i) => id === b[i]?.id);
}

function short(judged: Allowed, use: GrantUse | undefined, shortage: Shortage): Begun {
  const id = use?.id ?? "";
  switch (shortage.kind) {
    case "used_up":
      return refused(
        judged,
        {
          sqlstate: "54000",
          message: `grant ${id} is used up: ${shortage.most} is the most of its limit ${shortage.limit}`,
          detail: `limit "${shortage.limit}" of grant ${id}`,
          hint: `It is over. ${ANOTHER}`,
        },
        false,
      );
    case "busy":
      return refused(
        judged,
        {
          sqlstate: "55P03",
          message: `what is left of grant ${id} is in use by another session`,
          detail: `limit "${shortage.limit}" of grant ${id}`,
          hint: "Send it again when the other statement is done.",
        },
        false,
      );
    case "over":
      return refused(
        judged,
        {
          sqlstate: "42501",
          message: `grant ${id} is over`,
          detail: `grant ${id}`,
          hint: ANOTHER,
        },
        false,
      );
  }
}

function unreachable({ id }: GrantUse): RefusalText {
  return {
    sqlstate: "58000",
    message: `what is left of grant ${id} could not be asked for: the gateway's grants do not answer`,
    detail: `grant ${id}`,
    hint: "Send the statement again; if it stays so, tell the gateway's admin.",
  };
}

function refused({ decision, facts }: Allowed, text: RefusalText, ended: boolean): Begun {
  const error = refusalOf(text, null, false);
  return { kind: "refused", judged: { kind: "refused", decision, facts, error }, ended };
}
