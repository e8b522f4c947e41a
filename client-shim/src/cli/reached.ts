// Flags to a client of the gateway's HTTP API: where it is, and with which token.

import type { Given } from "./flags.ts";
import { chooseToken } from "./token-flags.ts";
import { UsageError } from "./usage.ts";

export function reached<Client>(
  given: Given,
  tell: (line: string) => void,
  open: (gateway: string, allowPlaintext: boolean, token: () => Promise<string>) => Client,
): Client {
  const gateway = given.text("gateway");
  if (gateway === null)
    throw new UsageError("Which gateway? Name it with --gateway URL, or set SLUICE_GATEWAY");
  const { token } = chooseToken(given, process.env, tell);
  try {
    return open(gateway, given.on("allow-plaintext"), token);
  } catch (fault) {
    throw new UsageError(fault instanceof Error ? fault.message : "The gateway's address is wrong");
  }
}
