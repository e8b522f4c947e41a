// Approvals of several targets as one list, newest first: each target's object gives a page of its own, and the newest of all
// pages are shown. Targets are the configuration's, and few.

import type { Approval } from "#core/approvals";
import type { ApprovalFilter } from "../../durable-objects/approvals/index.ts";
import { parseTargets } from "../../durable-objects/targets/index.ts";
import type { Env } from "../env.ts";
import type { ApprovalsObject } from "../../durable-objects/approvals-object.ts";

export function approvalsObject(env: Env, target: string): DurableObjectStub<ApprovalsObject> {
  return env.APPROVALS.get(env.APPROVALS.idFromName(target));
}

export async function listApprovals(
  env: Env,
  target: string | null,
  filter: ApprovalFilter,
): Promise<{ readonly approvals: readonly Approval[]; readonly more: boolean }> {
  const targets = parseTargets(env.TARGETS);
  const names = target !== null ? [target] : targets.ok ? [...targets.value.keys()] : [];
  const most = { ...filter, limit: filter.limit + 1 };
  const pages = await Promise.all(names.map((name) => approvalsObject(env, name).list(most)));
  const found = (pages.flat() as Approval[]).toSorted(newestFirst);
  return { approvals: found.slice(0, filter.limit), more: found.length > filter.limit };
}

/** As the objects sort. */
function newestFirst(a: Approval, b: Approval): number {
  return b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
}
