// What a change of a document changes, beside its looks: the members of the two documents that differ, by path. Comments,
// order of keys and layout make no difference; order of rules does. Knows the shape of a document no further. Pure.

import { parse } from "yaml";

/** One line a difference: `+ relations.write: public.orders`, `~ limits.rows_changed: 100 -> 1000`. null: not YAML. */
export function diffMeaning(before: string, after: string): readonly string[] | null {
  try {
    return [...compare("", readOrEmpty(before), readOrEmpty(after))];
  } catch {
    return null;
  }
}

function readOrEmpty(text: string): unknown {
  return parse(text) ?? {};
}

function* compare(path: string, before: unknown, after: unknown): Generator<string> {
  if (same(before, after)) return;
  if (before === undefined) return yield `+ ${path}: ${show(after)}`;
  if (after === undefined) return yield `- ${path}: ${show(before)}`;
  if (Array.isArray(before) && Array.isArray(after)) return yield* compareLists(path, before, after);
  if (isMap(before) && isMap(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* compare(path === "" ? key : `${path}.${key}`, before[key], after[key]);
    }
    return;
  }
  yield `~ ${path}: ${show(before)} -> ${show(after)}`;
}

function* compareLists(
  path: string,
  before: readonly unknown[],
  after: readonly unknown[],
): Generator<string> {
  const ids = [before, after].map((list) => list.map(idOf));
  const [was = [], is = []] = ids;
  if ([...was, ...is].every((id) => id !== null)) {
    for (const id of new Set([...was, ...is])) {
      yield* compare(`${path}[${id}]`, before[was.indexOf(id)], after[is.indexOf(id)]);
    }
    const common = (list: readonly (string | null)[], other: readonly (string | null)[]): string =>
      list.filter((id) => other.includes(id)).join(", ");
    if (common(was, is) !== common(is, was))
      yield `~ ${path}: order ${common(was, is)} -> ${common(is, was)}`;
    return;
  }
  const gone = before.filter((item) => !after.some((other) => same(item, other)));
  const come = after.filter((item) => !before.some((other) => same(item, other)));
  for (const item of gone) yield `- ${path}: ${show(item)}`;
  for (const item of come) yield `+ ${path}: ${show(item)}`;
  if (gone.length === 0 && come.length === 0) yield `~ ${path}: order ${show(before)} -> ${show(after)}`;
}

function idOf(item: unknown): string | null {
  if (!isMap(item)) return null;
  return typeof item["id"] === "string" ? item["id"] : null;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** JSON with the keys in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isMap(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
