// Opens the WebSocket to the gateway, and words a gateway's refusal for a PostgreSQL client. Owns the HTTP half.

import type { ClientRequest, IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import { SUBPROTOCOL_FLOW, WINDOW_BYTES } from "../contract.ts";
import { Refusal, SQLSTATE } from "../refusal.ts";
import { readProblem } from "./problem.ts";

/** TCP, TLS and the upgrade, with room for a cold start and a distant gateway. */
const HANDSHAKE_MS = 30_000;

/** Resolves to an open, paused WebSocket; rejects with a Refusal. Aborting the signal ends the attempt. */
export function dial(url: URL, token: string, version: string, signal: AbortSignal): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const gateway = new WebSocket(url, SUBPROTOCOL_FLOW, {
      headers: { authorization: `Bearer ${token}`, "user-agent": `sluice/${version}` },
      handshakeTimeout: HANDSHAKE_MS,
      perMessageDeflate: false,
      maxPayload: WINDOW_BYTES,
    });
    const onAbort = (): void => gateway.terminate();
    signal.addEventListener("abort", onAbort, { once: true });

    gateway.once("open", () => {
      signal.removeEventListener("abort", onAbort);
      // Nothing is read before somebody listens: "open" and the first message may come in the same turn.
      gateway.pause();
      gateway.removeAllListeners("error");
      resolve(gateway);
    });
    gateway.once("unexpected-response", (request: ClientRequest, response: IncomingMessage) => {
      signal.removeEventListener("abort", onAbort);
      void readProblem(response).then((detail) => {
        request.destroy();
        reject(refusedByGateway(response.statusCode ?? 0, detail?.replaceAll(token, "(token)") ?? null));
      });
    });
    gateway.on("error", (fault) => {
      signal.removeEventListener("abort", onAbort);
      reject(unreachable(url, fault));
    });
  });
}

interface Wording {
  readonly sqlstate: Refusal["sqlstate"];
  readonly message: string;
  readonly hint: string;
}

/** What the gateway's HTTP status means to somebody who only wanted a database. */
const BY_STATUS: Readonly<Record<number, Wording>> = {
  401: {
    sqlstate: SQLSTATE.invalidAuthorization,
    message: "the token was not accepted",
    hint: "Get a new token for this gateway: check its issuer, audience and expiry.",
  },
  403: {
    sqlstate: SQLSTATE.invalidAuthorization,
    message: "this identity may not use the target",
    hint: "Ask the gateway's admin for access to this target.",
  },
  404: {
    sqlstate: SQLSTATE.unknownTarget,
    message: "there is no such target",
    hint: "Check --target and --gateway: the gateway knows its targets by name.",
  },
  429: {
    sqlstate: SQLSTATE.tooManyConnections,
    message: "too many connections",
    hint: "Close sessions that are not needed, or try again later.",
  },
};

const BY_STATUS_OTHERWISE: Wording = {
  sqlstate: SQLSTATE.rejected,
  message: "the connection was refused",
  hint: "Check that --gateway is the address of a Sluice gateway, without a path.",
};

const BY_STATUS_5XX: Wording = {
  sqlstate: SQLSTATE.unableToConnect,
  message: "the gateway is not able to serve",
  hint: "Try again; if it stays, the gateway's admin finds the cause at /v1/healthz and in its logs.",
};

function refusedByGateway(status: number, detail: string | null): Refusal {
  const { sqlstate, message, hint } =
    BY_STATUS[status] ?? (status >= 500 ? BY_STATUS_5XX : BY_STATUS_OTHERWISE);
  return new Refusal(sqlstate, `Sluice gateway: ${detail ?? message} (HTTP ${status})`, hint);
}

function unreachable(url: URL, fault: Error): Refusal {
  const code = "code" in fault && typeof fault.code === "string" ? fault.code : null;
  // The one fault with a name of its own: the other side answered, but is not a gateway of this version.
  if (/subprotocol/i.test(fault.message)) {
    return new Refusal(
      SQLSTATE.rejected,
      `${url.host} does not speak ${SUBPROTOCOL_FLOW}`,
      "Check --gateway, and install the version of `sluice` that belongs to the gateway.",
    );
  }
  return new Refusal(
    SQLSTATE.unableToConnect,
    `the Sluice gateway at ${url.host} cannot be reached${code === null ? "" : ` (${code})`}`,
    "Check --gateway and the network: is the gateway running, and is its address right?",
  );
}
