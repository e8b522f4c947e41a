// A replay as an asciicast, version 2 (https://docs.asciinema.org/manual/asciicast/v2/): a line of JSON that says what it is,
// then one for each piece of output with its time in seconds. Pure.

export const ASCIICAST_COLUMNS = 100;
const ROWS = 30;

export class Asciicast {
  readonly #speed: number;
  #origin: number | null = null;

  /** `speed`: Infinity has all of it at once. */
  constructor(speed: number) {
    this.#speed = speed;
  }

  head(session: string, startedAt: number): string {
    const timestamp = Number.isNaN(startedAt) ? {} : { timestamp: Math.floor(startedAt / 1000) };
    const env = { TERM: "xterm-256color" };
    return `${JSON.stringify({ version: 2, width: ASCIICAST_COLUMNS, height: ROWS, ...timestamp, title: `session ${session}`, env })}\n`;
  }

  /** `at` in milliseconds. */
  output(lines: readonly string[], at: number): string {
    this.#origin ??= at;
    const seconds = this.#speed === Number.POSITIVE_INFINITY ? 0 : (at - this.#origin) / this.#speed / 1000;
    const text = lines.map((line) => `${line}\r\n`).join("");
    return `${JSON.stringify([Number(Math.max(0, seconds).toFixed(6)), "o", text])}\n`;
  }
}
