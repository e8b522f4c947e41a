// Which TCP ports of 127.0.0.1 are free. A port that is free now may be taken a moment later: whoever listens still has
// to handle that.

import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { UserError } from "./user-error.ts";

export const LOOPBACK = "127.0.0.1";

/**
 * Ports that nobody chose come from below Linux's ephemeral range (32768): from within it, any outgoing connection of the
 * machine could sit on a port while its part restarts.
 */
const ANY_FROM = 20_000;
const ANY_TO = 32_000;
const ANY_TRIES = 100;

/** The port itself when it is free, for 0 any free one, and null when there is none. */
export async function probePort(port: number): Promise<number | null> {
  if (port !== 0) return (await isFree(port)) ? port : null;
  for (let tried = 0; tried < ANY_TRIES; tried++) {
    const any = randomInt(ANY_FROM, ANY_TO);
    if (await isFree(any)) return any;
  }
  return null;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** A port that the user chose: taken means stop, and name the flag. */
export async function claimPort(port: number, flag: string, what: string): Promise<number> {
  const found = await probePort(port);
  if (found !== null) return found;
  throw new UserError(
    `port ${port} (${what}) is in use or not allowed. Stop what listens there, or choose another with ${flag} N.`,
  );
}

/** A port that nobody chose: the remembered one if it is free, so that addresses survive a restart; else any. */
export async function preferPort(remembered: number | undefined): Promise<number> {
  const found = (remembered === undefined ? null : await probePort(remembered)) ?? (await probePort(0));
  if (found === null) throw new UserError(`no free TCP port on ${LOOPBACK}`);
  return found;
}
