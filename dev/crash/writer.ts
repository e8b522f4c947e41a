// One client of the write load: inserts rows with ids of their own, in one of the ways that drivers use, until its connection
// breaks. Keeps what it was told about each id. The id stands in the statement's text or in a parameter, never in both.

import { ConnectionLost, WireClient } from "../bench/wire-client.ts";
import { bind, execute, parse, query, sync } from "../bench/wire-messages.ts";

export const TABLE = "crash_rows";

export const WAYS = ["simple", "extended", "pipelined", "batch", "large"] as const;
export type Way = (typeof WAYS)[number];

/** `sent`: no ReadyForQuery came for it. */
export type Told = "sent" | "ready" | "failed";

export interface Attempt {
  readonly id: string;
  readonly way: Way;
  told: Told;
}

/** Statements under way at once on one connection. */
const PIPELINE_DEPTH = 8;
const BATCH_SIZE = 4;
/** Above what an intent, and a response, may have in one row of the journal (recorder.ts). */
const LARGE_CHARACTERS = 300_000;

export interface Writer {
  readonly attempts: readonly Attempt[];
  /** Resolves when the first statement may be sent, or the connection has failed. */
  readonly opened: Promise<void>;
  /** Resolves when the connection has broken. */
  readonly over: Promise<void>;
  end(): void;
}

export function startWriter(url: string, name: string, way: Way): Writer {
  const attempts: Attempt[] = [];
  let client: WireClient | null = null;
  let ended = false;
  const next = (): Attempt => {
    const attempt: Attempt = { id: `${name}-${attempts.length + 1}`, way, told: "sent" };
    attempts.push(attempt);
    return attempt;
  };
  const lane = async (open: WireClient): Promise<void> => {
    while (!ended) {
      const group = way === "batch" ? Array.from({ length: BATCH_SIZE }, next) : [next()];
      try {
        await open.exchange(messageOf(way, group));
        for (const attempt of group) attempt.told = "ready";
      } catch (error) {
        if (error instanceof ConnectionLost) return;
        for (const attempt of group) attempt.told = "failed";
      }
    }
  };
  const opened = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    let open: WireClient;
    try {
      open = client = await WireClient.connect(url, { application_name: name });
    } catch {
      // Killed before the session was open: nothing was written.
      return;
    } finally {
      opened.resolve();
    }
    await Promise.all(Array.from({ length: way === "pipelined" ? PIPELINE_DEPTH : 1 }, () => lane(open)));
    open.socket.destroy();
  };
  return {
    attempts,
    opened: opened.promise,
    over: run(),
    end: () => {
      ended = true;
      client?.socket.destroy();
    },
  };
}

function messageOf(way: Way, group: readonly Attempt[]): Buffer {
  const ids = group.map(({ id }) => id);
  switch (way) {
    case "simple":
      return query(ids.map((id) => `INSERT INTO ${TABLE} (id) VALUES ('${id}')`).join(";"));
    case "large":
      return query(
        ids
          .map((id) => {
            const filler = "-".repeat(LARGE_CHARACTERS);
            return `INSERT INTO ${TABLE} (id) VALUES ('${id}') RETURNING repeat('x', ${LARGE_CHARACTERS}) --${filler}`;
          })
          .join(";"),
      );
    case "extended":
    case "pipelined":
    case "batch": {
      const sql = `INSERT INTO ${TABLE} (id) VALUES ($1)`;
      return Buffer.concat([...ids.flatMap((id) => [parse("", sql), bind("", [id]), execute()]), sync()]);
    }
  }
}
