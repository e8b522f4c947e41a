export * from "./conversation.ts";
export * from "./may-copy-in.ts";
export * from "./prepared-state.ts";
