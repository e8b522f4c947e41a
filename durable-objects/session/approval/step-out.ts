// Out of a batch of the extended protocol and back into it, for a trial that needs a transaction of its own. As long as nothing was
// executed in the batch, its implicit transaction holds nothing but what was bound: a Sync of ours ends it, and the same Binds make its
// portals again. Prepared statements, the unnamed one too, outlive a Sync; the questions of a trial have names of their own.

import { encodeFrontend, type Portal } from "#core/wire";
import { FLUSH, type OwnMessage, SYNC } from "../gate/own-messages.ts";
import type { Desk, Task } from "../tasks/task.ts";

/** The portals that have to be made again; null where that cannot be done to the byte. */
export function portalsOf({ exchange }: Desk): readonly Portal[] | null {
  const { prepared } = exchange.assembler;
  const portals = prepared.portals();
  // Bind names a statement: one that was closed, or prepared anew, since then is another by now.
  const whole = portals.every(
    ({ statement }) => statement !== null && prepared.statement(statement.name) === statement,
  );
  return whole ? portals : null;
}

/** The agent hears of none of it. The error is PostgreSQL's, to the Sync. */
export function* stepOut({ exchange }: Desk): Task<Uint8Array | null> {
  const own = exchange.own([SYNC], false, true);
  yield;
  return own.error;
}

/**
 * Names are resolved and plans made anew, as with any Bind; what is executed is decided on anew behind it. PostgreSQL's error has failed
 * the agent's batch.
 */
export function* stepIn({ exchange }: Desk, portals: readonly Portal[]): Task<Uint8Array | null> {
  exchange.unsynced = true;
  exchange.bound = portals.length > 0;
  const own = exchange.own(portals.map(bindAgain), false, true);
  exchange.write(FLUSH);
  yield;
  if (own.error === null) for (const portal of portals) exchange.assembler.prepared.bind(portal);
  return own.error;
}

function bindAgain({ name, statement, ...values }: Portal): OwnMessage {
  const { parameterFormats, parameters, resultFormats } = values;
  return {
    kind: "bind",
    bytes: encodeFrontend({
      kind: "bind",
      portal: name,
      statement: statement?.name ?? "",
      // PostgreSQL has taken them already, and there are no others.
      parameterFormats: parameterFormats.map(formatCode),
      parameters,
      resultFormats: resultFormats.map(formatCode),
    }),
  };
}

function formatCode(code: number): 0 | 1 {
  return code === 1 ? 1 : 0;
}
