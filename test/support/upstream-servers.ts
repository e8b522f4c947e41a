// vitest globalSetup of the workerd project: tests there run in workerd and cannot start a server, so they ask for one here,
// over HTTP on loopback. Nothing is started that nobody asks for.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { isScript, startFakeUpstream, type FakeUpstream } from "./fake-upstream.ts";
import "./provided.ts";
import { startPostgres, type TestPostgres } from "./postgres.ts";

/** One role for each way in. */
const ROLES = [
  "SET password_encryption = 'scram-sha-256'",
  "CREATE ROLE scram_user LOGIN PASSWORD 'scram-s3cret'",
  "CREATE ROLE cleartext_user LOGIN PASSWORD 'clear-s3cret'",
  "CREATE ROLE trust_user LOGIN CREATEROLE",
  // A test changes its password.
  "CREATE ROLE changing_user LOGIN",
  "GRANT changing_user TO trust_user WITH ADMIN OPTION",
  "CREATE ROLE tls_user LOGIN PASSWORD 'tls-s3cret'",
  "CREATE ROLE rejected_user LOGIN PASSWORD 'x'",
  "SET scram_iterations = 100000",
  "CREATE ROLE slow_user LOGIN PASSWORD 'slow-s3cret'",
  "SET password_encryption = 'md5'",
  "CREATE ROLE md5_user LOGIN PASSWORD 'md5-s3cret'",
];
const HBA = [
  "host all md5_user 127.0.0.1/32 md5",
  "host all cleartext_user 127.0.0.1/32 password",
  "host all trust_user 127.0.0.1/32 trust",
  "host all rejected_user 127.0.0.1/32 reject",
  "hostssl all tls_user 127.0.0.1/32 scram-sha-256",
  "host all scram_user,slow_user,changing_user 127.0.0.1/32 scram-sha-256",
];

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let postgres: Promise<TestPostgres> | null = null;
  const fakes: FakeUpstream[] = [];
  const open = async (url: URL): Promise<number> => {
    const script = url.searchParams.get("script") ?? "";
    if (url.pathname === "/fake" && isScript(script)) {
      const fake = await startFakeUpstream(script);
      fakes.push(fake);
      return fake.port;
    }
    if (url.pathname !== "/postgres") throw new Error(`no such server: ${url.pathname} ${script}`);
    postgres ??= startPostgres({
      hba: HBA,
      sql: ROLES,
      tls: { certificate: tlsFile("pem"), key: tlsFile("key") },
    });
    return (await postgres).port;
  };
  const server = createServer((request, response) => {
    open(new URL(request.url ?? "/", "http://localhost")).then(
      (port) => response.end(JSON.stringify({ port })),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  project.provide("upstreamServers", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.closeAllConnections();
    server.close();
    for (const fake of fakes) fake.stop();
    if (postgres !== null) await (await postgres).stop();
  };
}

function tlsFile(kind: "pem" | "key"): string {
  return fileURLToPath(new URL(`tls/localhost.${kind}`, import.meta.url));
}
