// Which reply belongs to which request: the queue of expected replies (the habit of pgdog's query engine).
// PostgreSQL answers in order, so each forwarded message that will be answered puts an item at the end of the queue
// and each reply belongs to the item at its head. Pure; generic over what the caller wants back (its `Unit`).

import { err, ok, type Result } from "../../result.ts";

/** Messages that PostgreSQL answers, and `copy_end`, a mark for CopyDone and CopyFail, which it does not. */
export type ExpectedKind =
  | "query"
  | "function_call"
  | "parse"
  | "bind"
  | "describe"
  | "close"
  | "execute"
  | "sync"
  | "copy_end";

interface Expected<Unit> {
  readonly kind: ExpectedKind;
  readonly unit: Unit | null;
  /** Takes back what the caller assumed when it forwarded the message, should PostgreSQL fail, skip or ignore it. */
  readonly undo: (() => void) | null;
  /** A Sync that PostgreSQL reads in copy-in mode, and ignores (copyfromparse.c, CopyGetData) unless it failed before. */
  perhapsIgnored: boolean;
}

export interface Reply<Unit> {
  /** Whose reply it is; null for a message that belongs to no request. */
  readonly unit: Unit | null;
  /** What it closes: nothing yet, the item of a message, or everything up to a ReadyForQuery. */
  readonly closes: "nothing" | "message" | "ready";
  readonly asynchronous: boolean;
  /** Units of messages that will get no reply: skipped to the next Sync after this error, or ignored in copy-in mode. */
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
  copy_end: new Map(),
};

const ASYNCHRONOUS: ReadonlySet<number> = new Set([CODE.notification, CODE.notice, CODE.parameterStatus]);

const NONE_SKIPPED: readonly never[] = [];

export class Conversation<Unit> {
  // A ring would save the shifts; a head index that is trimmed now and then is as good and simpler.
  #queue: Expected<Unit>[] = [];
  #head = 0;
  /** PostgreSQL skips everything until the next Sync that it gets. */
  #skipping = false;
  /** A COPY failed while it was open whether PostgreSQL had read the Sync before: the next one may get no reply. */
  #nextSyncPerhapsIgnored = false;

  /** Messages forwarded and not yet answered. */
  get depth(): number {
    return this.#queue.length - this.#head;
  }

  /**
   * Notes that a message is about to be forwarded. Gives false where PostgreSQL is known to skip it, because an earlier
   * message of the batch failed: no reply will come, and `undo` was called.
   */
  expect(kind: ExpectedKind, unit: Unit | null, undo: (() => void) | null = null): boolean {
    if (this.#skipping) {
      if (kind !== "sync") {
        undo?.();
        return false;
      }
      this.#skipping = false;
    }
    const perhapsIgnored = kind === "sync" && this.#nextSyncPerhapsIgnored;
    if (perhapsIgnored) this.#nextSyncPerhapsIgnored = false;
    this.#queue.push({ kind, unit, undo, perhapsIgnored });
    return true;
  }

  /** Whose reply is awaited next; null when nothing is. */
  get current(): Unit | null {
    return this.#peek()?.unit ?? null;
  }

  /** The unit that CopyData from the agent belongs to: that of the last message forwarded that may ask for it. */
  get copying(): Unit | null {
    for (let i = this.#queue.length - 1; i >= this.#head; i--) {
      const item = this.#queue[i];
      if (item !== undefined && (item.kind === "query" || item.kind === "execute")) return item.unit;
    }
    return null;
  }

  /** Takes a reply's message code. An error means that this is not PostgreSQL's protocol, or that we lost count. */
  receive(code: number): Result<Reply<Unit>, UnexpectedReply> {
    if (ASYNCHRONOUS.has(code)) {
      return ok({ unit: this.current, closes: "nothing", asynchronous: true, skipped: NONE_SKIPPED });
    }
    if (code === CODE.error) return ok(this.#fail());
    let ignored: Unit[] | null = null;
    for (;;) {
      const item = this.#peek();
      if (item === undefined) return err({ kind: "unexpected_reply", code, expected: null });
      const last = REPLIES[item.kind].get(code);
      if (last === undefined) {
        if (!item.perhapsIgnored) return err({ kind: "unexpected_reply", code, expected: item.kind });
        item.undo?.();
        if (item.unit !== null) (ignored ??= []).push(item.unit);
        this.#shift();
        continue;
      }
      if (code === CODE.copyIn) this.#enterCopyIn();
      if (last === "last") this.#shift();
      const closes = code === CODE.ready ? "ready" : last === "last" ? "message" : "nothing";
      return ok({ unit: item.unit, closes, asynchronous: false, skipped: ignored ?? NONE_SKIPPED });
    }
  }

  /** The units that still wait for a reply: what becomes `unknown` when the connection is lost. */
  unanswered(): readonly Unit[] {
    const units = new Set<Unit>();
    for (const item of this.#queue.slice(this.#head)) if (item.unit !== null) units.add(item.unit);
    return [...units];
  }

  #peek(): Expected<Unit> | undefined {
    while (this.#queue[this.#head]?.kind === "copy_end") this.#shift();
    return this.#queue[this.#head];
  }

  #shift(): void {
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
  #fail(): Reply<Unit> {
    const failed = this.#peek();
    const unit = failed?.unit ?? null;
    if (failed === undefined || failed.kind === "query" || failed.kind === "function_call") {
      return { unit, closes: "nothing", asynchronous: failed === undefined, skipped: NONE_SKIPPED };
    }
    // A failed Sync (its implicit commit failed) is still answered by ReadyForQuery.
    if (failed.kind === "sync" && !failed.perhapsIgnored) {
      return { unit, closes: "nothing", asynchronous: false, skipped: NONE_SKIPPED };
    }
    const undone: (() => void)[] = [];
    const skipped = new Set<Unit>();
    for (;;) {
      const item = this.#queue[this.#head];
      if (item === undefined) {
        this.#skipping = true;
        break;
      }
      if (item.kind === "sync") {
        if (item.perhapsIgnored) this.#doubtFollowingSync();
        break;
      }
      if (item.undo !== null) undone.push(item.undo);
      if (item.unit !== null && item.unit !== unit) skipped.add(item.unit);
      this.#shift();
    }
    for (const undo of undone.reverse()) undo();
    return { unit, closes: "message", asynchronous: false, skipped: [...skipped] };
  }

  // Either this Sync gets the ReadyForQuery or the one after it, or each gets one; what comes next will tell.
  #doubtFollowingSync(): void {
    for (const item of this.#queue.slice(this.#head)) {
      if (item.kind === "sync" && !item.perhapsIgnored) {
        item.perhapsIgnored = true;
        return;
      }
    }
    this.#nextSyncPerhapsIgnored = true;
  }

  #enterCopyIn(): void {
    for (let i = this.#head + 1; i < this.#queue.length; i++) {
      const item = this.#queue[i];
      if (item === undefined || item.kind === "copy_end") return;
      if (item.kind === "sync") item.perhapsIgnored = true;
    }
  }
}
