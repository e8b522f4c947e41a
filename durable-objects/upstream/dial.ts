// From a host and a port to a byte stream that may carry PostgreSQL: TCP, then TLS by SSLRequest (protocol §54.2.11).
// Where TLS is asked for there is no way on without it: `N`, `E`, silence and stray bytes all end here.

import { encodeStartup } from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import { isLoopback, type Upstream } from "../targets/index.ts";
import { protocolBroken, tlsFailed, unreachable } from "./errors.ts";
import { SocketStream } from "./socket-stream.ts";
import type { Connect, UpstreamError } from "./types.ts";

const TLS_YES = 0x53; // 'S'
const TLS_NO = 0x4e; // 'N'

/** `opened` gets the stream as soon as there is one, so that a time-out can close it at any stage. */
export async function dial(
  connect: Connect,
  upstream: Upstream,
  opened: (stream: SocketStream) => void,
): Promise<Result<SocketStream, UpstreamError>> {
  const plain = upstream.sslmode === "disable";
  // parseConnectionString refuses this too; a credential is worth asking twice.
  if (plain && !isLoopback(upstream.host)) return err(tlsFailed("the connection string switches it off"));
  const host = upstream.host.includes(":") ? `[${upstream.host}]` : upstream.host;
  let stream: SocketStream;
  try {
    stream = new SocketStream(
      connect(`${host}:${upstream.port}`, {
        secureTransport: plain ? "off" : "starttls",
        allowHalfOpen: false,
      }),
    );
    opened(stream);
    await stream.opened;
  } catch {
    // What workerd says names the address.
    return err(unreachable);
  }
  return plain ? ok(stream) : secure(stream, opened);
}

async function secure(
  plain: SocketStream,
  opened: (stream: SocketStream) => void,
): Promise<Result<SocketStream, UpstreamError>> {
  let answer: Uint8Array | null;
  try {
    await plain.write(encodeStartup({ kind: "ssl_request" }));
    answer = await plain.read();
  } catch {
    answer = null;
  }
  if (answer === null) return err(protocolBroken("it closed the connection when asked for TLS"));
  // A byte beyond the answer came before the encryption began: somebody put it there (CVE-2021-23222).
  if (answer.length > 1 && answer[0] === TLS_YES)
    return err(protocolBroken("unencrypted bytes after its answer to SSLRequest"));
  // An ErrorResponse here is not authenticated, so its text is not shown (CVE-2024-10977).
  if (answer[0] !== TLS_YES)
    return err(tlsFailed(answer[0] === TLS_NO ? "it has TLS switched off" : "it answered with an error"));
  try {
    const secured = await plain.startTls();
    opened(secured);
    return ok(secured);
  } catch {
    return err(
      tlsFailed(
        "the handshake failed; its certificate has to be valid, for its host name, and publicly trusted",
      ),
    );
  }
}
