// What the agent prepared: statements by name and portals by name, so that each Execute can be recorded with its text
// and parameters. Follows PostgreSQL's rules for when a name goes away. Pure.

import { textDecode, textEncode } from "#core/bytes";

export interface PreparedStatement {
  readonly name: string;
  readonly text: Uint8Array;
  readonly parameterTypes: readonly number[];
}

export interface Portal {
  readonly name: string;
  readonly statement: PreparedStatement | null;
  readonly parameterFormats: readonly number[];
  readonly parameters: readonly (Uint8Array | null)[];
  readonly resultFormats: readonly number[];
}

/** PostgreSQL tells names apart by their first 63 bytes alone (NAMEDATALEN; prepare.c, portalmem.c). */
const NAME_SIGNIFICANT_BYTES = 63;

/** What a name costs beside its text: a Map entry and an object. */
const NAME_BYTES = 128;

/** A change of what a name stands for, and what it stood for before. */
interface Change<T> {
  readonly name: string;
  readonly value: T | null;
  /** Number of the batch that it is of. */
  readonly batch: number;
  before: Change<T> | null;
  /** PostgreSQL failed or skipped the message: it never was. */
  undone: boolean;
}

/** Takes a change back. `skipped`: PostgreSQL has not even looked at the message. */
export type Undo = (skipped?: boolean) => void;

/**
 * Names on one kind of thing. Several messages that change one name may be on their way at once, in batches of which an
 * earlier one fails: what it was to change is taken out from below what the later ones have changed since.
 */
class NameTable<T> {
  readonly #changes = new Map<string, Change<T>>();
  readonly #pending = new Set<Change<T>>();
  #batch = 0;
  readonly #sizeOf: (value: T) => number;
  bytes = 0;

  constructor(sizeOf: (value: T) => number) {
    this.#sizeOf = sizeOf;
  }

  get(name: string): T | null {
    return this.#changes.get(key(name))?.value ?? null;
  }

  names(): readonly string[] {
    return [...this.#changes.keys()];
  }

  values(): readonly T[] {
    return [...this.#changes.values()].map(({ value }) => value).filter((value) => value !== null);
  }

  set(called: string, value: T | null): Undo {
    const name = key(called);
    const change: Change<T> = {
      name,
      value,
      batch: this.#batch,
      before: this.#changes.get(name) ?? null,
      undone: false,
    };
    this.#top(name, change);
    if (change.before !== null || value !== null) this.#pending.add(change);
    return () => {
      change.undone = true;
      let top = this.#changes.get(name) ?? null;
      while (top?.undone === true) top = top.before;
      this.#top(name, top);
    };
  }

  /** A message of an earlier batch may change it, or fail to: what it is cannot be told yet. Later ones fail with theirs. */
  isUnsettled(called: string): boolean {
    const change = this.#changes.get(key(called));
    return change !== undefined && change.batch !== this.#batch && this.#pending.has(change);
  }

  /** What comes now is skipped no more when something before it fails. */
  batchEnded(): void {
    this.#batch++;
  }

  /** Nothing is on its way any more: what is, stays. */
  settle(): void {
    for (const change of this.#pending) {
      change.before = null;
      if (change.value === null && this.#changes.get(change.name) === change)
        this.#changes.delete(change.name);
    }
    this.#pending.clear();
  }

  #top(name: string, change: Change<T> | null): void {
    const before = this.#changes.get(name)?.value ?? null;
    if (before !== null) this.bytes -= this.#sizeOf(before);
    const value = change?.value ?? null;
    if (value !== null) this.bytes += this.#sizeOf(value);
    if (change === null || (value === null && change.before === null)) this.#changes.delete(name);
    else this.#changes.set(name, change);
  }
}

export class PreparedState {
  readonly #statements = new NameTable<PreparedStatement>(statementBytes);
  readonly #portals = new NameTable<Portal>(portalBytes);

  /** Bytes held on behalf of the agent; the session bounds it. */
  get bytes(): number {
    return this.#statements.bytes + this.#portals.bytes;
  }

  statement(name: string): PreparedStatement | null {
    return this.#statements.get(name);
  }

  portal(name: string): Portal | null {
    return this.#portals.get(name);
  }

  /** All that there are. */
  portals(): readonly Portal[] {
    return this.#portals.values();
  }

  /** Each change gives the function that takes it back. */
  parse(statement: PreparedStatement): Undo {
    const { name } = statement;
    if (name !== "") return this.#statements.set(name, statement);
    // The unnamed statement is dropped before the new one is analysed (postgres.c, exec_parse_message): no way back, unless
    // the message was skipped.
    const undrop = this.#statements.set(name, null);
    const undo = this.#statements.set(name, statement);
    return (skipped = false) => {
      undo();
      if (skipped) undrop();
    };
  }

  bind(portal: Portal): Undo {
    if (portal.name !== "") return this.#portals.set(portal.name, portal);
    const undrop = this.#portals.set("", null);
    const undo = this.#portals.set("", portal);
    return (skipped = false) => {
      undo();
      if (skipped) undrop();
    };
  }

  closeStatement(name: string): Undo {
    return this.#statements.set(name, null);
  }

  closePortal(name: string): Undo {
    return this.#portals.set(name, null);
  }

  /** DEALLOCATE ALL, DISCARD ALL: the named ones; the unnamed one stays (prepare.c, DropAllPreparedStatements). */
  deallocateAll(): void {
    for (const name of this.#statements.names()) if (name !== "") this.#statements.set(name, null);
  }

  /** ReadyForQuery said idle: a transaction ended, and its portals with it (portals WITH HOLD are SQL's, not ours). */
  transactionEnded(): void {
    for (const name of this.#portals.names()) this.#portals.set(name, null);
  }

  /** See NameTable. */
  isUnsettled(kind: "statement" | "portal", name: string): boolean {
    return (kind === "statement" ? this.#statements : this.#portals).isUnsettled(name);
  }

  /** A Sync was sent, or what ends a batch as well. */
  batchEnded(): void {
    this.#statements.batchEnded();
    this.#portals.batchEnded();
  }

  /** Every message was answered: none of the changes is taken back any more. */
  settle(): void {
    this.#statements.settle();
    this.#portals.settle();
  }
}

function key(name: string): string {
  // No character takes more than four bytes.
  if (name.length * 4 <= NAME_SIGNIFICANT_BYTES) return name;
  return textDecode(textEncode(name).subarray(0, NAME_SIGNIFICANT_BYTES));
}

function statementBytes(statement: PreparedStatement): number {
  return NAME_BYTES + statement.name.length + statement.text.length + 8 * statement.parameterTypes.length;
}

function portalBytes(portal: Portal): number {
  let bytes = NAME_BYTES + portal.name.length;
  for (const value of portal.parameters) bytes += 16 + (value?.length ?? 0);
  return bytes;
}
