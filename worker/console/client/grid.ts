// A result as a table that draws what is seen of it: a hundred thousand rows scroll as ten do, and two thousand columns as well.
// Arrow keys move from cell to cell; Enter or a click shows a cell whole, however long it is.

import { jsx } from "hono/jsx/jsx-runtime";
import { render } from "hono/jsx/dom";
import type { Masks, ResultItem } from "../components/response.tsx";
import { ValueText, type Value } from "../components/value.tsx";
import { count, isNumeric, typeName } from "../text/format.ts";
import { plainly } from "../text/visible.ts";
import { make } from "./element.ts";
import { edgesOf } from "./widths.ts";

const ROW_PX = 26;
const HEAD_PX = 40;
/** A cell has one line; what is longer is seen whole in the viewer. */
const CELL_CHARACTERS = 120;
/** More of one value lays out too slowly; the downloads have all of it. */
const VIEWER_CHARACTERS = 200_000;
const SEEN_PX = 420;

export class Grid {
  readonly element: HTMLElement;
  readonly #result: ResultItem;
  readonly #masks: Masks;
  readonly #scroll: HTMLElement;
  readonly #head: HTMLElement;
  readonly #body: HTMLElement;
  readonly #viewer: HTMLElement;
  /** Left edge of each column, and the right one of the last. */
  readonly #edges: readonly number[];
  #active: readonly [row: number, column: number] = [0, 0];

