// The way from a case to the gateway: a gateway of its own under one of the documents, before the arena's PostgreSQL, and the
// client shim as any PostgreSQL client has it.

import { startBridge } from "../../client-shim/src/index.ts";
import { type Gateway, mint, startGateway } from "../path/hostile-gateway.ts";
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
  const door = await openDoor(gateway, TARGET);
  return {
    url: door.url,
    get alive() {
      return gateway.alive;
    },
    async stop() {
      await door.close();
      await gateway.stop();
      gateway.remove();
    },
  };
}

/** The client shim before one target of a gateway. */
export async function openDoor(
  gateway: Pick<Gateway, "url">,
  target: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const token = await mint();
  const bridge = await startBridge({
    gateway: gateway.url,
    target,
    listen: "127.0.0.1:0",
    token: async () => token,
    report: () => undefined,
  });
  return {
    url: `postgres://agent@127.0.0.1:${bridge.port}/${target}?sslmode=disable`,
    close: () => bridge.close(),
  };
}
