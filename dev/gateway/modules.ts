// The modules of a bundle as miniflare takes them.

import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/** Wrangler's module types by file name; everything else in the bundle (map, README) is for people. */
const MODULE_TYPES: Readonly<Record<string, "ESModule" | "CompiledWasm" | "Data" | "Text">> = {
  ".js": "ESModule",
  ".mjs": "ESModule",
  ".wasm": "CompiledWasm",
  ".bin": "Data",
  ".txt": "Text",
  ".html": "Text",
  ".sql": "Text",
};

/** The main module has to come first: workerd takes the first for the entry point. */
export function readModules(
  directory: string,
  main: string,
): {
  type: "ESModule" | "CompiledWasm" | "Data" | "Text";
  path: string;
  contents: Uint8Array<ArrayBuffer>;
}[] {
  const names = readdirSync(directory).toSorted((a, b) => Number(b === main) - Number(a === main));
  return names.flatMap((name) => {
    const type = MODULE_TYPES[extname(name)];
    if (type === undefined) return [];
    const path = join(directory, name);
    return [{ type, path, contents: new Uint8Array(readFileSync(path)) }];
  });
}
