// A gateway before the shared stack's PostgreSQL whose document allows everything too, but is not open: every statement is
// decided on, its rows are counted, its time is limited, several in one message are sent one at a time.

import { afterAll, beforeAll, inject } from "vitest";
import { startBridge } from "../../client-shim/src/index.ts";
import { mint, startGateway } from "./hostile-gateway.ts";

export const GOVERNED = `extends: owner
rules:
  - { id: nobody, when: { subject: nobody-at-all }, then: deny }
limits: { rows_returned: 100000000, bytes_returned: 100GiB, rows_changed: { statement: 100000000, session: 1000000000 }, statement_time: 10min, idle_time: 1h, session_time: 2h, statements_per_minute: 1000000000 }
`;

/** The same database, as dev.json names the ways to it. */
export interface Way {
  /** Through the shim. */
  readonly postgres: string;
  /** For Neon's driver. */
  readonly connect: string;
}

/** Up while the tests around it run. Asked for when they do. */
export function withGoverned(document: string = GOVERNED): () => Way {
  let way: Way;
  let stop: () => Promise<void>;
  beforeAll(async () => {
    const { target, upstream } = inject("stack");
    const gateway = await startGateway({ targets: { [target]: upstream }, policy: document });
    const token = await mint();
    const bridge = await startBridge({
      gateway: gateway.url,
      target,
      listen: "127.0.0.1:0",
      token: async () => token,
      report: () => undefined,
    });
    way = {
      postgres: `postgres://agent@127.0.0.1:${bridge.port}/${target}?sslmode=disable`,
      connect: `postgres://agent:${token}@${new URL(gateway.url).host}/${target}?sslmode=disable`,
    };
    stop = async () => {
      await bridge.close();
      await gateway.stop();
      gateway.remove();
    };
  });
  afterAll(() => stop());
  return () => way;
}

export function withOpen(): () => Way {
  return () => inject("stack");
}
