// Durations and sizes as documents write them: `10s`, `500ms`, `2h`, `64KiB`, `10 MB`, and bare numbers where they are plain.

import { err, ok, type Result } from "../../result.ts";

const MS_OF = { ms: 1, s: 1_000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** KB is 1,000 bytes, KiB 1,024; so says IEC 80000-13. PostgreSQL's kB of 1,024 is not taken here. */
const BYTES_OF = {
  B: 1,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const;

/** PostgreSQL's time settings are milliseconds in 32 bits; a limit past 24 days is none. */
export const MAX_DURATION_MS = 2_147_483_647;

/** Milliseconds. */
export function parseDuration(value: unknown): Result<number, string> {
  const found = typeof value === "string" ? /^(\d+(?:\.\d+)?) *(ms|s|min|m|h|d)$/.exec(value) : null;
  if (found === null) return err("write a duration with its unit: 500ms, 10s, 5min, 2h or 1d");
  const ms = Math.round(Number(found[1]) * MS_OF[found[2] as keyof typeof MS_OF]);
  if (ms < 1) return err("write a duration of at least 1ms, or none for no limit");
  if (ms > MAX_DURATION_MS) return err("write a duration of at most 24d, or none for no limit");
  return ok(ms);
}

export function parseBytes(value: unknown): Result<number, string> {
  const found =
    typeof value === "string"
      ? /^(\d+(?:\.\d+)?) *(B|KB|MB|GB|KiB|MiB|GiB)$/.exec(value)
      : typeof value === "number"
        ? [value, String(value), "B"]
        : null;
  if (found === null) return err("write a size with its unit: 64KiB, 10MB or 1GiB");
  const bytes = Math.floor(Number(found[1]) * BYTES_OF[found[2] as keyof typeof BYTES_OF]);
  if (!Number.isSafeInteger(bytes) || bytes < 0) return err("write a size between 0B and 9PB");
  return ok(bytes);
}

/** For messages: the largest unit that gives a whole number. */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "min", "s"] as const)
    if (ms >= MS_OF[unit] && ms % MS_OF[unit] === 0) return `${ms / MS_OF[unit]}${unit}`;
  return `${ms}ms`;
}
