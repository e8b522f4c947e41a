export * from "./canonical.ts";
export * from "./entry.ts";
export * from "./export.ts";
export * from "./head.ts";
