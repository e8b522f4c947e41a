export * from "./base64.ts";
export * from "./chunk-queue.ts";
export * from "./concat.ts";
export * from "./hex.ts";
export * from "./reader.ts";
export * from "./text.ts";
export * from "./utf8.ts";
export * from "./writer.ts";
