// A time as people give it: RFC 3339, a day, or how long ago. Pure.

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** RFC 3339 in UTC; null where it is none of these. */
export function readTime(text: string, now: number): string | null {
  const ago = /^(\d{1,5})([mhd])$/.exec(text);
  const unit = UNIT_MS[ago?.[2] ?? ""];
  if (unit !== undefined) return new Date(now - Number(ago?.[1]) * unit).toISOString();
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/i.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
