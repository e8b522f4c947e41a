// `sluice connect`: a bridge that stays until it is told to stop.

import type { Given } from "./flags.ts";
import { openBridge } from "./open-bridge.ts";
import { EXIT } from "./usage.ts";

const DEFAULT_LISTEN = "127.0.0.1:6432";

/** Resolves with the exit code. */
export async function connect(given: Given, tell: (line: string) => void): Promise<number> {
  const listen = given.text("listen") ?? DEFAULT_LISTEN;
  const { bridge, gateway, target } = await openBridge(given, listen, process.env, tell);
  const host = bridge.host.includes(":") ? `[${bridge.host}]` : bridge.host;
  process.stdout.write(`sluice: listening on ${host}:${bridge.port} for target ${target} at ${gateway}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  await bridge.close();
  return EXIT.done;
}
