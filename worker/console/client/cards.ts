// Keeps a list of cards up to date: those of what is new come in front, those that changed are drawn anew, and one that somebody
// is writing a reason on stays as it is until it is decided. What is asked again, and how a card is drawn, is the page's.

import { type Request, standOf } from "../text/stand.ts";
import { ask } from "./ask.ts";
import { byId, make } from "./element.ts";

const POLL_MS = 2_000;

interface Item extends Request {
  readonly id: string;
}

export interface Cards<T extends Item> {
  /** Id of the list: its element has the query in its data, and a box for each card that the server drew. */
  readonly list: string;
  /** Of the API, without the query. */
  readonly path: string;
  readonly draw: (item: T, box: HTMLElement) => void;
}

export function keepUpToDate<T extends Item>({ list: id, path, draw }: Cards<T>): void {
  const list = byId(id, HTMLElement);
  const none = byId("none", HTMLElement);
  const changes = byId("changes", HTMLElement);
  const { query = "" } = list.dataset;
  /** "state=pending": what is in another state by now is no longer of this list. */
  const asked = new URLSearchParams(query);
  const filtered = asked.has("state") || asked.has("review");
  const drawn = new Map<string, string>();
  const { title } = document;

  async function refresh(): Promise<void> {
    const found = await ask<{ readonly data: readonly T[] }>(`${path}?${query}`);
    if (!found.ok) return;
    const shown = new Set(found.value.data.map((item) => item.id));
    let news = 0;
    for (const item of found.value.data.toReversed()) {
      const now = JSON.stringify(item);
      const before = drawn.get(item.id);
      let box = boxOf(list, item.id);
      if (before === now || (before === undefined && box?.dataset["stand"] === standOf(item))) {
        drawn.set(item.id, now);
        continue;
      }
      // Drawn anew once nobody writes on it.
      if (box !== null && isWrittenOn(box) && isOpen(item)) continue;
      drawn.set(item.id, now);
      if (box === null) {
        box = make("div", "");
        box.dataset["id"] = item.id;
        list.prepend(box);
      }
      news++;
      draw(item, box);
    }
    if (filtered)
      for (const box of list.querySelectorAll<HTMLElement>(":scope > [data-id]")) {
        if (shown.has(box.dataset["id"] ?? "")) continue;
        box.remove();
        news++;
      }
    const waiting = found.value.data.filter(({ state }) => state === "pending").length;
    document.title = waiting === 0 ? title : `(${String(waiting)}) ${title}`;
    if (news > 0) changes.textContent = `${String(shown.size)} in the list`;
    none.hidden = list.childElementCount > 0;
  }

  // An older page is of the past, and stays.
  if (!query.includes("cursor="))
    setInterval(() => {
      if (document.visibilityState === "visible") void refresh();
    }, POLL_MS);
}

/** Something can still be written on it: a reason for a decision, or for taking back, or what a review found. */
function isOpen({ state, review }: Item): boolean {
  return state === "pending" || state === "active" || review?.state === "pending";
}

function boxOf(list: HTMLElement, id: string): HTMLElement | null {
  return list.querySelector<HTMLElement>(`:scope > [data-id="${CSS.escape(id)}"]`);
}

function isWrittenOn(box: HTMLElement): boolean {
  const fields = [...box.querySelectorAll("input")];
  return (
    box.contains(document.activeElement) ||
    fields.some((field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked)
  );
}
