// The player: where in the session one stands, and what moves one: the clock, the timeline, the list, the keyboard, and a live
// session that goes on. Drawing is for timeline.ts, list.tsx and details.tsx.

import { clock, count, counted } from "../text/format.ts";
import { axisOf, type Axis } from "./axis.ts";
import type { Details } from "./details.tsx";
import type { StatementList } from "./list.tsx";
import { isNotable, type SeenMark, TODAY, toneOf, WORDS } from "./look.ts";
import type { Timeline } from "./timeline.ts";

export interface PlayerParts {
  readonly timeline: Timeline;
  readonly list: StatementList;
  readonly details: Details;
  readonly slider: HTMLElement;
  readonly playButton: HTMLButtonElement;
  readonly speed: HTMLSelectElement;
  readonly idle: HTMLInputElement;
  /** null where the session has ended. */
  readonly follow: HTMLInputElement | null;
  readonly position: HTMLElement;
  /** The same for whoever is read to, once one stays: not each statement that is scrubbed by. */
  readonly said: HTMLElement;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

const STAYS_MS = 500;

export class Player {
  readonly #parts: PlayerParts;
  #marks: readonly SeenMark[] = [];
  #axis: Axis = axisOf([], 0, true);
  #n = -1;
  /** In the axis' time. */
  #played = 0;
  #playing = false;
  #frame = 0;
  #saying: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: PlayerParts) {
    this.#parts = parts;
  }

  /** Of the statement that one stands at; 0 where there is none. */
  get seq(): number {
    return this.#marks[this.#n]?.seq ?? 0;
  }

  /** All marks there are by now: those of before, changed or not, and new ones behind. */
  show(marks: readonly SeenMark[]): void {
    const before = this.#marks;
    const { follow, timeline, list, details, slider } = this.#parts;
    const current = before[this.#n];
    this.#marks = marks;
    this.#layOut();
    list.show(marks);
    timeline.show(marks, this.#axis);
    slider.setAttribute("aria-valuemax", String(Math.max(1, marks.length)));
    const now = marks[this.#n];
    if (current?.outcome === "running" && now !== undefined && now.outcome !== "running")
      details.show(now.seq, now.text, true);
    if (marks.length === 0) return;
    if (this.#n < 0 || (follow?.checked === true && marks.length > before.length && before.length > 0))
      this.goTo(this.#n < 0 && follow?.checked !== true ? 0 : marks.length - 1);
    else this.#place();
  }

  goTo(n: number): void {
    const at = Math.min(Math.max(0, n), this.#marks.length - 1);
    if (at < 0) return;
    this.#played = this.#axis.at(at);
    this.#stand(at);
  }

  goToSeq(seq: number): void {
    const n = this.#marks.findIndex((mark) => mark.seq === seq);
    if (n >= 0) this.goTo(n);
  }

  scrub(played: number): void {
    this.unfollow();
    this.#played = played;
    this.#stand(this.#axis.indexAt(played));
  }

  step(by: number): void {
    this.unfollow();
    this.pause();
    this.goTo(this.#n + by);
  }

  /** To the next statement, or the one before, that is refused, held, an error or a write. */
  stepToNotable(by: 1 | -1): void {
    for (let n = this.#n + by; n >= 0 && n < this.#marks.length; n += by) {
      const mark = this.#marks[n];
      if (mark !== undefined && isNotable(mark)) return this.step(n - this.#n);
    }
  }

  toEnd(which: "first" | "last"): void {
    this.step(which === "first" ? -this.#marks.length : this.#marks.length);
  }

  toggle(): void {
    if (this.#playing) this.pause();
    else this.#play();
  }

  pause(): void {
    this.#playing = false;
    cancelAnimationFrame(this.#frame);
    this.#parts.playButton.classList.remove("playing");
    this.#parts.playButton.setAttribute("aria-label", "Play");
  }

  faster(by: 1 | -1): void {
    const { speed } = this.#parts;
    speed.selectedIndex = Math.min(Math.max(0, speed.selectedIndex + by), speed.options.length - 1);
  }

  /** The pauses are shortened, or no longer. */
  layOutAgain(): void {
    this.#layOut();
    this.#parts.timeline.show(this.#marks, this.#axis);
    this.#played = this.#axis.at(this.#n);
    this.#place();
  }

  unfollow(): void {
    if (this.#parts.follow !== null) this.#parts.follow.checked = false;
  }

  #play(): void {
    if (this.#marks.length === 0) return;
    this.unfollow();
    if (this.#played >= this.#axis.length) this.goTo(0);
    this.#playing = true;
    this.#parts.playButton.classList.add("playing");
    this.#parts.playButton.setAttribute("aria-label", "Pause");
    let before = performance.now();
    const tick = (now: number): void => {
      if (!this.#playing) return;
      this.#played += (now - before) * Number(this.#parts.speed.value);
      before = now;
      if (this.#played >= this.#axis.length) {
        this.#played = this.#axis.length;
        this.pause();
      } else this.#frame = requestAnimationFrame(tick);
      this.#stand(this.#axis.indexAt(this.#played));
    };
    this.#frame = requestAnimationFrame(tick);
  }

  #layOut(): void {
    const last = this.#marks.at(-1);
    const end = last === undefined ? 0 : last.at_ms + (last.duration_ms ?? 0);
    this.#axis = axisOf(
      this.#marks.map(({ at_ms: at }) => at),
      end,
      this.#parts.idle.checked,
    );
  }

  #stand(n: number): void {
    this.#n = n;
    this.#place();
  }

  #place(): void {
    const { timeline, list, details, slider, position, said, startedAt } = this.#parts;
    const mark = this.#marks[this.#n];
    if (mark === undefined) return;
    timeline.moveTo(this.#played);
    list.select(this.#n);
    details.show(mark.seq, mark.text);
    const words = [WORDS[toneOf(mark)], mark.today === undefined ? "" : TODAY[mark.today.change].word];
    const more = words.filter((word) => word !== "").map((word) => `, ${word}`);
    const text = `${count(this.#n + 1)} of ${counted(this.#marks.length, "statement")}${more.join("")}`;
    slider.setAttribute("aria-valuenow", String(this.#n + 1));
    slider.setAttribute("aria-valuetext", text);
    clearTimeout(this.#saying);
    this.#saying = setTimeout(() => (said.textContent = text), STAYS_MS);
    position.textContent = `${clock(new Date(startedAt + mark.at_ms).toISOString())} · ${text}`;
  }
}
