// `npm run check`: one word for every rule that a machine can hold: format, lint with types, the types of every part,
// unused code, generated files, and the shim as a package. Runs what is slow side by side; prints only what failed.

import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "..");
const run = promisify(execFile);

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings", "."] },
  ...[
    "core",
    "worker",
    "worker/console/client",
    "dev",
    "dev/bench/workers",
    "dev/crash/workers",
    "test/workerd",
    "client-shim",
  ].map((part): Check => ({
    name: `types of ${part}`,
    command: ["tsc", "-p", part],
  })),
  { name: "unused code", command: ["knip"] },
  { name: "lock complete", command: ["node", "dev/complete-lock.ts", "--check"] },
  { name: "migrations current", command: ["node", "dev/check-migrations.ts"] },
  { name: "shim as a package", command: ["npm", "run", "-s", "check", "-w", "client-shim"] },
];

async function passes({ name, command: [program, ...args] }: Check): Promise<boolean> {
  const started = performance.now();
  try {
    await run(program, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
    console.log(`  ✓ ${name} ${((performance.now() - started) / 1000).toFixed(1)} s`);
    return true;
  } catch (failure) {
    const { stdout, stderr } = failure as { readonly stdout?: string; readonly stderr?: string };
    console.log(`  ✗ ${name}: ${[program, ...args].join(" ")}`);
    console.log(`${stdout ?? ""}${stderr ?? ""}`.trim() || String(failure));
    return false;
  }
}

const queue = [...CHECKS];
let failed = 0;
// Two at a time: the type checkers use more than one core each.
await Promise.all(
  [0, 1].map(async () => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      if (!(await passes(check))) failed++;
    }
  }),
);
console.log(failed === 0 ? "check: all good" : `check: ${failed} of ${CHECKS.length} failed`);
process.exitCode = failed === 0 ? 0 : 1;
