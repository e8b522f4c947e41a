export * from "./chain/index.ts";
export * from "./entry.ts";
export * from "./response/index.ts";
export * from "./head.ts";
export * from "./json-pieces.ts";
export * from "./kept.ts";
export * from "./log/index.ts";
