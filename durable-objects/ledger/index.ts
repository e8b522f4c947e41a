// The door of the ledger room.
export * from "./error.ts";
export * from "./ledger.ts";
export { relationFacet } from "./facets.ts";
export { ROW_MAX_BYTES, type LedgerStatement } from "./rows.ts";
