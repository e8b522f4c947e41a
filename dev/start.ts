// `npm start`: reads the flags, brings the stack up, says how to connect, and takes it down on SIGINT or SIGTERM.
// Not the work itself: stack.ts knows the parts, supervisor.ts keeps them alive.

import { parseFlags } from "./flags.ts";
import { createReporter } from "./report.ts";
import { startStack } from "./stack.ts";
import { UserError } from "./user-error.ts";

/** How often to look whether npm is still there: it cannot pass on a SIGKILL. */
const PARENT_POLL_MS = 250;

async function main(): Promise<void> {
  const parsed = parseFlags(process.argv.slice(2));
  if (parsed.kind === "help") {
    process.stdout.write(parsed.text);
    return;
  }
  const reporter = createReporter(parsed.flags.quiet ? "quiet" : "full");
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
  const parent = process.ppid;
  if (process.env["npm_lifecycle_event"] === "start") {
    setInterval(() => process.ppid === parent || stop(), PARENT_POLL_MS).unref();
  }
  const stack = await startStack(parsed.flags, reporter, abort.signal);
  if (stack !== null) await stack.stopped;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`sluice: ${error.message}\n`);
  process.exit(error.exitCode);
}
