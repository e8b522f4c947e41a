// Verifying records as the Worker does it: by cron, and what becomes of a verdict that somebody asked for.

import { LOG_NAME } from "../../durable-objects/log-object.ts";
import { parseTargets } from "../../durable-objects/targets/index.ts";
import { parseEndpoints, type WebhookEvent } from "../../durable-objects/webhooks/index.ts";
import { approvalsObject } from "../approvals/listing.ts";
import type { Env } from "../env.ts";
import { withCopies } from "../records/export/copies.ts";
import { heldByLog } from "../records/export/held.ts";
import { ExportSource } from "../records/export/source.ts";
import { verifySession } from "../records/export/verify.ts";
import { shardOf } from "../records/locate.ts";
import { recordKeys } from "../records/keys.ts";
import { type Reported, type ReportDeps, report } from "./report.ts";
import { type RoundDeps, verificationRound } from "./round.ts";

/** A cron's. Never rejects for a key that is wrong: the admin is told. */
export async function verifyRecords(env: Env): Promise<void> {
  const keys = await recordKeys(env);
  if (!keys.ok) return tell(keys.error);
  const byId = new Map(keys.value.map(({ kid, x }) => [kid, x]));
  const log = logOf(env);
  const findInclusion = (session: string): ReturnType<typeof log.inclusion> => log.inclusion(session);
  await verificationRound({
    ...reportDeps(env),
    log,
    find: async (id) => {
      const shard = await shardOf(env, id);
      const source = shard === null ? null : new ExportSource(shard.db, id, env.RECORDS ?? null);
      const session = (await source?.session()) ?? null;
      if (source === null || session === null) return null;
      const verify = async (): Promise<Reported> => {
        const isHeld = heldByLog(log, source, env.SESSION_KEY);
        return withCopies(env, id, await verifySession(source, session, byId, findInclusion, isHeld));
      };
      return { target: session.target, verify };
    },
    tell,
  });
}

/** A verdict that somebody asked for. Never rejects: who asked has it, and a round comes to the same. */
export async function reportVerdict(
  env: Env,
  session: { readonly id: string; readonly target: string },
  verdict: Reported,
): Promise<void> {
  await report(reportDeps(env), session, verdict).catch(() => undefined);
}

function logOf(env: Env): RoundDeps["log"] & ReturnType<typeof env.LOG.get> {
  return env.LOG.get(env.LOG.idFromName(LOG_NAME));
}

function reportDeps(env: Env): ReportDeps {
  return {
    log: logOf(env),
    announce: (target, event) => announce(env, target, event),
    now: () => Date.now(),
  };
}

/** What a record says of its target may be what was changed: then all are told, since nobody knows whose it is. */
async function announce(env: Env, target: string | null, event: WebhookEvent): Promise<boolean> {
  const endpoints = parseEndpoints(env.WEBHOOKS, env.WEBHOOKS_LOCAL === "true");
  if (!endpoints.ok || !endpoints.value.some(({ events }) => events.includes(event.type))) return false;
  const targets = parseTargets(env.TARGETS);
  const names = targets.ok ? [...targets.value.keys()] : [];
  const whose = names.filter((name) => name === target);
  for (const name of whose.length === 0 ? names : whose)
    await approvalsObject(env, name).announce(name, [event]);
  return true;
}

function tell(what: string): void {
  // oxlint-disable-next-line no-console -- for the admin; ids only
  console.error(`sluice: verification: ${what}`);
}
