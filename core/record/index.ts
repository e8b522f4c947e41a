export * from "./entry.ts";
export * from "./response/index.ts";
