// Whether the log has a legal hold that D1 has to have as well: who can write D1 can take one away there, and put in a row that looks like
// word of its end; what is not sealed is none.

import type { RecordLog } from "../log.ts";
import type { ExportSource } from "./source.ts";
import type { IsHeld } from "./verify.ts";

export function heldByLog(log: Pick<RecordLog, "isHeld">, source: ExportSource, sessionKey: string): IsHeld {
  return async (session) => {
    // First: what is carried in between is then in the log.
    const onTheWay = await source.changesOnTheWay(sessionKey);
    const lifted = onTheWay.some(
      (leaf) => leaf.type === "sluice.hold/1" && leaf.session === session && leaf.state === "lifted",
    );
    return !lifted && (await log.isHeld(session).catch(() => false));
  };
}
