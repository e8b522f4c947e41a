// The part "receiver": three receivers of webhooks, each at a path of its own: one that answers at once, one that takes its time,
// one that never answers. None of them looks at what it gets: that is what test/path/webhooks.test.ts does.

import { createServer } from "node:http";
import { servePart } from "../part.ts";
import { LOOPBACK } from "../ports.ts";
import type { RelayFacts } from "./tcp-relay.ts";

export interface ReceiverSettings {
  /** Of `/slow`. */
  readonly slowMs: number;
}

servePart<ReceiverSettings, RelayFacts>(async ({ slowMs }) => {
  const server = createServer((request, response) => {
    const answer = (): void => void response.writeHead(204).end();
    request.resume().once("end", () => {
      if (request.url === "/quick") answer();
      if (request.url === "/slow") setTimeout(answer, slowMs).unref();
    });
  });
  await new Promise<void>((listening) => server.listen(0, LOOPBACK, listening));
  const address = server.address();
  return {
    facts: { port: address !== null && typeof address === "object" ? address.port : 0 },
    stop: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
});
