export type { Grammar, ParsedStatement, PlpgsqlBody, SyntaxError } from "./grammar.ts";
export { createGrammar, MAX_TEXT_BYTES, type GrammarOptions } from "./parse.ts";
export type { Instantiate } from "./wasm.ts";
