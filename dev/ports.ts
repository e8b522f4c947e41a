// Which TCP ports of 127.0.0.1 are free. A port that is free now may be taken a moment later: whoever listens still has
// to handle that.

import { createServer } from "node:net";
import { UserError } from "./user-error.ts";

export const LOOPBACK = "127.0.0.1";

/** The port itself when it is free, for 0 any free one, and null when it is taken. */
export function probePort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      const address = server.address();
      const found = address !== null && typeof address === "object" ? address.port : null;
      server.close(() => resolve(found));
    });
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
