// What random statements are made of: dice with a seed, and the columns of lineage-world.ts by their kinds. Secret or not is
// said here for one use alone: conditions, groups and orders are mostly made of what is none, so that rows stay the same and
// cells can be compared. What a statement shows is found by running it.

export type Kind = "int" | "text" | "bool" | "json" | "texts";

export interface Expr {
  readonly sql: string;
  readonly secret: boolean;
}

export interface Column {
  readonly name: string;
  readonly kind: Kind;
  readonly secret: boolean;
}

export interface Item {
  readonly alias: string;
  readonly columns: readonly Column[];
  /** Its rows can be taken whole. */
  readonly whole: boolean;
}

/** A query, and what its columns are. */
export interface Made {
  readonly sql: string;
  readonly columns: readonly Column[];
}

export interface Scope {
  readonly items: readonly Item[];
  readonly tables: readonly Item[];
}

export const open = (name: string, kind: Kind): Column => ({ name, kind, secret: false });
export const hidden = (name: string, kind: Kind): Column => ({ name, kind, secret: true });

export const PEOPLE: readonly Column[] = [
  open("id", "int"),
  open("name", "text"),
  hidden("ssn", "text"),
  hidden("salary", "int"),
  open("boss", "int"),
  open("tags", "texts"),
  hidden("attrs", "json"),
  hidden("label", "text"),
  open("twice", "int"),
];
export const PARTS: readonly Column[] = [open("id", "int"), open("region", "text"), hidden("amount", "int")];

export const RELATIONS: Readonly<Record<string, readonly Column[]>> = {
  people: PEOPLE,
  "ONLY people": PEOPLE,
  staff: [...PEOPLE, hidden("badge", "text"), open("floor", "int")],
  orders: [
    open("id", "int"),
    open("person", "int"),
    open("total", "int"),
    hidden("card", "text"),
    open("note", "text"),
  ],
  parts: PARTS,
  parts_a: PARTS,
  codes: [open("id", "int"), open("name", "text"), hidden("code", "text"), hidden("pay", "int")],
  pays: [open("boss", "int"), open("n", "int"), hidden("top", "int")],
  plain: [open("id", "int"), open("name", "text"), open("boss", "int")],
  nested: [open("id", "int"), hidden("mix", "text"), open("total", "int")],
  copies: [open("id", "int"), hidden("up", "text"), open("name", "text")],
  sink: [open("a", "int"), open("b", "text"), open("c", "text"), open("d", "json")],
};

export const CALLS: Readonly<Record<string, readonly Column[]>> = {
  "pairs()": [open("k", "int"), hidden("v", "text")],
  "everyone()": PEOPLE,
};

export class Dice {
  #state: number;
  protected names = 0;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** mulberry32 */
  protected random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  protected chance(probability: number): boolean {
    return this.random() < probability;
  }

  protected upTo(count: number): number {
    return Math.floor(this.random() * count);
  }

  protected pick<T>(all: readonly T[]): T {
    const found = all[this.upTo(all.length)];
    if (found === undefined) throw new Error("nothing to pick from");
    return found;
  }

  protected name(prefix: string): string {
    return `${prefix}${this.names++}`;
  }
}
