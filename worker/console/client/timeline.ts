// The timeline: all marks on one canvas, drawn when they or its size change; the playhead is an element above it that moves
// by itself, so that scrubbing draws nothing anew. Each kind of mark has a shape of its own.

import type { Axis } from "./axis.ts";
import { type SeenMark, type Today, toneOf, type Tone } from "./look.ts";

const EDGE = 8;
const HEIGHT = 44;
/** Quiet ones first: what matters is drawn over them. */
const ORDER: readonly Tone[] = ["allow", "observe", "write", "error", "held", "deny"];

export class Timeline {
  readonly #root: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #head: HTMLElement;
  #marks: readonly SeenMark[] = [];
  #axis: Axis | null = null;

  constructor(
    root: HTMLElement,
    canvas: HTMLCanvasElement,
    head: HTMLElement,
    scrub: (played: number) => void,
  ) {
    this.#root = root;
    this.#canvas = canvas;
    this.#head = head;
    new ResizeObserver(() => this.#draw()).observe(root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    const at = (event: PointerEvent): void => {
      if (this.#axis === null) return;
      const box = root.getBoundingClientRect();
      const share = (event.clientX - box.left - EDGE) / Math.max(1, box.width - 2 * EDGE);
      scrub(Math.min(1, Math.max(0, share)) * this.#axis.length);
    };
    root.addEventListener("pointerdown", (event) => {
      root.setPointerCapture(event.pointerId);
      at(event);
    });
    root.addEventListener("pointermove", (event) => {
      if (root.hasPointerCapture(event.pointerId)) at(event);
    });
  }

  show(marks: readonly SeenMark[], axis: Axis): void {
    this.#marks = marks;
    this.#axis = axis;
    this.#draw();
  }

  moveTo(played: number): void {
    if (this.#axis === null) return;
    const x = EDGE + (played / this.#axis.length) * (this.#root.clientWidth - 2 * EDGE);
    this.#head.style.transform = `translateX(${x.toFixed(1)}px)`;
  }

  #draw(): void {
    const axis = this.#axis;
    const context = this.#canvas.getContext("2d");
    if (axis === null || context === null) return;
    const width = this.#root.clientWidth;
    const scale = devicePixelRatio;
    this.#canvas.width = width * scale;
    this.#canvas.height = HEIGHT * scale;
    this.#canvas.style.width = `${String(width)}px`;
    this.#canvas.style.height = `${String(HEIGHT)}px`;
    context.scale(scale, scale);
    const colours = getComputedStyle(this.#root);
    const x = (n: number): number => EDGE + (axis.at(n) / axis.length) * (width - 2 * EDGE);
    for (const tone of ORDER) {
      context.strokeStyle = colours.getPropertyValue(`--mark-${tone}`);
      context.fillStyle = context.strokeStyle;
      context.lineWidth = 1.5;
      context.beginPath();
      let last = Number.NEGATIVE_INFINITY;
      for (const [n, mark] of this.#marks.entries()) {
        if (toneOf(mark) !== tone) continue;
        const at = x(n);
        // Ten thousand on a thousand pixels: one of a kind on each is all that can be seen.
        if (at - last < 0.75) continue;
        last = at;
        SHAPES[tone](context, at);
      }
      context.stroke();
      if (tone === "error") context.fill();
    }
    for (const change of DIFFERENT) {
      context.strokeStyle = colours.getPropertyValue(`--mark-${TODAY_TONES[change]}`);
      context.fillStyle = context.strokeStyle;
      context.beginPath();
      for (const [n, { today }] of this.#marks.entries())
        if (today?.change === change) context.rect(x(n) - 2.5, HEIGHT - 6, 5, 5);
      context.stroke();
      // Filled: it would not run at all.
      if (change === "newly_refused") context.fill();
    }
  }
}

/** Below the marks, where today's policy would decide otherwise; the later ones are drawn over the others. */
const DIFFERENT = ["not_decidable", "newly_allowed", "newly_held", "newly_refused"] as const;
const TODAY_TONES = {
  not_decidable: "observe",
  newly_allowed: "allow",
  newly_held: "held",
  newly_refused: "deny",
} as const satisfies Record<Today["change"], Tone>;

type Shape = (context: CanvasRenderingContext2D, x: number) => void;

const MIDDLE = HEIGHT / 2;

const SHAPES: Readonly<Record<Tone, Shape>> = {
  allow: (context, x) => line(context, x, MIDDLE - 6, MIDDLE + 6),
  observe: (context, x) => line(context, x, MIDDLE - 8, MIDDLE + 8),
  write: (context, x) => {
    line(context, x, MIDDLE - 14, MIDDLE + 8);
    context.moveTo(x - 3, MIDDLE - 10);
    context.lineTo(x + 3, MIDDLE - 10);
  },
  error: (context, x) => {
    context.moveTo(x, MIDDLE + 7);
    context.lineTo(x + 5, MIDDLE + 16);
    context.lineTo(x - 5, MIDDLE + 16);
    context.closePath();
  },
  held: (context, x) => {
    line(context, x - 2, MIDDLE - 12, MIDDLE + 12);
    line(context, x + 2, MIDDLE - 12, MIDDLE + 12);
  },
  deny: (context, x) => {
    context.moveTo(x - 4, MIDDLE - 17);
    context.lineTo(x + 4, MIDDLE - 9);
    context.moveTo(x + 4, MIDDLE - 17);
    context.lineTo(x - 4, MIDDLE - 9);
    line(context, x, MIDDLE - 8, MIDDLE + 6);
  },
};

function line(context: CanvasRenderingContext2D, x: number, from: number, to: number): void {
  context.moveTo(x, from);
  context.lineTo(x, to);
}
