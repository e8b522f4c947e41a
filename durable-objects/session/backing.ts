// What PostgreSQL itself is told of the policy when the session is opened, so that a gap in one layer is not a hole. Fixed
// for the life of the connection: a policy that asks for other backing ends the session.

import type { Policy } from "#core/policy";
import { REASON_SETTING } from "./approval/index.ts";

export interface Backing {
  readonly readOnly: boolean;
  readonly statementTimeMs: number | null;
}

export function backing({ readOnly, limits }: Policy): Backing {
  return { readOnly, statementTimeMs: limits.statementTimeMs };
}

export function sameBacking(a: Backing, b: Backing): boolean {
  return a.readOnly === b.readOnly && a.statementTimeMs === b.statementTimeMs;
}

/** What was asked of PostgreSQL at the start holds the session as strictly as `next` would. */
export function isHeldBy(next: Backing, start: Backing): boolean {
  const { statementTimeMs } = next;
  return (
    (start.readOnly || !next.readOnly) &&
    (statementTimeMs === null || (start.statementTimeMs !== null && start.statementTimeMs <= statementTimeMs))
  );
}

/** The client's settings, and over them the policy's. They are what RESET goes back to. */
export function startupSettings(
  asked: ReadonlyMap<string, string>,
  policy: Policy,
): ReadonlyMap<string, string> {
  const { readOnly, statementTimeMs } = backing(policy);
  const settings = new Map(asked);
  // For the gateway: a pooler in between would not know it.
  settings.delete(REASON_SETTING);
  // What the gateway reads statements by; a database or role may have other defaults, and RESET goes back to these.
  if (!policy.open) {
    settings.set("client_encoding", "UTF8");
    settings.set("standard_conforming_strings", "on");
  }
  if (readOnly) settings.set("default_transaction_read_only", "on");
  if (statementTimeMs !== null) {
    const own = milliseconds(settings.get("statement_timeout"));
    settings.set(
      "statement_timeout",
      String(own === null ? statementTimeMs : Math.min(own, statementTimeMs)),
    );
  }
  return settings;
}

/** A shorter one of the client's is kept where it is plain; null else, and for 0, which is none. */
function milliseconds(value: string | undefined): number | null {
  const match = /^(\d{1,9})(ms|s|min)?$/.exec(value?.trim() ?? "");
  const amount = Number(match?.[1] ?? 0) * UNIT_MS[(match?.[2] ?? "ms") as keyof typeof UNIT_MS];
  return amount > 0 ? amount : null;
}

const UNIT_MS = { ms: 1, s: 1_000, min: 60_000 } as const;
