// Reads JSON of known shape, strictly: a value of any other shape throws Malformed, which answers() alone catches. Pure.

export class Malformed extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

export function object(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Malformed("an object");
  return value as Fields;
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Malformed("a list");
  return value;
}

/** json_agg of no rows is null. */
export function rows(value: unknown): readonly unknown[] {
  return value === null ? [] : list(value);
}

export function tuple(value: unknown, length: number): readonly unknown[] {
  const found = list(value);
  if (found.length !== length) throw new Malformed(`a list of ${length}`);
  return found;
}

export function text(value: unknown): string {
  if (typeof value !== "string") throw new Malformed("a text");
  return value;
}

export function textOrNull(value: unknown): string | null {
  return value === null ? null : text(value);
}

export function whole(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw new Malformed("a number");
  return value;
}

/** 0 is PostgreSQL's "none" (InvalidOid). */
export function oidOrNull(value: unknown): number | null {
  const found = whole(value);
  return found === 0 ? null : found;
}

export function flag(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Malformed("true or false");
  return value;
}

/** One of the codes of a catalog column; a code of a later PostgreSQL is not guessed at. */
export function code<T>(codes: Readonly<Record<string, T>>, value: unknown): T {
  const key = text(value);
  const meaning = Object.hasOwn(codes, key) ? codes[key] : undefined;
  if (meaning === undefined) throw new Malformed("a known code");
  return meaning;
}
