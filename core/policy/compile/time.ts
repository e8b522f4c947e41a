// Whether an instant lies within a rule's time. The clock is an argument; zones come from the runtime's own database.

import { DAYS, type TimeCondition } from "../document/document.ts";

const MINUTE_MS = 60_000;
const formats = new Map<string, Intl.DateTimeFormat>();

export function isWithin(time: TimeCondition, now: number): boolean {
  if (time.after !== null && now < time.after) return false;
  if (time.before !== null && now >= time.before) return false;
  if (time.days === null && time.from === null && time.until === null) return true;
  const local = localTime(time.zone, now);
  const from = time.from ?? 0;
  const until = time.until ?? 1_440;
  const overMidnight = until < from;
  const inside = overMidnight
    ? local.minute >= from || local.minute < until
    : local.minute >= from && local.minute < until;
  if (!inside) return false;
  // A night belongs to the day that it began on.
  const day = overMidnight && local.minute < until ? (local.day + 6) % 7 : local.day;
  return time.days === null || time.days.some((name) => DAYS.indexOf(name) === day);
}

/** Day of the week from Monday, minute of the day. Kept for a minute: formatting is slower than all else here. */
let last = { zone: "", minute: Number.NaN, local: { day: 0, minute: 0 } };

function localTime(zone: string, now: number): { readonly day: number; readonly minute: number } {
  const minute = Math.floor(now / MINUTE_MS);
  if (last.zone === zone && last.minute === minute) return last.local;
  let format = formats.get(zone);
  if (format === undefined) {
    const options = {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    } as const;
    format = new Intl.DateTimeFormat("en-GB", options);
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const day = DAYS.findIndex((name) => name === parts.get("weekday")?.toLowerCase());
  const local = { day, minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")) };
  last = { zone, minute, local };
  return local;
}
