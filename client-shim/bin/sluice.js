#!/usr/bin/env node
// The `sluice` command. In the repository the sources run as they are, so that nothing has to be built first and nothing
// can be stale (Node >= 22.18 strips types; `npx` there finds Node 24). The published package holds only `dist`.
import { existsSync } from "node:fs";

const source = new URL("../src/main.ts", import.meta.url);
const built = new URL("../dist/main.js", import.meta.url);
const entry = process.features.typescript && existsSync(source) ? source : built;

if (existsSync(entry)) {
  await import(entry.href);
} else {
  process.stderr.write(
    "sluice: not built. Run `npm run build -w client-shim`, or use Node 22.18 or newer.\n",
  );
  process.exitCode = 1;
}
