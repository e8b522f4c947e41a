// What a person sees while the stack comes up and runs: one line a part, plain or coloured. Writes to stdout and stderr;
// decides nothing.

import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

export interface Reporter {
  /** A part that is being waited for; the line disappears when it is done (terminal only). */
  readonly waiting: (parts: readonly string[]) => void;
  readonly done: (part: string, what: string, milliseconds: number) => void;
  readonly line: (text?: string) => void;
  /** Something went wrong with a part, or was put right again: shown even when quiet. */
  readonly warn: (text: string) => void;
  /** The one line that tools wait for: shown even when quiet. */
  readonly ready: () => void;
  readonly paint: (style: Style, text: string) => string;
}

/** `quiet`: faults and the ready line alone; `silent`: faults alone. */
export type Loudness = "full" | "quiet" | "silent";

export function createReporter(loudness: Loudness): Reporter {
  const quiet = loudness !== "full";
  const terminal = process.stdout.isTTY;
  const colours = terminal && (process.env["NO_COLOR"] ?? "") === "";
  const paint = (style: Style, text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  let pending = false;
  const clear = (): void => {
    if (pending) process.stdout.write("\r\u001b[K");
    pending = false;
  };
  const write = (text: string): void => {
    clear();
    process.stdout.write(`${text}\n`);
  };
  return {
    paint,
    waiting(parts) {
      if (quiet || !terminal) return;
      clear();
      if (parts.length === 0) return;
      process.stdout.write(paint("dim", `  … ${parts.join(", ")}`));
      pending = true;
    },
    done(part, what, milliseconds) {
      if (quiet) return;
      const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
      write(`  ${paint("green", "✓")} ${part.padEnd(10)} ${what.padEnd(44)} ${paint("dim", seconds)}`);
    },
    line(text = "") {
      if (!quiet) write(text);
    },
    warn(text) {
      clear();
      process.stderr.write(`${paint("yellow", "sluice:")} ${text}\n`);
    },
    ready() {
      if (loudness !== "silent") write("sluice: ready");
    },
  };
}
