// A small model of PostgreSQL's side of the protocol (postgres.c PostgresMain, copyfromparse.c CopyGetData): takes messages
// one at a time, gives the codes of its replies, each with the number of the message that caused it. Knows errors, the skip to
// Sync, copy-in mode, what it ignores and what ends it. Written from PostgreSQL's source, not from ours.

/** What a message does, chosen by the test: PostgreSQL would find it in the text. */
export interface Said {
  readonly kind:
    | "query"
    | "function_call"
    | "parse"
    | "bind"
    | "describe"
    | "close"
    | "execute"
    | "sync"
    | "flush"
    | "copy_data"
    | "copy_done"
    | "copy_fail";
  readonly id: number;
  /** The message fails. */
  readonly fails: boolean;
  /** Rows of a query or an execute. */
  readonly rows: number;
  /** COPYs FROM STDIN in a query (up to 2), or an execute (up to 1). */
  readonly copies: number;
  /** The copy data is bad: the COPY that reads it fails. */
  readonly bad: boolean;
  /** An execute stops at its row limit. */
  readonly suspends: boolean;
}

export interface Replied {
  readonly code: string;
  /** Whose it is. */
  readonly id: number;
}

interface Copying {
  readonly by: Said;
  /** COPYs of the same Query still to come after this one. */
  left: number;
}

export class ModelServer {
  #skipping = false;
  #copying: Copying | null = null;
  /** A message in copy-in mode that does not belong there: the connection is closed. */
  over = false;

  take(message: Said): Replied[] {
    if (this.over) return [];
    if (this.#copying !== null) return this.#copy(this.#copying, message);
    if (this.#skipping && message.kind !== "sync") return [];
    const reply = (codes: string): Replied[] => Array.from(codes, (code) => ({ code, id: message.id }));
    switch (message.kind) {
      case "sync":
        this.#skipping = false;
        return reply(message.fails ? "EZ" : "Z");
      case "flush":
      case "copy_data":
      case "copy_done":
      case "copy_fail":
        return [];
      case "query":
        return this.#query(message, reply);
      case "function_call":
        return reply(message.fails ? "EZ" : "VZ");
      case "execute":
        return this.#execute(message, reply);
      default:
        return this.#extended(
          message,
          reply({ parse: "1", bind: "2", describe: "tT", close: "3" }[message.kind]),
        );
    }
  }

  #query(message: Said, reply: (codes: string) => Replied[]): Replied[] {
    if (message.fails) return reply(`T${"D".repeat(message.rows)}EZ`);
    const rows = reply(`T${"D".repeat(message.rows)}C`);
    if (message.copies === 0) return [...rows, ...reply("Z")];
    this.#copying = { by: message, left: message.copies - 1 };
    return [...rows, ...reply("G")];
  }

  #execute(message: Said, reply: (codes: string) => Replied[]): Replied[] {
    const rows = "D".repeat(message.rows);
    if (message.fails) return this.#extended(message, reply(`${rows}E`));
    if (message.copies === 0) return reply(`${rows}${message.suspends ? "s" : "C"}`);
    this.#copying = { by: message, left: 0 };
    return reply("G");
  }

  #extended(message: Said, replies: Replied[]): Replied[] {
    if (!message.fails) return replies;
    this.#skipping = true;
    return replies.at(-1)?.code === "E" ? replies : [{ code: "E", id: message.id }];
  }

  #copy(copying: Copying, message: Said): Replied[] {
    const reply = (codes: string): Replied[] => Array.from(codes, (code) => ({ code, id: copying.by.id }));
    const simple = copying.by.kind === "query";
    const failed = (): Replied[] => {
      this.#copying = null;
      this.#skipping = !simple;
      return reply(simple ? "EZ" : "E");
    };
    switch (message.kind) {
      case "sync":
      case "flush":
        return [];
      case "copy_data":
        return message.bad ? failed() : [];
      case "copy_done":
        if (copying.left > 0) {
          copying.left--;
          return reply("CG");
        }
        this.#copying = null;
        return reply(simple ? "CZ" : "C");
      case "copy_fail":
        return failed();
      default:
        this.over = true;
        return reply("E");
    }
  }
}
