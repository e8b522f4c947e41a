// A socket to a PostgreSQL, in TLS as far as its address asks for it ("SSL Session Encryption"). Owns the socket until it
// gives it away.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Address } from "./address.ts";
import { SSL_REQUEST } from "./messages.ts";

const CONNECT_MS = 15_000;

/** The database cannot be reached, does not let us in, or went away. The message says what to do; no password is in it. */
export class DatabaseFailure extends Error {
  override readonly name = "DatabaseFailure";
}

export async function dial(address: Address): Promise<Socket> {
  const { host, port, sslMode } = address;
  const place = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const socket = connectPlain(place);
  socket.setNoDelay(true);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), CONNECT_MS);
  try {
    await once(socket, "connect", { signal: late.signal });
    if (sslMode === "disable" || host.startsWith("/")) return socket;
    socket.write(SSL_REQUEST);
    const [answer] = (await once(socket, "data", { signal: late.signal })) as [Buffer];
    // More than the one byte would have been slipped in before the encryption (CVE-2021-23222).
    if (answer.toString("latin1") === "S") return await secured(socket, address, late.signal);
    if (answer.toString("latin1") === "N" && sslMode === "prefer") return socket;
    throw new DatabaseFailure(
      `The database at ${host}:${port} has no TLS, which sslmode=${sslMode} asks for`,
    );
  } catch (fault) {
    socket.destroy();
    if (fault instanceof DatabaseFailure) throw fault;
    throw new DatabaseFailure(
      `The database at ${host}:${port} cannot be reached (${reason(fault)}). Check the connection string`,
    );
  } finally {
    clearTimeout(timer);
  }
}

async function secured(
  socket: Socket,
  { host, sslMode, rootCertificates }: Address,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const verifies = sslMode === "verify-ca" || sslMode === "verify-full";
  const tls = connectTls({
    socket,
    // The name in the handshake; an address may not stand there (RFC 6066), and is checked all the same.
    ...(isIP(host) === 0 ? { servername: host } : { host }),
    rejectUnauthorized: verifies,
    ...(rootCertificates === null ? {} : { ca: readFileSync(rootCertificates) }),
    ...(sslMode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}),
  });
  await once(tls, "secureConnect", { signal });
  return tls;
}

export function reason(fault: unknown): string {
  if (!(fault instanceof Error)) return "failed";
  if (fault.name === "AbortError") return "it does not answer";
  return "code" in fault ? String(fault.code) : fault.message;
}
