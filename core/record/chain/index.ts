export * from "./canonical.ts";
export * from "./entry.ts";
export * from "./head.ts";
