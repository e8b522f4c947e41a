// The door of the ledger room.
export * from "./error.ts";
export * from "./ledger.ts";
export { ROW_MAX_BYTES, SEARCH_TEXT_CHARACTERS, type LedgerStatement } from "./rows.ts";
