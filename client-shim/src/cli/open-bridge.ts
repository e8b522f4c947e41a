// Flags to a bridge that listens: what `connect` and `run` have in common.

import { connectUrl, listenAddress } from "../bridge/address.ts";
import { startBridge } from "../bridge/bridge.ts";
import type { Bridge } from "../bridge/bridge.ts";
import type { Given } from "./flags.ts";
import { chooseToken } from "./token-flags.ts";
import { UsageError } from "./usage.ts";

export interface OpenBridge {
  readonly bridge: Bridge;
  readonly gateway: string;
  readonly target: string;
  readonly secretVariables: readonly string[];
}

export async function openBridge(
  given: Given,
  listen: string,
  environment: Readonly<NodeJS.ProcessEnv>,
  tell: (line: string) => void,
): Promise<OpenBridge> {
  const gateway = given.text("gateway");
  const target = given.text("target");
  if (gateway === null)
    throw new UsageError("Which gateway? Name it with --gateway URL, or set SLUICE_GATEWAY");
  if (target === null)
    throw new UsageError("Which database? Name it with --target NAME, or set SLUICE_TARGET");
  const allowRemote = given.on("allow-remote");
  const allowPlaintext = given.on("allow-plaintext");
  try {
    connectUrl(gateway, target, allowPlaintext);
    listenAddress(listen, allowRemote);
  } catch (fault) {
    throw new UsageError(fault instanceof Error ? fault.message : "The addresses are wrong");
  }
  const { token, secretVariables } = chooseToken(given, environment, tell);
  const bridge = await startBridge({
    gateway,
    target,
    token,
    listen,
    allowRemote,
    allowPlaintext,
    report: tell,
  });
  return { bridge, gateway, target, secretVariables };
}