  constructor(result: ResultItem, masks: Masks, id: string) {
    this.#result = result;
    this.#masks = masks;
    this.#edges = edgesOf(result, masks);
    const { columns, rows } = result;
    const width = this.#edges.at(-1) ?? 0;
    const height = HEAD_PX + rows.length * ROW_PX;
    this.#head = make("div", "grid-head");
    this.#head.setAttribute("role", "row");
    this.#head.setAttribute("aria-rowindex", "1");
    this.#body = make("div", "grid-body");
    this.#body.setAttribute("role", "rowgroup");
    const inner = make("div", "grid-inner", this.#head, this.#body);
    inner.setAttribute("role", "presentation");
    inner.style.width = `${String(width)}px`;
    inner.style.height = `${String(height)}px`;
    this.#scroll = make("div", "grid", inner);
    this.#scroll.id = id;
    this.#scroll.tabIndex = 0;
    this.#scroll.setAttribute("role", "grid");
    this.#scroll.setAttribute(
      "aria-label",
      `Result, ${count(rows.length)} rows by ${count(columns.length)} columns`,
    );
    this.#scroll.setAttribute("aria-rowcount", String(rows.length + 1));
    this.#scroll.setAttribute("aria-colcount", String(columns.length));
    this.#scroll.style.height = `${String(Math.min(height + 18, SEEN_PX))}px`;
    this.#viewer = make("div", "viewer");
    this.#viewer.hidden = true;
    this.#viewer.setAttribute("role", "region");
    this.#viewer.setAttribute("aria-label", "Cell");
    this.element = make("div", "grid-box", this.#scroll, this.#viewer);
    let waiting = false;
    this.#scroll.addEventListener(
      "scroll",
      () => {
        if (waiting) return;
        waiting = true;
        requestAnimationFrame(() => {
          waiting = false;
          this.#draw();
        });
      },
      { passive: true },
    );
    this.#scroll.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.#viewer.hidden) this.#closeViewer();
    });
    this.#scroll.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => this.#draw()).observe(this.#scroll);
  }

  #draw(): void {
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.#scroll;
    const { rows, columns } = this.#result;
    const firstRow = Math.max(0, Math.floor(scrollTop / ROW_PX) - 2);
    const lastRow = Math.min(rows.length, Math.ceil((scrollTop + clientHeight) / ROW_PX) + 2);
    const firstColumn = Math.max(0, this.#columnAt(scrollLeft) - 1);
    const lastColumn = Math.min(columns.length, this.#columnAt(scrollLeft + clientWidth) + 2);
    this.#head.replaceChildren(...range(firstColumn, lastColumn).map((column) => this.#heading(column)));
    this.#body.replaceChildren(
      ...range(firstRow, lastRow).map((row) => {
        const element = make("div", row % 2 === 0 ? "grid-row" : "grid-row odd");
        element.setAttribute("role", "row");
        element.setAttribute("aria-rowindex", String(row + 2));
        element.style.transform = `translateY(${String(HEAD_PX + row * ROW_PX)}px)`;
        element.append(...range(firstColumn, lastColumn).map((column) => this.#cell(row, column)));
        return element;
      }),
    );
    const [row, column] = this.#active;
    const active = document.getElementById(this.#cellId(row, column));
    if (active === null) this.#scroll.removeAttribute("aria-activedescendant");
    else this.#scroll.setAttribute("aria-activedescendant", active.id);
  }

  #heading(column: number): HTMLElement {
    const { name, type_oid: oid } = this.#result.columns[column] ?? { name: null, type_oid: 0 };
    const shown = plainly(name ?? "?column?");
    const cell = make("div", "grid-cell", make("span", "", shown), make("small", "", typeName(oid)));
    const how = this.#masks.get(column);
    cell.title = how === undefined ? shown : `${shown}, masked: ${how}`;
    if (how !== undefined) cell.append(make("span", "masked", `▒ ${how}`));
    cell.setAttribute("role", "columnheader");
    this.#place(cell, column);
    return cell;
  }

  #cell(row: number, column: number): HTMLElement {
    const numeric = isNumeric(this.#result.columns[column]?.type_oid ?? 0);
    const cell = make("div", numeric ? "grid-cell number" : "grid-cell");
    cell.id = this.#cellId(row, column);
    cell.dataset["row"] = String(row);
    cell.dataset["column"] = String(column);
    cell.setAttribute("role", "gridcell");
    const how = this.#masks.get(column);
    if (how !== undefined) {
      cell.classList.add("is-masked");
      cell.title = `masked: ${how}`;
      cell.setAttribute("aria-description", cell.title);
    }
    if (row === this.#active[0] && column === this.#active[1]) cell.classList.add("active");
    this.#place(cell, column);
    const value = this.#value(row, column);
    // Most are plain short texts: those need no component.
    if (
      typeof value === "string" &&
      value !== "" &&
      value.length <= CELL_CHARACTERS &&
      !/[^\x20-\x7e]/.test(value)
    )
      cell.textContent = value;
    else render(jsx(ValueText, { value: oneLine(value), most: CELL_CHARACTERS }), cell);
    return cell;
  }

  #place(cell: HTMLElement, column: number): void {
    const left = this.#edges[column] ?? 0;
    cell.style.left = `${String(left)}px`;
    cell.style.width = `${String((this.#edges[column + 1] ?? left) - left)}px`;
    cell.setAttribute("aria-colindex", String(column + 1));
  }

  #columnAt(x: number): number {
    let [low, high] = [0, this.#edges.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#edges[middle] ?? 0) <= x) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #value(row: number, column: number): Value {
    return this.#result.rows[row]?.[column] ?? null;
  }

  #cellId(row: number, column: number): string {
    return `${this.#scroll.id}-${String(row)}-${String(column)}`;
  }

  #click(event: MouseEvent): void {
    const cell =
      event.target instanceof Element ? event.target.closest<HTMLElement>("[role=gridcell]") : null;
    if (cell === null) return;
    this.#active = [Number(cell.dataset["row"]), Number(cell.dataset["column"])];
    this.#draw();
    this.#view();
  }

  #key(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (step === undefined && event.key !== "Enter") return;
    // The player has arrow keys of its own.
    event.stopPropagation();
    event.preventDefault();
    if (step === undefined) {
      this.#view();
      // Whoever is read to hears it, and scrolls in it by keys; Escape leads back.
      return this.#viewer.querySelector<HTMLElement>(".viewer-text")?.focus();
    }
    const { rows, columns } = this.#result;
    const [row, column] = this.#active;
    this.#active = [clamp(row + step[0], rows.length), clamp(column + step[1], columns.length)];
    this.#reveal();
    this.#draw();
  }

  #reveal(): void {
    const [row, column] = this.#active;
    const [top, left, right] = [row * ROW_PX, this.#edges[column] ?? 0, this.#edges[column + 1] ?? 0];
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.#scroll;
    if (top < scrollTop) this.#scroll.scrollTop = top;
    else if (top + ROW_PX + HEAD_PX > scrollTop + clientHeight)
      this.#scroll.scrollTop = top + ROW_PX + HEAD_PX - clientHeight;
    if (left < scrollLeft) this.#scroll.scrollLeft = left;
    else if (right > scrollLeft + clientWidth) this.#scroll.scrollLeft = right - clientWidth;
  }

  #view(): void {
    const [row, column] = this.#active;
    const name = plainly(this.#result.columns[column]?.name ?? "?column?");
    const close = make("button", "quiet", "Close");
    close.type = "button";
    close.addEventListener("click", () => this.#closeViewer());
    const head = make("div", "viewer-head", make("strong", "", `${name}, row ${count(row + 1)}`), close);
    const text = make("pre", "viewer-text");
    text.tabIndex = 0;
    render(jsx(ValueText, { value: this.#value(row, column), most: VIEWER_CHARACTERS }), text);
    this.#viewer.replaceChildren(head, text);
    this.#viewer.hidden = false;
  }

  #closeViewer(): void {
    this.#viewer.hidden = true;
    this.#scroll.focus();
  }
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-14, 0],
  PageDown: [14, 0],
  Home: [Number.NEGATIVE_INFINITY, 0],
  End: [Number.POSITIVE_INFINITY, 0],
};

function clamp(n: number, length: number): number {
  return Math.min(Math.max(0, n), Math.max(0, length - 1));
}

function oneLine(value: Value): Value {
  return typeof value === "string" && value.length < 100_000 ? value.replaceAll(/[\n\t]/g, " ") : value;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
