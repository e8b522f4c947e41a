// The pipeline in Node, against an issuer on a real socket.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach } from "vitest";
import type { TestIssuer } from "./issuer.ts";
import { describePipeline } from "./pipeline.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(make: (url: string) => TestIssuer): Promise<TestIssuer> {
  const server = createServer((request, response) => {
    const answer = issuer.answer(request.url ?? "");
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body === null) response.end();
    // The gateway hangs up on a body that is too large: that is what the test is about.
    else pipeline(Readable.fromWeb(answer.body as never), response).catch(() => undefined);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = make(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return issuer;
}

describePipeline(async (make) => ({ issuer: await listen(make), fetch: (url, init) => fetch(url, init) }));
