// The grammar in workerd: one instance and one cache of trees for each isolate, shared by the sessions in it. Trees hold
// nothing of a session; who asked for a text cannot be told from them.
// Parts that import this file have the declaration by it, whatever their own tsconfig includes.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./wasm.d.ts" />

import { createGrammar, type Grammar, type GrammarOptions } from "#core/sql";
import module from "libpg-query/wasm/libpg-query.wasm";

let shared: Grammar | null = null;

/** Made when first asked for: an isolate that serves no statement does not pay for the parser's memory. */
export function sharedGrammar(): Grammar {
  shared ??= newGrammar();
  return shared;
}

export function newGrammar(options?: GrammarOptions): Grammar {
  return createGrammar(
    (imports) => new WebAssembly.Instance(module, imports as WebAssembly.Imports).exports,
    options,
  );
}
