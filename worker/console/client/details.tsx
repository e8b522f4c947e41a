// The statement that the player stands at: read when one stays with it, kept for a while, drawn with its result.

import { render } from "hono/jsx/dom";
import type { StatementItem } from "../../records/items.ts";
import { Asides } from "../components/asides.tsx";
import { masksOf, type Response } from "../components/response.tsx";
import { StatementView, UNRECORDED } from "../components/statement.tsx";
import { bytes, counted } from "../text/format.ts";
import { ask } from "./ask.ts";
import { byId, make } from "./element.ts";
import { Grid } from "./grid.ts";

/** While one scrubs by, nothing is asked for. */
const STAY_MS = 90;
const KEPT = 60;
/** A browser parses this much in a blink; more is loaded when one asks for it. */
const UNASKED_BYTES = 8 * 1024 * 1024;
/** Results of one Query message that are drawn, each with a table. */
const MOST_RESULTS = 20;

interface Loaded {
  readonly statement: StatementItem;
  response: Response | string | null;
}

export class Details {
  readonly #session: string;
  readonly #mayCheck: boolean;
  readonly #kept = new Map<number, Loaded>();
  readonly #box = byId("now", HTMLElement);
  readonly #title = byId("now-title", HTMLElement);
  readonly #actions = byId("now-actions", HTMLElement);
  readonly #statement = byId("now-statement", HTMLElement);
  readonly #result = byId("now-result", HTMLElement);
  #seq = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = new AbortController();

  constructor(session: string, mayCheck: boolean) {
    this.#session = session;
    this.#mayCheck = mayCheck;
  }

  /** `again` where what was read of it may be out of date. */
  show(seq: number, text: string, again = false): void {
    if (seq === this.#seq && !again) return;
    if (again) this.#kept.delete(seq);
    const moved = seq !== this.#seq;
    this.#seq = seq;
    this.#title.textContent = `Statement ${String(seq)}`;
    clearTimeout(this.#timer);
    this.#asking.abort();
    const kept = this.#kept.get(seq);
    if (kept !== undefined) return this.#draw(kept);
    if (moved) {
      this.#box.setAttribute("aria-busy", "true");
      const preview = make("pre", "sql", make("code", "", text));
      this.#statement.replaceChildren(preview);
      this.#result.replaceChildren();
      this.#actions.replaceChildren();
    }
    this.#timer = setTimeout(() => void this.#load(seq), STAY_MS);
  }

  async #load(seq: number): Promise<void> {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const path = `/sessions/${this.#session}/statements/${String(seq)}`;
    const found = await ask<StatementItem>(path, signal);
    if (signal.aborted) return;
    if (!found.ok) return this.#say(found.problem.detail);
    const loaded: Loaded = { statement: found.value, response: null };
    this.#keep(seq, loaded);
    this.#draw(loaded);
    const why = unasked(found.value);
    loaded.response = why;
    if (why === null) await this.#loadResponse(loaded, signal);
    else this.#drawResult(loaded);
  }

  async #loadResponse(loaded: Loaded, signal: AbortSignal): Promise<void> {
    const { seq } = loaded.statement;
    const found = await ask<Response>(`/sessions/${this.#session}/statements/${String(seq)}/result`, signal);
    if (signal.aborted) return;
    loaded.response = found.ok ? found.value : found.problem.detail;
    if (seq === this.#seq) this.#drawResult(loaded);
  }

  #keep(seq: number, loaded: Loaded): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= KEPT && oldest !== undefined) this.#kept.delete(oldest);
    // One that still runs is another in a moment.
    if (loaded.statement.outcome !== "running") this.#kept.set(seq, loaded);
  }

  #say(detail: string): void {
    this.#box.setAttribute("aria-busy", "false");
    this.#statement.replaceChildren(make("p", "says bad", detail));
  }

  #draw(loaded: Loaded): void {
    const { statement } = loaded;
    render(<StatementView statement={statement} />, this.#statement);
    const path = `/console/sessions/${this.#session}/statements/${String(statement.seq)}`;
    const own = make("a", "", "Own page");
    own.href = path;
    this.#actions.replaceChildren(own);
    if (this.#mayCheck) own.title = "There you can ask what the policy of today says";
    if (statement.response_recorded && statement.outcome !== "running") {
      for (const [format, name] of FORMATS) {
        const link = make("a", "", name);
        link.href = `/console/v1/sessions/${this.#session}/statements/${String(statement.seq)}/result?format=${format}`;
        this.#actions.append(link);
      }
    }
    this.#box.setAttribute("aria-busy", loaded.response === null ? "true" : "false");
    this.#drawResult(loaded);
  }

  #drawResult(loaded: Loaded): void {
    const { response, statement } = loaded;
    if (response === null) return this.#result.replaceChildren();
    this.#box.setAttribute("aria-busy", "false");
    if (typeof response === "string") {
      const note = make("p", "note", response);
      if (statement.response_bytes > UNASKED_BYTES && statement.response_recorded) {
        const load = make("button", "quiet", `Load ${bytes(statement.response_bytes)}`);
        load.type = "button";
        load.addEventListener("click", () => {
          load.disabled = true;
          void this.#loadResponse(loaded, this.#asking.signal);
        });
        note.append(" ", load);
      }
      return this.#result.replaceChildren(note);
    }
    const tables = response.results
      .map((result, n) => ({ result, masks: masksOf(statement.masked_columns, n) }))
      .filter(({ result }) => result.columns.length > 0);
    const asides = make("div", "");
    render(<Asides response={response} />, asides);
    this.#result.replaceChildren(
      ...tables
        .slice(0, MOST_RESULTS)
        .flatMap(({ result, masks }, n) => [
          make(
            "p",
            "result-head",
            `${counted(result.rows.length, "row")}, ${counted(result.columns.length, "column")}`,
          ),
          new Grid(result, masks, `grid-${String(n)}`).element,
        ]),
      ...(tables.length > MOST_RESULTS
        ? [make("p", "note", `and ${counted(tables.length - MOST_RESULTS, "more result")}: in the downloads`)]
        : []),
      asides,
    );
  }
}

const FORMATS = [
  ["json", "JSON"],
  ["csv", "CSV"],
  ["wire", "wire bytes"],
] as const;

/** Why its response is not loaded by itself; null where it is. */
function unasked(statement: StatementItem): string | null {
  if (statement.outcome === "running") return "It is still running.";
  if (!statement.response_recorded) return UNRECORDED[statement.recorded];
  if (statement.response_bytes > UNASKED_BYTES) return "The answer is large.";
  return null;
}
