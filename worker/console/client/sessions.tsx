// Keeps the list of sessions up to date while somebody looks at it: the same search again, drawn by the same component.

import { render } from "hono/jsx/dom";
import type { Activity } from "../../insight/items.ts";
import type { SessionItem } from "../../records/items.ts";
import { SessionRows, type SessionRowsProps } from "../components/session-rows.tsx";
import { ask } from "./ask.ts";

const POLL_MS = 2_000;

interface Page {
  readonly data: readonly SessionItem[];
}

const body = document.getElementById("sessions");
const note = document.getElementById("live-note");
let before = "";

async function refresh(rows: HTMLElement): Promise<void> {
  const query = rows.dataset["query"] ?? "";
  const found = await ask<Page>(`/sessions?${query}`);
  if (!found.ok) {
    if (note !== null) note.textContent = "Not up to date: the gateway does not answer.";
    return;
  }
  const sessions = found.value.data;
  const ids = sessions.map(({ id }) => id).join(",");
  const activity = ids === "" ? null : await ask<{ data: readonly Activity[] }>(`/activity?sessions=${ids}`);
  const props: SessionRowsProps = {
    sessions,
    activity: activity?.ok === true ? activity.value.data : [],
    now: Date.now(),
  };
  const live = sessions.filter(({ state }) => state === "live").length;
  if (note !== null)
    note.textContent = live === 0 ? "" : `${String(live)} live; this list goes on by itself.`;
  // Nothing new and nothing live: whoever has the focus in a row keeps it.
  const now = JSON.stringify([props.sessions, props.activity]);
  if (now === before && live === 0) return;
  const focused = rows.contains(document.activeElement);
  if (focused && now === before) return;
  before = now;
  if (sessions.length > 0) {
    document.getElementById("sessions-none")?.remove();
    document.getElementById("sessions-found")?.removeAttribute("hidden");
  }
  render(<SessionRows {...props} />, rows);
}

if (body !== null) {
  void refresh(body);
  setInterval(() => {
    if (document.visibilityState === "visible") void refresh(body);
  }, POLL_MS);
}
