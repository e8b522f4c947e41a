// The start-up as a PostgreSQL server: from the first byte to a caller who is known and a target that is named.
// Stores nothing and opens no connection; time and bytes spent on it are bounded by the session.

import {
  decodePassword,
  encodeBackend,
  malformed,
  type ProtocolVersion,
  type StartupPacket,
} from "#core/wire";
import { err, ok, type Result } from "../../core/result.ts";
import type { Authenticate, Authenticated, Connection, Refusal } from "../connection.ts";
import { type AdmittedStartup, admitStartup } from "../startup/index.ts";
import type { AgentInbox, InboxError } from "./agent-inbox.ts";

export interface Greeted {
  readonly kind: "greeted";
  readonly authenticated: Authenticated;
  readonly target: string;
  readonly startup: AdmittedStartup;
  readonly protocol: "3.0" | "3.2";
}

export type Handshake =
  | Greeted
  | { readonly kind: "cancel"; readonly processId: number; readonly secretKey: Uint8Array }
  /** The agent is told why, as FATAL. */
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** It left, or sent what no PostgreSQL client sends. */
  | { readonly kind: "broken"; readonly error: InboxError };

const NO = Uint8Array.of(0x4e);

export async function handshake(
  connection: Connection,
  inbox: AgentInbox,
  send: (bytes: Uint8Array) => void,
  authenticate: Authenticate,
): Promise<Handshake> {
  const packet = await firstPacket(inbox, send);
  if (!packet.ok) {
    const { error } = packet;
    return error.kind === "unsupported_protocol" ? refuse("0A000", error.detail) : { kind: "broken", error };
  }
  if (packet.value.kind === "cancel_request") return { ...packet.value, kind: "cancel" };
  if (packet.value.kind !== "startup_message") {
    return { kind: "broken", error: malformed("start-up", "encryption was asked for twice") };
  }
  const { protocol, parameters } = packet.value;
  const startup = admitStartup(parameters);
  // As PostgreSQL, before it asks who it is: a client that hears it later may not expect it any more.
  const version = negotiate(protocol, startup.ok ? startup.value.protocolExtensions : [], send);

  // Who it is comes before what it may: an unknown caller learns nothing of what is configured.
  const authenticated = connection.authenticated ?? (await byPassword(inbox, send, authenticate));
  if ("kind" in authenticated) return authenticated;
  if (!startup.ok) return { kind: "refused", refusal: startup.error };
  const target = targetOf(connection, startup.value);
  if (!target.ok) return { kind: "refused", refusal: target.error };

  return {
    kind: "greeted",
    authenticated,
    target: target.value,
    startup: startup.value,
    protocol: version,
  };
}

/** SSLRequest and GSSENCRequest are answered `N`, once each as libpq sends them: TLS is the WebSocket's. */
async function firstPacket(
  inbox: AgentInbox,
  send: (bytes: Uint8Array) => void,
): Promise<Result<StartupPacket, InboxError>> {
  const refused = new Set<StartupPacket["kind"]>();
  for (;;) {
    const packet = await inbox.startup();
    if (!packet.ok || refused.has(packet.value.kind)) return packet;
    if (packet.value.kind !== "ssl_request" && packet.value.kind !== "gssenc_request") return packet;
    refused.add(packet.value.kind);
    send(NO);
  }
}

async function byPassword(
  inbox: AgentInbox,
  send: (bytes: Uint8Array) => void,
  authenticate: Authenticate,
): Promise<Authenticated | Handshake> {
  send(encodeBackend({ kind: "authentication_cleartext_password" }));
  const frame = await inbox.frame();
  if (!frame.ok) return { kind: "broken", error: frame.error };
  const password = decodePassword(frame.value);
  if (!password.ok) return { kind: "broken", error: password.error };
  const checked = await authenticate(password.value.password);
  return checked.ok ? checked.value : { kind: "refused", refusal: checked.error };
}

/** From the path, or the database name. A client that names no database sends its user name in its place. */
function targetOf(connection: Connection, startup: AdmittedStartup): Result<string, Refusal> {
  const { database, user } = startup;
  if (connection.target === null) return ok(database);
  if (database === connection.target || database === user) return ok(connection.target);
  return err({
    sqlstate: "3D000",
    message: "the database does not exist behind this gateway address",
    hint: `Give "${connection.target}" as the database name, or the address of the target that you mean.`,
  });
}

/** Protocol 3.2 and 3.0 are spoken; 3.1 never was (protocol-overview). What was asked beyond is said, not refused. */
function negotiate(
  asked: ProtocolVersion,
  extensions: readonly string[],
  send: (bytes: Uint8Array) => void,
): "3.0" | "3.2" {
  const version = asked.minor >= 2 ? "3.2" : "3.0";
  if (asked.minor === 1 || asked.minor > 2 || extensions.length > 0) {
    const minor = version === "3.2" ? 2 : 0;
    send(
      encodeBackend({
        kind: "negotiate_protocol_version",
        protocol: { major: 3, minor },
        unrecognized: [...extensions],
      }),
    );
  }
  return version;
}

function refuse(sqlstate: string, message: string): Handshake {
  return {
    kind: "refused",
    refusal: { sqlstate, message, hint: "Use a client that speaks PostgreSQL protocol 3." },
  };
}
