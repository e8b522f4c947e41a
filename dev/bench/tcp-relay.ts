// The part "tcp-relay": the plainest thing that can stand between a client and the database, a Node process that copies
// bytes both ways. What it adds to "direct" is what a hop costs.

import { connect, createServer } from "node:net";
import { servePart } from "../part.ts";
import { LOOPBACK } from "../ports.ts";

export interface TcpRelaySettings {
  /** Port of the database. */
  readonly database: number;
}

export interface RelayFacts {
  readonly port: number;
}

servePart<TcpRelaySettings, RelayFacts>(async ({ database }) => {
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: LOOPBACK, port: database, noDelay: true });
    client.pipe(upstream).pipe(client);
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, LOOPBACK, listening));
  const address = server.address();
  return {
    facts: { port: address !== null && typeof address === "object" ? address.port : 0 },
    stop: () => new Promise<void>((closed) => void server.close(() => closed())),
  };
});
