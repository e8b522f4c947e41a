// The grammar for tests in Node: libpg-query's module from node_modules.

import { createGrammar, type Grammar, type GrammarOptions } from "#core/sql";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const module = new WebAssembly.Module(readFileSync(require.resolve("libpg-query/wasm/libpg-query.wasm")));

export function testGrammar(options?: GrammarOptions): Grammar {
  return createGrammar(
    (imports) => new WebAssembly.Instance(module, { ...imports } as WebAssembly.Imports).exports,
    options,
  );
}
