export { analyse, type Analyse, type Analysis } from "./analyse/analyse.ts";
export { statementKind } from "./analyse/utility/index.ts";
export { PLAIN_EXTENSIONS } from "./analyse/plain-extensions.ts";
export type { SessionNames, Surroundings } from "./analyse/context.ts";
export {
  type Answer,
  answers,
  CatalogCache,
  type Inquiry,
  inquiry,
  MAX_CATALOG_BYTES,
} from "./catalog/index.ts";
export type * from "./catalog/catalog.ts";
export type * from "./facts/facts.ts";
export { KIND_CLASSES, type KindClass, type StatementKind } from "./facts/kinds.ts";
export {
  createGrammar,
  MAX_TEXT_BYTES,
  type Grammar,
  type GrammarOptions,
  type Instantiate,
  type ParsedStatement,
  type PlpgsqlBody,
  type SyntaxError,
} from "./grammar/index.ts";
