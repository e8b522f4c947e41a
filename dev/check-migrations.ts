// Says whether migrations/ holds what migrations/schema.ts asks for: generates into a copy and looks for anything new.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
// Below the project, so that drizzle-kit's relative paths and node_modules resolve.
const copy = mkdtempSync(join(root, ".migrations-check-"));
try {
  cpSync(join(root, "migrations"), copy, { recursive: true });
  const relative = `./${copy.slice(root.length + 1)}`;
  execFileSync(
    "drizzle-kit",
    ["generate", "--dialect", "sqlite", "--schema", `${relative}/schema.ts`, "--out", relative],
    { cwd: root, stdio: "pipe" },
  );
  const before = readdirSync(join(root, "migrations")).filter((name) => name.endsWith(".sql"));
  const after = readdirSync(copy).filter((name) => name.endsWith(".sql"));
  if (after.length !== before.length) {
    console.error("migrations/schema.ts asks for a migration that is not there: run `npm run migrations`");
    process.exitCode = 1;
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
