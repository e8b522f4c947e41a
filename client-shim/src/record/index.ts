// The verifier of exports: what the command and the gateway's own /verify share (docs/record.md).
export * from "./crypto.ts";
export * from "./verdict.ts";
export * from "./verify.ts";
export * from "./verify-log.ts";
