// Keeps the list of approvals up to date: cards of what is new come in front, those that changed are drawn anew, and one that
// somebody is writing a reason on stays as it is until it is decided.

import { render } from "hono/jsx/dom";
import type { ApprovalItem } from "../../approvals/items.ts";
import { ApprovalCard } from "../components/approval.tsx";
import { ask } from "./ask.ts";
import { byId, make } from "./element.ts";

const POLL_MS = 2_000;

interface Page {
  readonly data: readonly ApprovalItem[];
}

const list = byId("approvals", HTMLElement);
const none = byId("none", HTMLElement);
const changes = byId("changes", HTMLElement);
const { query = "", issuer, subject, tokenName, token } = list.dataset;
const form = tokenName === undefined || token === undefined ? null : { name: tokenName, token };
const drawn = new Map<string, string>();

async function refresh(): Promise<void> {
  const found = await ask<Page>(`/approvals?${query}`);
  if (!found.ok) return;
  const shown = new Set(found.value.data.map(({ id }) => id));
  let news = 0;
  for (const approval of found.value.data.toReversed()) {
    const now = JSON.stringify(approval);
    const before = drawn.get(approval.id);
    drawn.set(approval.id, now);
    let box = boxOf(approval.id);
    if (before === now || (before === undefined && box !== null)) continue;
    if (box !== null && isWrittenOn(box) && approval.state === "pending") continue;
    if (box === null) {
      box = make("div", "");
      box.dataset["id"] = approval.id;
      list.prepend(box);
    }
    news++;
    const own = approval.requester.issuer === issuer && approval.requester.subject === subject;
    render(<ApprovalCard approval={approval} form={form} own={own} />, box);
  }
  // Of the list of what waits: decided by somebody else, or expired.
  for (const box of list.querySelectorAll<HTMLElement>(":scope > [data-id]"))
    if (!shown.has(box.dataset["id"] ?? "") && query.includes("state=pending")) {
      box.remove();
      news++;
    }
  if (news > 0) changes.textContent = `${String(shown.size)} in the list`;
  none.hidden = list.childElementCount > 0;
}

function boxOf(id: string): HTMLElement | null {
  return list.querySelector<HTMLElement>(`:scope > [data-id="${CSS.escape(id)}"]`);
}

function isWrittenOn(box: HTMLElement): boolean {
  const reason = box.querySelector<HTMLInputElement>("input[name=reason]");
  return box.contains(document.activeElement) || (reason !== null && reason.value !== "");
}

// An older page is of the past, and stays.
if (!query.includes("cursor="))
  setInterval(() => {
    if (document.visibilityState === "visible") void refresh();
  }, POLL_MS);
