export * from "./leaf.ts";
export * from "./tree.ts";
