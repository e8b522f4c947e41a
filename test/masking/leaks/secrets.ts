// The secrets of a world: values that occur nowhere else, by name (`customers.ssn.1`). There are two worlds, `a` and `b`, which
// differ in their secrets alone, and only in what no mask shows: the last four characters that `partial` leaves, the year that
// `year` leaves and so on are the same in both, so that whatever differs between two transcripts is a leak. Pure.

import { createHash } from "node:crypto";

export type WorldName = "a" | "b";

export type Marker =
  /** `hidden`: the part of the text that no mask shows. */
  | { readonly kind: "text"; readonly hidden: string }
  | { readonly kind: "integer"; readonly value: number }
  /** Eight digits, a point, two digits. */
  | { readonly kind: "decimal"; readonly text: string }
  | { readonly kind: "float"; readonly value: number }
  /** ISO: YYYY-MM-DD. */
  | { readonly kind: "date"; readonly text: string }
  /** Microseconds, as in `17:13:37.104729`. */
  | { readonly kind: "time"; readonly text: string }
  | { readonly kind: "uuid"; readonly text: string }
  | { readonly kind: "inet"; readonly text: string }
  | { readonly kind: "macaddr"; readonly text: string };

/** No vowels and no digits that a hexadecimal number is made of alone: no word, no digest looks like it. */
const LETTERS = "ghjkmnpqrtvwxzGHJKMNPQRTVWXZ";
const HIDDEN_LENGTH = 12;

export class Secrets {
  readonly world: WorldName;
  /** By name. */
  readonly markers = new Map<string, Marker>();
  /** What a statement writes to say the value, by name. */
  readonly values = new Map<string, string>();
  #count = 0;

  constructor(world: WorldName) {
    this.world = world;
  }

  /** SQL of a text; `end` is in both worlds, and may be shown. The worlds' texts differ in length. */
  text(name: string, end = ""): string {
    return quote(this.token(name, end));
  }

  /** The text itself. */
  token(name: string, end = "", longer = this.world === "b" ? 3 : 0): string {
    const hidden = letters(`${this.world} ${name}`, HIDDEN_LENGTH + longer);
    return this.#keep(name, { kind: "text", hidden }, hidden + end);
  }

  email(name: string): string {
    const local = letters(`${this.world} ${name} local`, HIDDEN_LENGTH);
    const domain = letters(`${this.world} ${name} domain`, HIDDEN_LENGTH).toLowerCase();
    this.#keep(`${name}.domain`, { kind: "text", hidden: domain }, domain);
    return quote(this.#keep(name, { kind: "text", hidden: local }, `m${local}@${domain}.com`));
  }

  /** Nine digits; the worlds' differ in the last three: a bucket of a thousand is the same. */
  integer(name: string): string {
    const value = (500_000 + this.#number("", name, 400_000)) * 1_000 + this.#own(name, 1, 999);
    return this.#keep(name, { kind: "integer", value }, String(value));
  }

  decimal(name: string): string {
    const text = `${40_000_000 + this.#own(name, 1, 9_999_999)}.${10 + this.#own(`${name}.`, 1, 89)}`;
    return this.#keep(name, { kind: "decimal", text }, text);
  }

  float(name: string): string {
    const value = 700_000 + this.#own(name, 1, 99_999) + this.#own(`${name}.`, 1, 8191) / 8192;
    return this.#keep(name, { kind: "float", value }, String(value));
  }

  /** Every date of a world is in a year of its own. */
  date(name: string): string {
    const month = String(this.#own(`${name} month`, 2, 10)).padStart(2, "0");
    const day = String(this.#own(`${name} day`, 2, 26)).padStart(2, "0");
    const text = `${this.#year(name)}-${month}-${day}`;
    return quote(this.#keep(name, { kind: "date", text }, text));
  }

  /** Differs in the day and time; a month is the same. */
  timestamp(name: string): string {
    const part = (of: string, most: number): string =>
      String(this.#own(`${name} ${of}`, 2, most)).padStart(2, "0");
    const time = `${part("hour", 20)}:${part("minute", 56)}:${part("second", 56)}.${100_001 + 2 * this.#own(name, 1, 440_000)}`;
    const text = `${this.#year(name)}-05-${part("day", 26)} ${time}+00`;
    return quote(this.#keep(name, { kind: "time", text: time }, text));
  }

  uuid(name: string): string {
    const digits = createHash("sha256").update(`${this.world} ${name}`).digest("hex");
    const text = [
      digits.slice(0, 8),
      digits.slice(8, 12),
      digits.slice(12, 16),
      digits.slice(16, 20),
      digits.slice(20, 32),
    ].join("-");
    return quote(this.#keep(name, { kind: "uuid", text }, text));
  }

  inet(name: string): string {
    const text = `10.${this.#own(`${name} 1`, 101, 150)}.${this.#own(`${name} 2`, 101, 150)}.${this.#own(`${name} 3`, 101, 150)}`;
    return quote(this.#keep(name, { kind: "inet", text }, text));
  }

  macaddr(name: string): string {
    const text = `02:${createHash("sha256")
      .update(`${this.world} ${name}`)
      .digest("hex")
      .slice(0, 10)
      .replace(/(..)(?=.)/g, "$1:")}`;
    return quote(this.#keep(name, { kind: "macaddr", text }, text));
  }

  /** One of few, other than in the other world: only a difference between the worlds can tell. */
  pick(name: string, choices: readonly string[]): string {
    const first = this.#number("", name, choices.length);
    const value = choices[(first + (this.world === "a" ? 0 : 1)) % choices.length] ?? "";
    this.values.set(name, value);
    return quote(value);
  }

  #keep(name: string, marker: Marker, value: string): string {
    if (this.markers.has(name)) throw new Error(`two secrets are called ${name}`);
    this.markers.set(name, marker);
    this.values.set(name, value);
    return value;
  }

  #year(_name: string): number {
    this.#count++;
    return 1900 + this.#count;
  }

  /** From `least`, of `count` values; the same never in both worlds: they differ in being odd. */
  #own(name: string, least: number, count: number): number {
    const half = Math.floor(count / 2);
    return least + 2 * this.#number(this.world, name, half) + (this.world === "a" ? 0 : 1);
  }

  #number(world: string, name: string, below: number): number {
    return createHash("sha256").update(`${world} ${name}`).digest().readUInt32BE(4) % below;
  }
}

/** The same for the same seed. */
export function letters(seed: string, length: number): string {
  const bytes = createHash("sha512").update(seed).digest();
  return Array.from({ length }, (_, at) => LETTERS[(bytes[at] ?? 0) % LETTERS.length]).join("");
}

export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
