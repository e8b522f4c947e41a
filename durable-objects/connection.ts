// What the Worker hands to a session's object together with the WebSocket: one JSON header of an internal request,
// which no outside request can carry, since the Worker makes that request anew.

import type { Principal } from "#core/policy";
import type { Result } from "../core/result.ts";

export const CONNECTION_HEADER = "sluice-connection";

export interface Authenticated {
  readonly principal: Principal;
  /** The token's `exp`, in milliseconds. */
  readonly expiresAt: number;
}

export interface Connection {
  readonly sessionId: string;
  /** 8 bytes as hexadecimal digits: the process id and secret key of this session's BackendKeyData. */
  readonly cancelKey: string;
  /** From the path; null where the start-up's database name is to say it. */
  readonly target: string | null;
  /** null where the token is to come as the start-up's password. */
  readonly authenticated: Authenticated | null;
  /** `flow`: the peer speaks SUBPROTOCOL_FLOW. */
  readonly transport: "flow" | "raw";
  readonly clientAddress: string | null;
  readonly userAgent: string | null;
}

/** A refusal as PostgreSQL would word it; carries no token. */
export interface Refusal {
  readonly sqlstate: string;
  readonly message: string;
  readonly hint: string;
}

/** Checks a token; passed in by the Worker, which knows the issuers. Never rejects. */
export type Authenticate = (token: string) => Promise<Result<Authenticated, Refusal>>;
