// The doors of the room: connect to a database, cancel what a connection of its runs. Bounds both in time, and maps what is
// thrown on the way, so that neither rejects.

import { encodeStartup } from "#core/wire";
import { err, type Result } from "../../core/result.ts";
import type { Upstream } from "../targets/index.ts";
import { dial } from "./dial.ts";
import { protocolBroken, timedOut } from "./errors.ts";
import { Handshake } from "./handshake.ts";
import type { SocketStream } from "./socket-stream.ts";
import {
  UPSTREAM_LIMITS,
  type CancelKey,
  type UpstreamConnection,
  type UpstreamDeps,
  type UpstreamError,
  type UpstreamStartup,
} from "./types.ts";

/** Logs in with the target's own credential. Never rejects; where it fails, no socket stays. */
export async function connectUpstream(
  deps: UpstreamDeps,
  upstream: Upstream,
  startup: UpstreamStartup,
): Promise<Result<UpstreamConnection, UpstreamError>> {
  const ms = deps.limits.UPSTREAM_CONNECT_MS;
  return withinTime<UpstreamConnection>(ms, async (opened) => {
    const stream = await dial(deps.connect, upstream, opened);
    if (!stream.ok) return stream;
    try {
      return await new Handshake(stream.value, upstream, startup, deps.random).run();
    } catch {
      // The stream's own words name the address.
      return err(protocolBroken("the connection was lost"));
    }
  });
}

/**
 * Asks the server, on a connection of its own, to cancel what the connection with this key runs. Resolves when the server has
 * closed, which is after it sent the signal, or after CANCEL_MS. Never rejects: the server gives no answer either.
 */
export async function cancelUpstream(
  deps: Pick<UpstreamDeps, "connect">,
  upstream: Upstream,
  cancelKey: CancelKey,
): Promise<void> {
  await withinTime<never>(UPSTREAM_LIMITS.CANCEL_MS, async (opened) => {
    const stream = await dial(deps.connect, upstream, opened);
    if (!stream.ok) return stream;
    try {
      await stream.value.write(encodeStartup({ kind: "cancel_request", ...cancelKey }));
      while ((await stream.value.read()) !== null);
    } catch {
      // A reset is a close too.
    }
    // Like every failure it closes the socket.
    return err(protocolBroken("cancelled"));
  });
}

type Opened = (stream: SocketStream) => void;

async function withinTime<T>(
  ms: number,
  work: (opened: Opened) => Promise<Result<T, UpstreamError>>,
): Promise<Result<T, UpstreamError>> {
  const streams: SocketStream[] = [];
  let late = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<Result<T, UpstreamError>>((resolve) => {
    timer = setTimeout(() => {
      late = true;
      resolve(err(timedOut(ms)));
    }, ms);
  });
  const opened: Opened = (stream) => {
    streams.push(stream);
    if (late) void stream.close();
  };
  const result = await Promise.race([work(opened), timeout]);
  if (timer !== undefined) clearTimeout(timer);
  // Not awaited: whoever waited for the time-out has waited long enough, and close() is bounded and never rejects.
  if (!result.ok) for (const stream of streams) void stream.close();
  return result;
}
