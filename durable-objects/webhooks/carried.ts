// Tells of a session what its record says, once D1 has it: the events of a batch go to the outbox of the session's target before
// the batch counts as carried over, so that a crash in between tells them again, and their ids keep that from being seen.

import type { SessionEnv } from "../env.ts";
import type { Ledger } from "../ledger/index.ts";
import { parseEndpoints } from "./config.ts";
import { sessionEvents } from "./events.ts";

type Writer = Pick<Ledger, "write">;

/** `target`: of the session that is open in the journal. */
export function telling(env: SessionEnv, ledger: Writer, target: () => string | null): Writer {
  const endpoints = parseEndpoints(env.WEBHOOKS, env.WEBHOOKS_LOCAL === "true");
  const wanted = new Set(endpoints.ok ? endpoints.value.flatMap(({ events }) => events) : []);
  if (wanted.size === 0) return ledger;
  return {
    write: async (batch) => {
      const written = await ledger.write(batch);
      const name = target();
      const events = sessionEvents(batch).filter(({ type }) => wanted.has(type));
      if (name !== null && events.length > 0)
        await env.APPROVALS.get(env.APPROVALS.idFromName(name)).announce(name, events);
      return written;
    },
  };
}
