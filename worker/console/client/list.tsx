// The statements of a session as a list that draws what is seen of it, however many there are.

import { render } from "hono/jsx/dom";
import { Text } from "../components/text.tsx";
import { duration } from "../text/format.ts";
import { make } from "./element.ts";
import { type SeenMark, SIGNS, TODAY, toneOf, WORDS } from "./look.ts";

const ROW_PX = 34;
/** Drawn above and below what is seen. */
const MARGIN_ROWS = 6;

export class StatementList {
  readonly #root: HTMLElement;
  readonly #inner: HTMLElement;
  readonly #choose: (n: number) => void;
  readonly #rows = new Map<number, { readonly mark: SeenMark; readonly element: HTMLElement }>();
  #marks: readonly SeenMark[] = [];
  #current = -1;

  constructor(root: HTMLElement, choose: (n: number) => void) {
    this.#root = root;
    this.#choose = choose;
    this.#inner = make("div", "virtual-inner");
    this.#inner.setAttribute("role", "presentation");
    root.append(this.#inner);
    root.addEventListener("scroll", () => this.#draw(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(root);
  }

  show(marks: readonly SeenMark[]): void {
    this.#marks = marks;
    this.#inner.style.height = `${String(marks.length * ROW_PX)}px`;
    this.#draw();
  }

  select(n: number): void {
    if (n === this.#current) return;
    this.#mark(this.#current, false);
    this.#current = n;
    const top = n * ROW_PX;
    const { scrollTop, clientHeight } = this.#root;
    if (top < scrollTop || top + ROW_PX > scrollTop + clientHeight)
      this.#root.scrollTop = Math.max(0, top - clientHeight / 3);
    this.#draw();
    this.#mark(n, true);
  }

  #mark(n: number, selected: boolean): void {
    const element = this.#rows.get(n)?.element;
    element?.classList.toggle("current", selected);
    element?.setAttribute("aria-selected", String(selected));
    if (selected && element !== undefined) this.#root.setAttribute("aria-activedescendant", element.id);
  }

  #draw(): void {
    const from = Math.max(0, Math.floor(this.#root.scrollTop / ROW_PX) - MARGIN_ROWS);
    const to = Math.min(
      this.#marks.length,
      Math.ceil((this.#root.scrollTop + this.#root.clientHeight) / ROW_PX) + MARGIN_ROWS,
    );
    for (const [n, { element, mark }] of this.#rows) {
      if (n >= from && n < to && this.#marks[n] === mark) continue;
      element.remove();
      this.#rows.delete(n);
    }
    for (let n = from; n < to; n++) {
      const mark = this.#marks[n];
      if (mark === undefined || this.#rows.has(n)) continue;
      const element = this.#row(n, mark);
      this.#rows.set(n, { mark, element });
      this.#inner.append(element);
    }
    this.#mark(this.#current, true);
  }

  #row(n: number, mark: SeenMark): HTMLElement {
    const row = make("div", "line");
    row.id = `line-${String(mark.seq)}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", "false");
    row.setAttribute("aria-posinset", String(n + 1));
    row.setAttribute("aria-setsize", String(this.#marks.length));
    row.style.transform = `translateY(${String(n * ROW_PX)}px)`;
    row.addEventListener("click", () => this.#choose(n));
    render(<Line mark={mark} />, row);
    return row;
  }
}

function Line({ mark }: { readonly mark: SeenMark }): ReturnType<typeof Text> {
  const tone = toneOf(mark);
  return (
    <>
      <span class="line-seq">{mark.seq}</span>
      <span class={`line-sign ${tone}`} title={WORDS[tone]}>
        {SIGNS[tone]}
        <span class="unseen">{WORDS[tone]}</span>
      </span>
      <code class="line-text">
        <Text value={mark.text === "" ? "(nothing)" : mark.text} />
      </code>
      <span class="line-time">
        {mark.today === undefined ? null : (
          <span
            class="line-today"
            title={`${TODAY[mark.today.change].word}${mark.today.rule === null ? "" : `: ${mark.today.rule}`}`}
          >
            {TODAY[mark.today.change].sign} <span class="unseen">{TODAY[mark.today.change].word}</span>
          </span>
        )}
        {mark.duration_ms === null ? "…" : duration(mark.duration_ms)}
      </span>
    </>
  );
}
