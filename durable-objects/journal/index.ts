export * from "./journal.ts";
export * from "./outbox.ts";
export * from "./recover.ts";
