// One session: a client's TCP socket and a gateway's WebSocket tied together until either ends. Owns the end of both.

import type { Socket } from "node:net";
import type { RawData, WebSocket } from "ws";
import { CLOSE_CODES } from "../contract.ts";
import { Refusal, SQLSTATE } from "../refusal.ts";
import { sayFarewell } from "./farewell.ts";
import { keepAlive } from "./keep-alive.ts";
import { ToClient } from "./to-client.ts";
import { ToGateway } from "./to-gateway.ts";
import { readAcknowledgement } from "./window.ts";

/** Close codes after which the PostgreSQL bytes already say how the session ended. */
const SAID_BY_GATEWAY: ReadonlySet<number> = new Set(Object.values(CLOSE_CODES));

/** Resolves when both sides are closed. The gateway is handed over paused. */
export function relay(client: Socket, gateway: WebSocket, first: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const toGateway = new ToGateway(client, gateway);
    const toClient = new ToClient(client, gateway);
    let violation: string | null = null;

    const violated = (what: string): void => {
      violation = what;
      gateway.close(CLOSE_CODES.protocolViolation, what);
    };
    const onMessage = (data: RawData, isBinary: boolean): void => {
      const bytes = asBuffer(data);
      if (isBinary) {
        if (!toClient.send(bytes)) violated("sent more than the window");
        return;
      }
      const total = readAcknowledgement(bytes.toString("latin1"));
      if (total === null || !toGateway.acknowledged(total)) violated("sent a wrong acknowledgement");
    };
    const bothClosed = (): void => {
      if (client.closed && gateway.readyState === gateway.CLOSED) resolve();
    };

    client.on("data", toGateway.send);
    // A WebSocket has no half-close: what the gateway has under way still arrives, then its close ends the client.
    client.once("end", () => gateway.close(CLOSE_CODES.sessionEnded));
    client.once("close", () => {
      gateway.close(CLOSE_CODES.sessionEnded);
      bothClosed();
    });
    gateway.on("message", onMessage);
    gateway.once("close", (code) => {
      sayFarewell(client, toClient.atBoundary ? refusalOfEnd(code, violation) : null);
      bothClosed();
    });
    // `close` follows and decides; without a listener Node would end the process.
    gateway.on("error", () => {});

    if (client.destroyed) gateway.close(CLOSE_CODES.sessionEnded);
    keepAlive(gateway);
    toGateway.send(first);
    gateway.resume();
  });
}

function refusalOfEnd(code: number, violation: string | null): Refusal | null {
  if (violation !== null) {
    return new Refusal(
      SQLSTATE.protocolViolation,
      `the Sluice gateway ${violation}`,
      "The shim and the gateway do not fit together: install the version of `sluice` that belongs to the gateway.",
    );
  }
  if (SAID_BY_GATEWAY.has(code)) return null;
  return new Refusal(
    SQLSTATE.connectionFailure,
    `the connection to the Sluice gateway was lost (WebSocket close code ${code})`,
    "Connect again. Whether the last statement took effect is in the gateway's record of the session.",
  );
}

function asBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
