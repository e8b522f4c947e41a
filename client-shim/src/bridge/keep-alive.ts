// Keeps an idle WebSocket open through proxies, and notices a gateway that is gone without a word. Pings are answered by the
// gateway's platform without waking the session.

import type { WebSocket } from "ws";

/** Below the idle limits of common proxies (60 s and more). */
const PING_EVERY_MS = 30_000;

/** Ends the WebSocket when a ping stays unanswered until the next is due. */
export function keepAlive(gateway: WebSocket): void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) return gateway.terminate();
    answered = false;
    gateway.ping();
  }, PING_EVERY_MS).unref();
  // Any message is a sign of life: a pong may stand behind a window of data on a slow line.
  const onSign = (): void => {
    answered = true;
  };
  gateway.on("pong", onSign);
  gateway.on("message", onSign);
  gateway.once("close", () => clearInterval(timer));
}
