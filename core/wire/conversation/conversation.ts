// Which reply belongs to which request: the queue of expected replies (the habit of pgdog's query engine).
// PostgreSQL answers in order, so each forwarded message that will be answered puts an item at the end of the queue
// and each reply belongs to the item at its head. Pure; generic over what the caller wants back: its `Unit`, and for
// messages that it puts in by itself or in another's place a `Mark`.

import { err, ok, type Result } from "../../result.ts";

/** Messages that PostgreSQL answers. */
export type ExpectedKind =
  | "query"
  | "function_call"
  | "parse"
  | "bind"
  | "describe"
  | "close"
  | "execute"
  | "sync";

/**
 * Where the agent stands towards COPY FROM STDIN. PostgreSQL in copy-in mode ignores a Sync, and ends the connection with
 * anything else that is no part of the copy (copyfromparse.c, CopyGetData), so whoever forwards such a message without
 * knowing the mode has lost count of the replies.
 * - `perhaps`: the last message forwarded may ask for copy data: until it is clear, only copy data and its end may follow;
 * - `open`: PostgreSQL waits for copy data.
 */
export type CopyState = "none" | "perhaps" | "open";

interface Expected<Unit, Mark> {
  readonly kind: ExpectedKind;
  readonly unit: Unit | null;
  readonly mark: Mark | null;
  /** Takes back what the caller assumed when it forwarded the message, should PostgreSQL fail, skip or ignore it. */
  readonly undo: ((skipped: boolean) => void) | null;
}

interface Copying<Unit, Mark> {
  readonly item: Expected<Unit, Mark>;
  open: boolean;
  /** CopyDone and CopyFail that were forwarded before PostgreSQL had asked for their data. */
  endsAhead: number;
}

export interface Reply<Unit, Mark = never> {
  /** Whose reply it is; null for a message that belongs to no request. */
  readonly unit: Unit | null;
  /** What the caller marked the message with that this answers. */
  readonly mark: Mark | null;
  /** What it closes: nothing yet, the item of a message, or everything up to a ReadyForQuery. */
  readonly closes: "nothing" | "message" | "ready";
  readonly asynchronous: boolean;
  /** Units of messages that will get no reply: skipped to the next Sync after this error. */
  readonly skipped: readonly Unit[];
}

export interface UnexpectedReply {
  readonly kind: "unexpected_reply";
  readonly code: number;
  readonly expected: ExpectedKind | null;
}

const CODE = {
  parseComplete: 0x31, // 1
  bindComplete: 0x32, // 2
  closeComplete: 0x33, // 3
  notification: 0x41, // A
  commandComplete: 0x43, // C
  dataRow: 0x44, // D
  error: 0x45, // E
  copyIn: 0x47, // G
  copyOut: 0x48, // H
  emptyQuery: 0x49, // I
  notice: 0x4e, // N
  parameterStatus: 0x53, // S
  rowDescription: 0x54, // T
  functionCallResponse: 0x56, // V
  ready: 0x5a, // Z
  copyDone: 0x63, // c
  copyData: 0x64, // d
  noData: 0x6e, // n
  portalSuspended: 0x73, // s
  parameterDescription: 0x74, // t
} as const;

/** For each item, the replies that it may get beside ErrorResponse, and whether that reply is its last. */
const REPLIES: Readonly<Record<ExpectedKind, ReadonlyMap<number, "more" | "last">>> = {
  query: new Map([
    [CODE.rowDescription, "more"],
    [CODE.dataRow, "more"],
    [CODE.commandComplete, "more"],
    [CODE.emptyQuery, "more"],
    [CODE.copyIn, "more"],
    [CODE.copyOut, "more"],
    [CODE.copyData, "more"],
    [CODE.copyDone, "more"],
    [CODE.ready, "last"],
  ]),
  function_call: new Map([
    [CODE.functionCallResponse, "more"],
    [CODE.ready, "last"],
  ]),
  parse: new Map([[CODE.parseComplete, "last"]]),
  bind: new Map([[CODE.bindComplete, "last"]]),
  describe: new Map([
    [CODE.parameterDescription, "more"],
    [CODE.rowDescription, "last"],
    [CODE.noData, "last"],
  ]),
  close: new Map([[CODE.closeComplete, "last"]]),
  execute: new Map([
    [CODE.dataRow, "more"],
    [CODE.copyIn, "more"],
    [CODE.copyOut, "more"],
    [CODE.copyData, "more"],
    [CODE.copyDone, "more"],
    [CODE.commandComplete, "last"],
    [CODE.emptyQuery, "last"],
    [CODE.portalSuspended, "last"],
  ]),
  sync: new Map([[CODE.ready, "last"]]),
};

const ASYNCHRONOUS: ReadonlySet<number> = new Set([CODE.notification, CODE.notice, CODE.parameterStatus]);

const NONE_SKIPPED: readonly never[] = [];

export class Conversation<Unit, Mark = never> {
  // A ring would save the shifts; a head index that is trimmed now and then is as good and simpler.
  #queue: Expected<Unit, Mark>[] = [];
  #head = 0;
  /** PostgreSQL skips everything until the next Sync that it gets. */
  #skipping = false;
  #copy: Copying<Unit, Mark> | null = null;

  /** Messages forwarded and not yet answered. */
  get depth(): number {
    return this.#queue.length - this.#head;
  }

