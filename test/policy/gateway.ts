// The way from a case to the gateway: a gateway of its own under one of the documents, before the arena's PostgreSQL, and the
// client shim as any PostgreSQL client has it.

import { startBridge } from "../../client-shim/src/index.ts";
import { mint, startGateway } from "../path/hostile-gateway.ts";
import type { Arena } from "./arena.ts";

const TARGET = "world";

export interface PolicyGateway {
  /** For a PostgreSQL client. */
  readonly url: string;
  readonly alive: boolean;
  stop(): Promise<void>;
}

export async function startPolicyGateway(
  upstream: Pick<Arena, "url">,
  policy: string,
): Promise<PolicyGateway> {
  const gateway = await startGateway({ targets: { [TARGET]: upstream.url }, policy });
  const token = await mint();
  const bridge = await startBridge({
    gateway: gateway.url,
    target: TARGET,
    listen: "127.0.0.1:0",
    token: async () => token,
    report: () => undefined,
  });
  return {
    url: `postgres://agent@127.0.0.1:${bridge.port}/${TARGET}?sslmode=disable`,
    get alive() {
      return gateway.alive;
    },
    async stop() {
      await bridge.close();
      await gateway.stop();
      gateway.remove();
    },
  };
}
