// What a session gets passed in by its object: everything with an effect, and the clock. Types only.

import type { Result } from "../../core/result.ts";
import type { Authenticate, Connection, Refusal } from "../connection.ts";
import type { Identity, IdentityRequest } from "../identity/index.ts";
import type { Journal } from "../journal/index.ts";
import type { Limits } from "../limits.ts";
import type { Access } from "../targets/index.ts";
import type { Dialler } from "./dialler.ts";
import type { GovernmentDeps } from "./government.ts";

export interface SessionDeps extends GovernmentDeps {
  readonly connection: Connection;
  readonly socket: WebSocket;
  readonly limits: Limits;
  readonly journal: Journal;
  readonly authenticate: Authenticate;
  readonly dialler: Dialler;
  /** The database behind a target's name, and as whom sessions are known to it; or what the agent is told. */
  readonly resolve: (target: string) => Result<Access, Refusal>;
  /** Makes ready as whom this session is known to the database. Never rejects. */
  readonly identify: (request: IdentityRequest) => Promise<Result<Identity, Refusal>>;
  readonly sessionKey: string;
  /** Hands a CancelRequest to the session whose key it is. */
  readonly cancelOther: (processId: number, secretKey: Uint8Array) => Promise<void>;
  /** Something was journalled: D1 should hear of it soon. */
  readonly journalled: () => void;
  /** Nothing more will be journalled. */
  readonly ended: () => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
