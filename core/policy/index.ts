export * from "./decision.ts";
export * from "./policy.ts";
export * from "./principal.ts";
