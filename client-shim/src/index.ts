// The package as a library: a bridge in your own process, and connection strings for drivers that need none.

export { startBridge } from "./bridge/bridge.ts";
export type { Bridge, BridgeOptions } from "./bridge/bridge.ts";
export { neonConnectionString } from "./neon.ts";
export type { NeonConnection } from "./neon.ts";