  get copyState(): CopyState {
    if (this.#copy === null) return "none";
    return this.#copy.open ? "open" : "perhaps";
  }

  /**
   * Notes that a message is about to be forwarded; only where {@link copyState} is `none`. Gives false where PostgreSQL
   * is known to skip it, because an earlier message of the batch failed: no reply will come, and `undo` was called.
   * `mayCopyIn`: it may run COPY FROM STDIN.
   */
  expect(
    kind: ExpectedKind,
    unit: Unit | null,
    undo: ((skipped: boolean) => void) | null = null,
    mayCopyIn = false,
    mark: Mark | null = null,
  ): boolean {
    if (this.#skipping) {
      if (kind !== "sync") {
        undo?.(true);
        return false;
      }
      this.#skipping = false;
    }
    const item = { kind, unit, undo, mark };
    this.#queue.push(item);
    if (mayCopyIn) this.#copy = { item, open: false, endsAhead: 0 };
    return true;
  }

  /** CopyDone or CopyFail is about to be forwarded. Outside of a copy PostgreSQL ignores it. */
  endCopy(): void {
    if (this.#copy === null) return;
    if (this.#copy.open) this.#copied(this.#copy);
    else this.#copy.endsAhead++;
  }

  /** An earlier message of the batch failed, and PostgreSQL ignores what comes until it gets a Sync. */
  get skipping(): boolean {
    return this.#skipping;
  }

  /** Nothing was forwarded behind the message that is being answered, but for the Sync that closes its batch. */
  get isLast(): boolean {
    return this.depth <= 1 || (this.depth === 2 && this.#queue[this.#head + 1]?.kind === "sync");
  }

  /** Whose reply is awaited next; null when nothing is. */
  get current(): Unit | null {
    return this.#peek()?.unit ?? null;
  }

  /** What the caller marked the message with whose reply is awaited next. */
  get currentMark(): Mark | null {
    return this.#peek()?.mark ?? null;
  }

  /** The unit that CopyData from the agent belongs to; null where PostgreSQL ignores it. */
  get copying(): Unit | null {
    return this.#copy?.item.unit ?? null;
  }

  /** Takes a reply's message code. An error means that this is not PostgreSQL's protocol, or that we lost count. */
  receive(code: number): Result<Reply<Unit, Mark>, UnexpectedReply> {
    if (ASYNCHRONOUS.has(code)) {
      return ok({
        unit: this.current,
        mark: null,
        closes: "nothing",
        asynchronous: true,
        skipped: NONE_SKIPPED,
      });
    }
    if (code === CODE.error) return ok(this.#fail());
    const item = this.#peek();
    const last = item === undefined ? undefined : REPLIES[item.kind].get(code);
    if (item === undefined || last === undefined || (code === CODE.copyIn && !this.#beginCopy(item))) {
      return err({ kind: "unexpected_reply", code, expected: item?.kind ?? null });
    }
    if (last === "last") this.#shift();
    const closes = code === CODE.ready ? "ready" : last === "last" ? "message" : "nothing";
    return ok({ unit: item.unit, mark: item.mark, closes, asynchronous: false, skipped: NONE_SKIPPED });
  }

  #peek(): Expected<Unit, Mark> | undefined {
    return this.#queue[this.#head];
  }

  #shift(): void {
    if (this.#copy?.item === this.#queue[this.#head]) this.#copy = null;
    this.#head++;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  // Simple Query and FunctionCall end at their ReadyForQuery whatever happens. In the extended protocol an error makes
  // PostgreSQL skip to the next Sync (protocol-flow, "Extended Query"), which may not have been sent yet.
  #fail(): Reply<Unit, Mark> {
    const failed = this.#peek();
    const unit = failed?.unit ?? null;
    const mark = failed?.mark ?? null;
    // That ends a copy. Of a Query the ReadyForQuery is still to come, and until then it is in the way.
    if (this.#copy !== null && this.#copy.item === failed) this.#copy.open = false;
    if (failed === undefined || failed.kind === "query" || failed.kind === "function_call") {
      return { unit, mark, closes: "nothing", asynchronous: failed === undefined, skipped: NONE_SKIPPED };
    }
    // A failed Sync (its implicit commit failed) is still answered by ReadyForQuery.
    if (failed.kind === "sync") {
      return { unit, mark, closes: "nothing", asynchronous: false, skipped: NONE_SKIPPED };
    }
    const undone: ((skipped: boolean) => void)[] = [];
    const skipped = new Set<Unit>();
    for (;;) {
      const item = this.#queue[this.#head];
      if (item === undefined) {
        this.#skipping = true;
        break;
      }
      if (item.kind === "sync") break;
      if (item.undo !== null) undone.push(item.undo);
      if (item.unit !== null && item.unit !== unit) skipped.add(item.unit);
      this.#shift();
    }
    const [own] = failed.undo === null ? [] : undone;
    for (const undo of undone.reverse()) undo(undo !== own);
    return { unit, mark, closes: "message", asynchronous: false, skipped: [...skipped] };
  }

  // False where messages followed that PostgreSQL swallows now: a COPY that nobody took for one.
  #beginCopy(item: Expected<Unit, Mark>): boolean {
    if (this.#copy === null) {
      if (this.depth > 1) return false;
      this.#copy = { item, open: true, endsAhead: 0 };
    } else if (this.#copy.endsAhead > 0) {
      this.#copy.endsAhead--;
      this.#copied(this.#copy);
    } else {
      this.#copy.open = true;
    }
    return true;
  }

  // A Query may hold another COPY; an Execute is one statement, and what it replies now does not depend on what follows.
  #copied(copy: Copying<Unit, Mark>): void {
    copy.open = false;
    if (copy.item.kind === "execute") this.#copy = null;
  }
}
