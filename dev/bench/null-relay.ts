// The part "null-relay": workers/null-relay.ts in workerd, with the shim before it, as the stack has the gateway.

import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { startBridge } from "../../client-shim/src/index.ts";
import { servePart } from "../part.ts";
import { LOOPBACK, probePort } from "../ports.ts";
import type { RelayFacts } from "./tcp-relay.ts";

export interface NullRelaySettings {
  /** Port of the database. */
  readonly database: number;
  readonly compatibilityDate: string;
}

servePart<NullRelaySettings, RelayFacts>(async ({ database, compatibilityDate }) => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "workers", "null-relay.ts")],
    bundle: true,
    write: false,
    format: "esm",
    external: ["cloudflare:*"],
  });
  const port = (await probePort(0)) ?? 0;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "null-relay",
      host: LOOPBACK,
      port,
      cf: false,
      telemetry: { enabled: false },
      log: new Log(LogLevel.ERROR),
      modules: [{ type: "ESModule", path: "index.js", contents: outputFiles[0]?.text ?? "" }],
      compatibilityDate,
      bindings: { DATABASE: `${LOOPBACK}:${database}` },
      durableObjects: { RELAYS: { className: "NullRelay", useSQLite: true } },
    }),
  );
  await miniflare.ready;
  const gateway = `http://${LOOPBACK}:${port}`;
  const bridge = await startBridge({ gateway, target: "null", token: async () => "none" });
  return {
    facts: { port: bridge.port },
    stop: async () => {
      await bridge.close();
      await miniflare.dispose();
    },
  };
});
