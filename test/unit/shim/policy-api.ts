// The policy API as a script: an HTTP server that notes what it is asked and answers what a test says.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  /** "PUT /v1/targets/shop/policy?comment=x" */
  readonly what: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly etag?: string;
  readonly body: unknown;
}

export interface PolicyApi {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

export async function startPolicyApi(answer: (asked: Asked) => Reply): Promise<PolicyApi> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const one = {
        what: `${request.method} ${request.url}`,
        headers: request.headers,
        body: Buffer.concat(parts).toString("utf8"),
      };
      asked.push(one);
      const { status = 200, etag, body } = answer(one);
      response.writeHead(status, {
        "content-type": status < 400 ? "application/json" : "application/problem+json",
        ...(etag === undefined ? {} : { etag }),
      });
      response.end(JSON.stringify(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
