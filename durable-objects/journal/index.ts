export { Carriage } from "./carriage.ts";
export * from "./journal.ts";
export * from "./lag.ts";
export * from "./outbox.ts";
export * from "./recover.ts";
export type { HeadSigner } from "./signer.ts";
