// The door of the ledger room.
export * from "./answer-within.ts";
export * from "./error.ts";
export * from "./ledger.ts";
export { type FacetRow, facetRows, relationFacet } from "./facets.ts";
export {
  type LedgerChunk,
  type LedgerEvent,
  type LedgerStatement,
  ROW_MAX_BYTES,
  statementRow,
} from "./rows.ts";
export * from "./pack.ts";
