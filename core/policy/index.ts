export * from "./decision.ts";
export * from "./principal.ts";
