// Server-sent events (WHATWG HTML §9.2) out of bytes that come in any pieces, each with JSON in one line of data. A line may be
// gigabytes of rows: what is held of it is bounded, and an event says when it is not all there. Pure.

import { repaired } from "./repaired.ts";

export interface ReplayEvent {
  readonly id: string;
  readonly kind: string;
  readonly data: unknown;
  /** Rows at its end are left out. */
  readonly cut: boolean;
}

const MOST_CHARACTERS = 4 * 1024 * 1024;

export async function* eventsOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<ReplayEvent> {
  const lines = new BoundedLines();
  let id = "";
  let kind = "";
  let data: string | null = null;
  let cut = false;
  for await (const piece of pieces) {
    for (const line of lines.push(piece)) {
      const { text } = line;
      if (text.startsWith("id: ")) id = text.slice(4);
      else if (text.startsWith("event: ")) kind = text.slice(7);
      else if (text.startsWith("data: ")) [data, cut] = [text.slice(6), line.cut];
      else if (text === "" && data !== null) {
        yield { id, kind, data: parsed(cut ? repaired(data) : data), cut };
        data = null;
      }
    }
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

class BoundedLines {
  readonly #decoder = new TextDecoder();
  #line = "";
  #cut = false;

  *push(bytes: Uint8Array): Generator<{ readonly text: string; readonly cut: boolean }> {
    const text = this.#decoder.decode(bytes, { stream: true });
    let at = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", at)) {
      this.#add(text.slice(at, end));
      yield { text: this.#line, cut: this.#cut };
      this.#line = "";
      this.#cut = false;
      at = end + 1;
    }
    this.#add(text.slice(at));
  }

  #add(text: string): void {
    const room = MOST_CHARACTERS - this.#line.length;
    this.#cut ||= text.length > room;
    if (room > 0) this.#line += text.slice(0, room);
  }
}
