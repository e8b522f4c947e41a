// The bridge: a TCP server on this machine whose every connection is a session at the gateway. Owns the listening socket and
// the end of all connections.

import { createServer } from "node:net";
import type { Server } from "node:net";
import { VERSION } from "../version.ts";
import { connectUrl, listenAddress } from "./address.ts";
import { serve } from "./connection.ts";

export interface BridgeOptions {
  /** The gateway's address: `https://HOST`, or `http://` on this machine. */
  readonly gateway: string;
  /** The name of a target in the gateway's configuration. */
  readonly target: string;
  /** Asked for every connection: cache and renew inside. What it throws reaches the client only as a general message. */
  readonly token: () => Promise<string>;
  /** `HOST:PORT`; `127.0.0.1:0`, a free port, if left out. */
  readonly listen?: string;
  /** Allows listening beyond this machine. */
  readonly allowRemote?: boolean;
  /** Allows plain HTTP to a gateway beyond this machine. */
  readonly allowPlaintext?: boolean;
  /** Told in one line why a connection was refused; never with a token in it. */
  readonly report?: (line: string) => void;
}

export interface Bridge {
  readonly host: string;
  /** The port that was really taken. */
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Rejects with an Error that says what to do, if the options do not make sense or the port cannot be had. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const address = listenAddress(options.listen ?? "127.0.0.1:0", options.allowRemote ?? false);
  const route = {
    url: connectUrl(options.gateway, options.target, options.allowPlaintext ?? false),
    token: options.token,
    version: VERSION,
    report: options.report ?? ((): void => {}),
  };
  const connections = new Map<AbortController, Promise<void>>();
  // A half-closed client is ended by hand, after the last bytes (farewell.ts).
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true }, (client) => {
    const ending = new AbortController();
    const served = serve(client, route, ending.signal).finally(() => connections.delete(ending));
    connections.set(ending, served);
  });
  const port = await listen(server, address.host, address.port);

  return {
    host: address.host,
    port,
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const ending of connections.keys()) ending.abort();
      await Promise.all([closed, ...connections.values()]);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (fault) => {
      const code = "code" in fault ? String(fault.code) : fault.message;
      const advice =
        code === "EADDRINUSE"
          ? "the port is in use. Take another with --listen, or port 0 for a free one."
          : `${code}. Check --listen.`;
      reject(new Error(`Cannot listen on ${host}:${port}: ${advice}`));
    });
    server.listen(port, host, () => {
      const bound = server.address();
      resolve(bound !== null && typeof bound === "object" ? bound.port : port);
    });
  });
}
