// date, timestamp, timestamptz. Text is read in DateStyle ISO only, the one that drivers set: in any other the value is
// NULL. Infinities are NULL too. Days and microseconds count from 2000-01-01, as PostgreSQL's do.

import { ByteReader, utf8DecodeLossy, utf8Encode } from "#core/bytes";
import type { Codec } from "./codec.ts";

const ISO =
  /^(\d{4,7})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?(?:([+-])(\d\d)(?::(\d\d)(?::(\d\d))?)?)?( BC)?$/;
/** Days from 1970-01-01 to 2000-01-01. */
const EPOCH_DAYS = 10_957;
const DAY_MICROS = 86_400_000_000n;
/** A hash of a date lies in 1900 to 2099. */
const TOKEN_FIRST = daysOf(1900, 1, 1);
const TOKEN_DAYS = daysOf(2100, 1, 1) - TOKEN_FIRST;
/** DATE and TIMESTAMP end here (datatype/timestamp.h); infinities lie outside. */
const MIN_DAYS = -2_451_507;
const MAX_DAYS = 2_145_031_948;
const MAX_TIMESTAMP_DAYS = 107_374_182;

export type CalendarKind = "date" | "timestamp" | "timestamptz";

/** Microseconds since 2000-01-01; of a timestamptz in UTC; of a date at midnight. */
export function calendarCodec(kind: CalendarKind): Codec<bigint> {
  const most = BigInt(kind === "date" ? MAX_DAYS : MAX_TIMESTAMP_DAYS);
  const inRange = (micros: bigint): boolean => {
    const days = floorDays(micros);
    return days >= BigInt(MIN_DAYS) && days <= most;
  };
  return {
    decode: (bytes, format) => {
      const micros = format === 0 ? parse(bytes, kind) : receive(bytes, kind);
      return micros !== null && inRange(micros) ? micros : null;
    },
    encode: (micros, format) => {
      if (!inRange(micros)) return null;
      return format === 0 ? utf8Encode(print(micros, kind)) : send(micros, kind);
    },
    neutral: BigInt(-EPOCH_DAYS) * DAY_MICROS,
    canonical: (micros) => `${kind === "timestamptz" ? "instant" : "time"}:${micros}`,
    token: (random) => {
      const view = new DataView(random.buffer, random.byteOffset, random.length);
      const days = BigInt(TOKEN_FIRST + (view.getUint32(0) % TOKEN_DAYS)) * DAY_MICROS;
      return kind === "date" ? days : days + BigInt(view.getUint32(4) % 86_400) * 1_000_000n;
    },
    truncate: (micros, unit) => {
      const [year, month] = civilOf(Number(floorDays(micros)));
      return BigInt(daysOf(year, unit === "year" ? 1 : month, 1)) * DAY_MICROS;
    },
  };
}

function parse(bytes: Uint8Array, kind: CalendarKind): bigint | null {
  const match = ISO.exec(bytes.length > 48 ? "" : utf8DecodeLossy(bytes));
  if (match === null) return null;
  const [, year, month, day, hours = "0", minutes = "0", seconds = "0", fraction = ""] = match;
  const [sign, ...offset] = match.slice(8, 12);
  if ((sign !== undefined) !== (kind === "timestamptz")) return null;
  const days = daysOf(match[12] === undefined ? Number(year) : 1 - Number(year), Number(month), Number(day));
  const time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  const [east = 0, eastMinutes = 0, eastSeconds = 0] = offset.map((part) => Number(part ?? 0));
  const zone = (sign === "-" ? -1 : 1) * (east * 3600 + eastMinutes * 60 + eastSeconds);
  return BigInt(days) * DAY_MICROS + BigInt(time - zone) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
}

function print(micros: bigint, kind: CalendarKind): string {
  const days = floorDays(micros);
  const [year, month, day] = civilOf(Number(days));
  const date = `${pad(year > 0 ? year : 1 - year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  const era = year > 0 ? "" : " BC";
  if (kind === "date") return date + era;
  const rest = Number(micros - days * DAY_MICROS);
  const seconds = Math.floor(rest / 1_000_000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => pad(part, 2))
    .join(":");
  const fraction = rest % 1_000_000 === 0 ? "" : `.${pad(rest % 1_000_000, 6)}`;
  return `${date} ${clock}${fraction}${kind === "timestamptz" ? "+00" : ""}${era}`;
}

function receive(bytes: Uint8Array, kind: CalendarKind): bigint | null {
  const reader = new ByteReader(bytes);
  if (kind === "date") {
    const days = reader.i32();
    return reader.finish() === null ? BigInt(days) * DAY_MICROS : null;
  }
  const high = reader.i32();
  const low = reader.u32();
  return reader.finish() === null ? (BigInt(high) << 32n) | BigInt(low) : null;
}

function send(micros: bigint, kind: CalendarKind): Uint8Array {
  const bytes = new Uint8Array(kind === "date" ? 4 : 8);
  const view = new DataView(bytes.buffer);
  if (kind === "date") view.setInt32(0, Number(floorDays(micros)));
  else view.setBigInt64(0, micros);
  return bytes;
}

function floorDays(micros: bigint): bigint {
  const days = micros / DAY_MICROS;
  return micros < 0n && days * DAY_MICROS !== micros ? days - 1n : days;
}

/** Days since 2000-01-01 in the proleptic Gregorian calendar, year 0 being 1 BC (Hinnant, days_from_civil). */
function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468 - EPOCH_DAYS;
}

/** Its inverse (civil_from_days). */
function civilOf(days: number): readonly [number, number, number] {
  const shifted = days + EPOCH_DAYS + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
