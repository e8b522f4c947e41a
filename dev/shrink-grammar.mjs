// Lets libpg-query's WebAssembly module start with 36 MiB in place of 128: an isolate has 128 MB for everything, and memory
// that is only reserved counts. Changes the module in node_modules, in place and once; plain JavaScript, since whatever Node
// wrangler runs on runs it (wrangler.toml, [build]). The module grows as before; 33 MiB are its own stack and data.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const PAGES = 576;
/** Section 5 (memory), one memory with a maximum (1), 2048 pages at least and 16384 at most, in LEB128. */
const BEFORE = [5, 7, 1, 1, 0x80, 0x10, 0x80, 0x80, 1];
const AFTER = BEFORE.with(4, (PAGES & 127) | 128).with(5, PAGES >> 7);
/** The section comes behind types, imports, functions and the table: early, and long before any data. */
const SEARCHED_BYTES = 65_536;

const file = createRequire(import.meta.url).resolve("libpg-query/wasm/libpg-query.wasm");
const module = readFileSync(file);
const head = module.subarray(0, SEARCHED_BYTES);
const at = head.indexOf(Buffer.from(BEFORE));
if (at >= 0) {
  module.set(AFTER, at);
  if (!WebAssembly.validate(module)) throw new Error("the grammar's module would not be valid");
  writeFileSync(file, module);
} else if (!head.includes(Buffer.from(AFTER))) {
  process.stderr.write("libpg-query's memory is not laid out as expected: it is left as it is\n");
}
