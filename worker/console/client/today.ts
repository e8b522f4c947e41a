// What the policy in force says of the session's statements: asked for by a button, since the gateway asks the target's database for
// it, and read a page at a time.

import type { TodayReport } from "../../policies/items.ts";
import { count, counted } from "../text/format.ts";
import { type Answer, ask } from "./ask.ts";
import type { Today } from "./look.ts";

/** `found` gets what differs, by seq, once all of it is known. */
export function offerToday(
  session: string,
  button: HTMLButtonElement,
  verdict: HTMLElement,
  found: (today: ReadonlyMap<number, Today>) => void,
): void {
  button.addEventListener("click", () => {
    button.disabled = true;
    void compare(session, verdict, found).finally(() => {
      button.disabled = false;
    });
  });
}

async function compare(
  session: string,
  verdict: HTMLElement,
  found: (today: ReadonlyMap<number, Today>) => void,
): Promise<void> {
  const today = new Map<number, Today>();
  let statements = 0;
  let version = "";
  let cursor: string | null = "";
  while (cursor !== null) {
    verdict.textContent = `deciding anew… ${count(statements)}`;
    const query: string = cursor === "" ? "" : `?${new URLSearchParams({ cursor }).toString()}`;
    const answer: Answer<TodayReport> = await ask<TodayReport>(`/sessions/${session}/today${query}`);
    if (!answer.ok) {
      verdict.textContent = answer.problem.detail;
      return;
    }
    const { data, statements: n, policy_version: policy, next_cursor: next } = answer.value;
    for (const one of data) today.set(one.seq, one);
    statements += n;
    version = policy;
    cursor = next;
  }
  verdict.textContent = summary(today, statements, version);
  found(today);
}

const KINDS = {
  newly_refused: "would be refused now",
  newly_held: "would wait for approval",
  newly_allowed: "would be allowed",
  not_decidable: "cannot be decided: names that are no longer there",
} as const satisfies Record<Today["change"], string>;

function summary(today: ReadonlyMap<number, Today>, statements: number, version: string): string {
  const counts = Object.entries(KINDS).map(([change, words]) => {
    const n = [...today.values()].filter((one) => one.change === change).length;
    return n === 0 ? "" : `${count(n)} ${words}`;
  });
  const said = counts.filter((text) => text !== "").join("; ");
  return `${counted(statements, "statement")} by policy version ${version}: ${said === "" ? "all as they were decided" : said}.`;
}
