// `npm test`: all vitest projects, or what the arguments name, with vitest's own output as it comes; then one line that
// people and tools can rely on, always the last: `N passed, N failed` or `N passed, N failed, N skipped`.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");

/** The part of vitest's JSON report (Jest's format) that is counted. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

const directory = mkdtempSync(join(tmpdir(), "sluice-test-"));
try {
  const file = join(directory, "report.json");
  const code = await runVitest(file, process.argv.slice(2));
  const { passed, failed, skipped } = count(readReport(file), code);
  process.stdout.write(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}\n`);
  process.exitCode = failed === 0 && code === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function runVitest(report: string, filters: readonly string[]): Promise<number> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [vitest, "run", ...reporters, ...filters], {
    cwd: ROOT,
    stdio: "inherit",
  });
  // A Ctrl-C reaches vitest by itself; a signal to this process alone is passed on, and vitest takes down its stack.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done, reject) => {
    child.once("error", reject);
    child.once("close", (code) => done(code ?? 1));
  });
}

function readReport(file: string): Report | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch {
    return null;
  }
}

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What went wrong outside of a test counts too: a file that does not load, an error that nobody caught, no report. */
function count(report: Report | null, code: number): Count {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
