// The part "shim": the bridge of client-shim for any PostgreSQL client on this machine, with tokens of the local issuer.

import { startBridge } from "../../client-shim/src/index.ts";
import type { IssuerKeys } from "../issuer/keys.ts";
import { mintToken } from "../issuer/mint.ts";
import { servePart } from "../part.ts";
import { LOOPBACK } from "../ports.ts";

export interface ShimSettings {
  readonly gateway: string;
  readonly target: string;
  readonly port: number;
  readonly issuer: string;
  readonly keys: IssuerKeys;
}

export interface ShimFacts {
  readonly host: string;
  readonly port: number;
}

/** A session ends when its token does, and whoever works here at noon still works in the evening. */
const TOKEN_LIFETIME_SECONDS = 24 * 3600;

servePart<ShimSettings, ShimFacts>(async ({ gateway, target, port, issuer, keys }, context) => {
  const token = (): Promise<string> =>
    mintToken(
      issuer,
      keys,
      { subject: "local-agent", roles: ["agent"], lifetimeSeconds: TOKEN_LIFETIME_SECONDS },
      Date.now(),
    );
  const listen = `${LOOPBACK}:${port}`;
  const bridge = await startBridge({ gateway, target, listen, token, report: context.note });
  return { facts: { host: bridge.host, port: bridge.port }, stop: () => bridge.close() };
});
