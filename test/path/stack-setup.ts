// One local stack for all path tests, on free ports and in a state directory of its own, brought up by the same code as
// `npm start`. A test gets its addresses and tokens with `inject("stack")`.

import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { seed } from "../../dev/demo/seed.ts";
import { createReporter } from "../../dev/report.ts";
import { startStack } from "../../dev/stack.ts";
import type { DevFile } from "../../dev/state.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** dev.json of the stack that runs for the path tests, which has the demonstration's tables. */
    readonly stack: DevFile;
    /** Its state directory. */
    readonly stateDirectory: string;
  }
}

/** Resolves with the teardown. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), "sluice-path-"));
  // PostgreSQL may have to run under another account, which has to get through.
  chmodSync(directory, 0o711);
  const state = join(directory, "state");
  const abort = new AbortController();
  const flags = {
    upstream: null,
    policy: null,
    target: "demo",
    port: 0,
    pgPort: 0,
    state,
    demo: false,
    quiet: true,
  };
  const stack = await startStack(flags, createReporter("silent"), abort.signal);
  if (stack === null) throw new Error("the stack did not come up");
  await seed(stack.dev.upstream);
  project.provide("stack", stack.dev);
  project.provide("stateDirectory", state);
  return async () => {
    abort.abort();
    await stack.stopped;
    rmSync(directory, { recursive: true, force: true });
  };
}
