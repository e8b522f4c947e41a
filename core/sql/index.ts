export type { Analyse, Analysis } from "./analyse/analyse.ts";
export type { SessionNames, Surroundings } from "./analyse/context.ts";
export type * from "./catalog/catalog.ts";
export type * from "./facts/facts.ts";
export { KIND_CLASSES, type KindClass, type StatementKind } from "./facts/kinds.ts";
export type { Grammar, ParsedStatement, PlpgsqlBody, SyntaxError } from "./grammar/grammar.ts";
