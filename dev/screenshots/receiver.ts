// Receivers of webhooks for the screenshots, as there are in a company: one that takes what it gets, one that does so until it
// goes down, and one that somebody has put out of service and left in the configuration.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { LOOPBACK } from "../ports.ts";

export interface Receivers {
  /** The var WEBHOOKS. */
  readonly webhooks: string;
  /** From now on the second is down. */
  takeDown(): void;
  stop(): Promise<void>;
}

export async function startReceivers(): Promise<Receivers> {
  /** What each of them answers to every event. */
  const status = new Map([
    ["/approvals", 204],
    ["/siem", 204],
    ["/old-ticket-desk", 410],
  ]);
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.writeHead(status.get(request.url ?? "") ?? 404).end());
  });
  await new Promise<void>((listening) => server.listen(0, LOOPBACK, listening));
  const origin = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  return {
    webhooks: JSON.stringify([
      { url: `${origin}/approvals`, statements: true },
      { url: `${origin}/siem`, events: ["statement.denied", "limit.exceeded"] },
      { url: `${origin}/old-ticket-desk`, events: ["approval.requested"] },
    ]),
    takeDown: () => void status.set("/siem", 503),
    stop: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
