// Somebody who approves whatever is asked for, for as long as the campaign runs. Keeps what was approved, by the ids in the
// statements, before the gateway is told: an answer that was lost may have counted.

import type { DevFile } from "../state.ts";
import { pause } from "./stack-process.ts";

const LOOK_EVERY_MS = 100;
const ID = /\bcrash-[a-z0-9-]+\b/;

export interface Approver {
  readonly approved: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** `dev` says where the gateway is now. */
export function startApprover(dev: () => DevFile): Approver {
  const approved = new Set<string>();
  let stopped = false;
  const look = async (): Promise<void> => {
    const { gateway, tokens } = dev();
    const headers = { authorization: `Bearer ${tokens.approver}`, "content-type": "application/json" };
    const pending = await fetch(`${gateway}/v1/approvals?state=pending`, { headers });
    if (!pending.ok) return;
    const { data } = (await pending.json()) as {
      data: { readonly id: string; readonly statement: string }[];
    };
    for (const { id, statement } of data) {
      approved.add(ID.exec(statement)?.[0] ?? "");
      const body = JSON.stringify({ verdict: "approve", reason: "" });
      const answer = await fetch(`${gateway}/v1/approvals/${id}/decision`, { method: "POST", headers, body });
      await answer.body?.cancel();
    }
  };
  const over = (async (): Promise<void> => {
    while (!stopped) {
      // The gateway is being killed all the time; what was not decided is asked for again.
      await look().catch(() => undefined);
      await pause(LOOK_EVERY_MS);
    }
  })();
  return {
    approved,
    stop: async () => {
      stopped = true;
      await over;
    },
  };
}
