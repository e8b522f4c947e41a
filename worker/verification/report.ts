// What is done with a verdict on a session's record, whoever asked for it: the log's object keeps it, and whoever wants to know of a
// broken record is told, once for each break. Kept first and marked as told last: a crash in between tells it again, under the
// same id.

import type { BrokenRecord } from "../../durable-objects/log/broken-record.ts";
import { brokenEvent, type WebhookEvent } from "../../durable-objects/webhooks/index.ts";
import type { Verdict } from "../../client-shim/src/record/index.ts";

export interface ReportDeps {
  readonly log: {
    foundWhole(session: string): Promise<void>;
    foundBroken(broken: Omit<BrokenRecord, "at">): Promise<boolean>;
    toldOfBroken(session: string): Promise<void>;
  };
  /** To the outbox; `target` is null where nobody knows it. False: nobody wants to know. */
  readonly announce: (target: string | null, event: WebhookEvent) => Promise<boolean>;
  readonly now: () => number;
}

export type Reported = Pick<Verdict, "verdict" | "breaks">;

/** Its row is gone from D1, and no deletion explains it. */
export const MISSING: Reported = {
  verdict: "broken",
  breaks: [
    {
      entry: null,
      what: "the log has this session, and its record is gone with no deletion that explains it",
    },
  ],
};

export async function report(
  { log, announce, now }: ReportDeps,
  { id, target }: { readonly id: string; readonly target: string | null },
  { verdict, breaks }: Reported,
): Promise<void> {
  if (verdict === "whole" || verdict === "unsigned") return log.foundWhole(id);
  const [first] = breaks;
  if (verdict !== "broken" || first === undefined) return;
  const broken = { session: id, target, entry: first.entry, what: first.what, breaks: breaks.length };
  if (!(await log.foundBroken(broken))) return;
  if (await announce(target, brokenEvent(broken, now()))) await log.toldOfBroken(id);
}
