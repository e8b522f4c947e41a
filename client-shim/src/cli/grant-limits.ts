// The limits of a grant as `sluice request --limits` takes them, and as it and `sluice grants` show them. Pure.

import { member } from "../policy/gateway.ts";
import { UsageError } from "./usage.ts";

const OF_GRANT = ".grant";
const LIMITS: ReadonlyMap<string, "count" | "text"> = new Map([
  ["rows_returned", "count"],
  [`rows_returned${OF_GRANT}`, "count"],
  ["rows_changed", "count"],
  [`rows_changed${OF_GRANT}`, "count"],
  ["statements", "count"],
  ["bytes_returned", "text"],
  ["statement_time", "text"],
]);

/** `rows_returned=100,rows_returned.grant=1000` as the API takes it; what is wrong with a value in words the gateway says. */
export function readLimits(text: string | null): { readonly limits?: Readonly<Record<string, unknown>> } {
  if (text === null) return {};
  const limits: Record<string, unknown> = {};
  const seen = new Set<string>();
  for (const part of text.split(",")) {
    const [name = "", value = "", ...more] = part.split("=");
    const sort = LIMITS.get(name);
    if (sort === undefined || value === "" || more.length > 0)
      throw new UsageError(
        `--limits: write NAME=VALUE with commas; names are ${[...LIMITS.keys()].join(", ")}`,
      );
    // The last one would silently be the limit, and it may be the wider one.
    if (seen.has(name)) throw new UsageError(`--limits: ${name} is there twice. Write it once`);
    seen.add(name);
    if (sort === "count" && !/^[1-9]\d{0,14}$/.test(value))
      throw new UsageError(`--limits: ${name} is a whole number from 1`);
    const parsed = sort === "count" ? Number(value) : value;
    if (!name.startsWith("rows_")) limits[name] = parsed;
    else {
      const [whole, span] = partOf(name);
      limits[whole] = { ...(limits[whole] as object | undefined), [span]: parsed };
    }
  }
  return { limits };
}

/** Of the API's `limits`, those that there are, as --limits is written; "" where there are none. */
export function limitWords(limits: unknown): string {
  return [...LIMITS.keys()]
    .map((name) => {
      if (name === "statement_time") return [name, member(limits, "statement_time_ms"), "ms"] as const;
      if (!name.startsWith("rows_")) return [name, member(limits, name), ""] as const;
      const [whole, span] = partOf(name);
      return [name, member(member(limits, whole), span), ""] as const;
    })
    .filter(([, value]) => typeof value === "number")
    .map(([name, value, unit]) => `${name}=${String(value)}${unit}`)
    .join(",");
}

function partOf(name: string): readonly [string, "statement" | "grant"] {
  return name.endsWith(OF_GRANT) ? [name.slice(0, -OF_GRANT.length), "grant"] : [name, "statement"];
}
