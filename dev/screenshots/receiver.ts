// Receivers of webhooks for the screenshots, as there are in a company: one that takes what it gets, one that is down for a while,
// and one that somebody has put out of service and left in the configuration.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { LOOPBACK } from "../ports.ts";

export interface Receivers {
  /** The var WEBHOOKS. */
  readonly webhooks: string;
  stop(): Promise<void>;
}

/** What each of them answers to every event. */
const STATUS: Readonly<Record<string, number>> = { "/approvals": 204, "/siem": 503, "/old-ticket-desk": 410 };

export async function startReceivers(): Promise<Receivers> {
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.writeHead(STATUS[request.url ?? ""] ?? 404).end());
  });
  await new Promise<void>((listening) => server.listen(0, LOOPBACK, listening));
  const origin = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  return {
    webhooks: JSON.stringify([
      { url: `${origin}/approvals`, statements: true },
      { url: `${origin}/siem`, events: ["statement.denied", "limit.exceeded"] },
      { url: `${origin}/old-ticket-desk`, events: ["approval.requested"] },
    ]),
    stop: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
