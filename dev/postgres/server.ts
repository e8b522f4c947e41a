// Runs the server on a cluster: loopback only, no socket file, ended with this process however that ends.

import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { withParent } from "../native.ts";
import type { PartContext } from "../part.ts";
import { LOOPBACK } from "../ports.ts";
import { UserError } from "../user-error.ts";
import type { Account } from "./account.ts";
import { serverEnvironment } from "./cluster.ts";
import { answers } from "./database.ts";
import type { Place } from "./place.ts";
import type { PostgresSettings } from "./settings.ts";

/** Room for load tests: 200 sessions through the gateway and as many beside it. */
const MAX_CONNECTIONS = 450;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** Resolves with how to stop it, once it takes connections in. */
export async function runServer(
  cluster: string,
  place: Place,
  settings: PostgresSettings,
  account: Account | null,
  context: PartContext,
): Promise<() => Promise<void>> {
  const options = {
    port: settings.port,
    listen_addresses: LOOPBACK,
    unix_socket_directories: "",
    max_connections: MAX_CONNECTIONS,
    password_encryption: "scram-sha-256",
    log_min_messages: "fatal",
    logging_collector: "off",
    // A statement that takes more than 32 MB to sort is not what this is measured with.
    shared_buffers: "128MB",
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  // SIGQUIT ends the server's children too; SIGKILL would leave those that are busy.
  const [program, ...before] = withParent("QUIT", join(place.programs, "postgres"));
  const server = spawn(program, [...before, "-D", cluster, ...flags], {
    ...account,
    cwd: "/",
    env: serverEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const log = keepTail(server);
  const exited = new Promise<void>((resolve) => server.once("close", () => resolve()));
  let stopping = false;
  let listening = false;
  if (server.pid !== undefined) context.native(server.pid);
  server.once("error", () => undefined);
  server.once("close", (code, signal) => {
    if (listening && !stopping) context.fail(`the server ended with ${signal ?? `exit code ${code}`}`);
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    server.kill("SIGINT");
    const late = setTimeout(() => server.kill("SIGQUIT"), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(late);
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (server.exitCode !== null || server.signalCode !== null) break;
    if (await answers(settings)) {
      listening = true;
      return stop;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new UserError(`the server does not start: ${log().trim() || "no message"}`);
}

/** The last lines of the server's log: what a failed start is explained with. */
function keepTail(server: ChildProcess): () => string {
  let tail = "";
  server.stderr?.on("data", (chunk: Buffer) => (tail = (tail + chunk.toString("utf8")).slice(-4000)));
  return () => tail;
}
