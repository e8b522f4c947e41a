// Whose answer each frame of PostgreSQL's is: takes what is due for one statement from the connection, up to its last. After an
// error PostgreSQL skips what comes before the next Sync, and so does this. Sends nothing but the end of a copy that waits for
// data which nobody has.

import type { Database } from "../../postgres/database.ts";
import type { Frame } from "../../postgres/frames.ts";
import { copyFail } from "../../postgres/messages.ts";
import type { Asked, Kind } from "./plan.ts";

export interface Due {
  readonly asked: readonly Pick<Asked, "kind" | "own">[];
  /** How many copies got their end, once all of it is sent. */
  readonly copyEnds: Promise<number>;
}

export interface Answer extends Frame {
  /** To a message of ours. */
  readonly own: boolean;
}

/** The code that ends the answer to a message; an error does so too, but for a Query, which a ReadyForQuery ends. */
const LAST: Readonly<Record<Kind, string>> = {
  query: "Z",
  function_call: "Z",
  parse: "1",
  bind: "2",
  close: "3",
  describe_statement: "Tn",
  describe_portal: "Tn",
  execute: "CsI",
  sync: "Z",
};

/** What comes at any time and says nothing of the statement: notices, settings, notifications. */
export const ASIDE: ReadonlySet<string> = new Set(["N", "S", "A"]);

export class Answers {
  readonly #database: Database;
  /** An error came, and no Sync behind it. */
  skipping = false;
  /** PostgreSQL has ended the connection. */
  lost = false;
  /** Of the statement: it asked for data so often. */
  #copies = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  async *of({ asked, copyEnds }: Due): AsyncGenerator<Answer> {
    this.#copies = 0;
    for (const { kind, own = false } of asked) {
      if (this.lost) return;
      if (this.skipping && kind !== "sync") continue;
      yield* this.#to(kind, own, copyEnds);
    }
  }

  async *#to(kind: Kind, own: boolean, copyEnds: Promise<number>): AsyncGenerator<Answer> {
    for (;;) {
      const frame = await this.#database.next();
      if (frame === null) {
        this.lost = true;
        return;
      }
      if (ASIDE.has(frame.code)) continue;
      if (frame.code === "G") this.#endCopy(++this.#copies, copyEnds);
      // What a Describe of ours fails with, the Execute behind it would have failed with.
      yield { ...frame, own: own && !(kind === "describe_portal" && frame.code === "E") };
      if (kind === "sync" && frame.code === "Z") this.skipping = false;
      if (LAST[kind].includes(frame.code)) return;
      if (frame.code === "E" && LAST[kind] !== "Z") {
        this.skipping = true;
        return;
      }
    }
  }

  /** Not waited for: PostgreSQL may have to tell something before it takes the rest of the data. */
  #endCopy(n: number, copyEnds: Promise<number>): void {
    void copyEnds.then(
      (ends) => (n > ends ? this.#database.send(copyFail("the record holds no data for it")) : undefined),
      // The sender tells.
      () => undefined,
    );
  }
}
