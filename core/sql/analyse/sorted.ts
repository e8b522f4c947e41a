// One order for lists of facts, without doubles: equal statements give equal facts. Pure.

export function sorted<T>(values: readonly T[]): readonly T[] {
  if (values.length < 2) return values;
  const byText = new Map<string, T>();
  for (const value of values) byText.set(JSON.stringify(value), value);
  return [...byText].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
}
