export * from "./conversation.ts";
export * from "./prepared-state.ts";
