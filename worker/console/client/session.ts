// Puts the player of a session's page to life: reads its marks, hears buttons and keys, and asks a live session for more.

import type { Mark, Marks } from "../../insight/items.ts";
import { ask } from "./ask.ts";
import { offerVerification } from "./chain.ts";
import { Details } from "./details.tsx";
import { byId } from "./element.ts";
import { StatementList } from "./list.tsx";
import { Player } from "./player.ts";
import type { Today } from "./look.ts";
import { Timeline } from "./timeline.ts";
import { offerToday } from "./today.ts";

const POLL_MS = 1_000;

const frame = byId("player", HTMLElement);
const session = frame.dataset["session"] ?? "";
const slider = byId("timeline", HTMLElement);
const follow = document.getElementById("follow");

const player: Player = new Player({
  timeline: new Timeline(slider, byId("marks", HTMLCanvasElement), byId("playhead", HTMLElement), (played) =>
    player.scrub(played),
  ),
  list: new StatementList(byId("list", HTMLElement), (n) => {
    player.pause();
    player.unfollow();
    player.goTo(n);
  }),
  details: new Details(session, frame.dataset["check"] === "yes"),
  slider,
  playButton: byId("play", HTMLButtonElement),
  speed: byId("speed", HTMLSelectElement),
  idle: byId("idle", HTMLInputElement),
  follow: follow instanceof HTMLInputElement ? follow : null,
  position: byId("position", HTMLElement),
  said: byId("said", HTMLElement),
  startedAt: Date.parse(frame.dataset["started"] ?? ""),
});

const marks = new Map<number, Mark>();
/** What today's policy would decide otherwise, once that was asked for. */
let today: ReadonlyMap<number, Today> = new Map();

function show(): void {
  player.show(
    [...marks.values()].map((mark) => {
      const now = today.get(mark.seq);
      return now === undefined ? mark : Object.assign({}, mark, { today: now });
    }),
  );
}

/** From the first that still runs on: those before are as they were. Says whether the session is live. */
async function readMarks(): Promise<boolean> {
  const running = [...marks.values()].find(({ outcome }) => outcome === "running");
  let from = running?.seq ?? ([...marks.keys()].at(-1) ?? 0) + 1;
  const before = JSON.stringify([marks.size, running]);
  for (;;) {
    const found = await ask<Marks>(`/sessions/${session}/marks?from=${String(from)}`);
    if (!found.ok) return true;
    for (const mark of found.value.data) marks.set(mark.seq, mark);
    from = (found.value.data.at(-1)?.seq ?? from) + 1;
    if (found.value.next_cursor !== null) continue;
    const now = JSON.stringify([marks.size, running === undefined ? running : marks.get(running.seq)]);
    if (now !== before) show();
    return found.value.state === "live";
  }
}

async function begin(): Promise<void> {
  const live = await readMarks();
  if (marks.size > 0 || live) {
    frame.hidden = false;
    byId("fallback", HTMLElement).hidden = true;
    player.layOutAgain();
  }
  goToHash();
  if (live) setTimeout(() => void goOn(), POLL_MS);
}

async function goOn(): Promise<void> {
  const live = document.visibilityState !== "visible" || (await readMarks());
  if (live) setTimeout(() => void goOn(), POLL_MS);
  // What the header says of it has changed; where one stands is not to change with it.
  else {
    history.replaceState(null, "", `#${String(player.seq)}`);
    location.reload();
  }
}

function goToHash(): void {
  const seq = Number(location.hash.slice(1));
  if (seq > 0) {
    player.unfollow();
    player.goToSeq(seq);
  }
}

const BUTTONS: Readonly<Record<string, () => void>> = {
  first: () => player.toEnd("first"),
  back: () => player.step(-1),
  play: () => player.toggle(),
  forward: () => player.step(1),
  last: () => player.toEnd("last"),
};
for (const [id, act] of Object.entries(BUTTONS)) byId(id, HTMLButtonElement).addEventListener("click", act);
byId("idle", HTMLInputElement).addEventListener("change", () => player.layOutAgain());
addEventListener("hashchange", goToHash);

const KEYS: Readonly<Record<string, () => void>> = {
  " ": () => player.toggle(),
  ArrowLeft: () => player.step(-1),
  ArrowRight: () => player.step(1),
  ArrowUp: () => player.step(-1),
  ArrowDown: () => player.step(1),
  Home: () => player.toEnd("first"),
  End: () => player.toEnd("last"),
  n: () => player.stepToNotable(1),
  p: () => player.stepToNotable(-1),
  "]": () => player.faster(1),
  "[": () => player.faster(-1),
};

frame.addEventListener("keydown", hear);
// Also where nothing has the focus: the player is what the page is for.
document.body.addEventListener("keydown", (event) => {
  if (event.target === document.body) hear(event);
});

function hear(event: KeyboardEvent): void {
  const act = KEYS[event.key];
  if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  // Buttons, fields and texts that scroll have keys of their own.
  const { target } = event;
  if (
    target instanceof HTMLElement &&
    target.closest("input, select, textarea, pre, summary, .viewer") !== null
  )
    return;
  if (event.key === " " && target instanceof HTMLButtonElement) return;
  event.preventDefault();
  act();
}

offerToday(session, byId("today", HTMLButtonElement), byId("today-said", HTMLElement), (found) => {
  today = found;
  show();
});
offerVerification(session, byId("verify", HTMLButtonElement), byId("verdict", HTMLElement));
void begin();
