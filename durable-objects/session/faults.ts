// Why a session ends, and what each party is told: the one table from a fault to SQLSTATE, text, close code and the
// reason in the record. Texts carry no values.

import { CLOSE_CODES } from "../../client-shim/src/contract.ts";
import type { SessionEndReason } from "#core/record";
import type { Refusal } from "../connection.ts";
import { JournalError } from "../journal/index.ts";
import type { LimitName, Limits } from "../limits.ts";

export type Fault =
  | { readonly kind: "agent_terminated" }
  | { readonly kind: "agent_lost" }
  /** Before anything is recorded. */
  | { readonly kind: "startup_too_slow"; readonly ms: number }
  | { readonly kind: "upstream_refused"; readonly refusal: Refusal }
  | { readonly kind: "upstream_lost"; readonly explained: boolean }
  | { readonly kind: "upstream_violation"; readonly detail: string }
  | { readonly kind: "gateway_failed" }
  /** The journal takes nothing more. */
  | { readonly kind: "record_failed" }
  | { readonly kind: "protocol_violation"; readonly detail: string }
  | { readonly kind: "token_expired" }
  | { readonly kind: "terminated_by_admin" }
  | { readonly kind: "policy_changed"; readonly version: string }
  /** Limits of the policy. */
  | { readonly kind: "session_time" | "idle_time" | "statement_time"; readonly ms: number }
  | {
      readonly kind: "limit_exceeded";
      readonly limit: LimitName;
      readonly bytes: number;
      readonly hint: string;
    };

/** What to do about a limit in bytes that ends the session. */
const HINTS = {
  UNACKNOWLEDGED_BYTES: "Send something now and then, or connect through the client shim.",
  INBOUND_BACKLOG_BYTES:
    "Send in smaller parts and wait for the answers, or connect through the client shim.",
  JOURNAL_BYTES:
    "The record could not be carried to D1 as fast as this session writes it: connect again later, and tell the gateway's admin.",
  PREPARED_BYTES:
    "Close prepared statements and portals that are no longer needed with the protocol's Close message.",
  FRONTEND_MESSAGE_BYTES:
    "Send large values in parts, for example by COPY in smaller CopyData messages or by several statements.",
  BACKEND_MESSAGE_BYTES:
    "A single row or message of the result is larger: select fewer or shorter columns, for example with substring().",
} as const satisfies Partial<Record<LimitName, string>>;

export function exceeded(limit: keyof typeof HINTS, limits: Limits): Fault {
  return { kind: "limit_exceeded", limit, bytes: limits[limit], hint: HINTS[limit] };
}

export interface Told {
  readonly reason: SessionEndReason;
  /** null where the agent is gone, or PostgreSQL has said it already. */
  readonly error: { readonly sqlstate: string; readonly message: string; readonly hint?: string } | null;
  readonly closeCode: number;
}

export function tell(fault: Fault): Told {
  switch (fault.kind) {
    case "agent_terminated":
      return { reason: "agent_terminated", error: null, closeCode: CLOSE_CODES.sessionEnded };
    case "agent_lost":
      return { reason: "agent_lost", error: null, closeCode: CLOSE_CODES.sessionEnded };
    case "startup_too_slow":
      return {
        reason: "protocol_violation",
        // As PostgreSQL says it ("canceling authentication due to timeout", postgres.c).
        error: {
          sqlstate: "57014",
          message: `no complete start-up with a token came within ${fault.ms} ms (UNAUTHENTICATED_MS)`,
          hint: "Send the start-up and the token at once after connecting.",
        },
        closeCode: CLOSE_CODES.unauthenticated,
      };
    case "upstream_refused":
      return { reason: "upstream_lost", error: fault.refusal, closeCode: CLOSE_CODES.upstreamLost };
    case "upstream_lost":
      return {
        reason: "upstream_lost",
        error: fault.explained
          ? null
          : {
              sqlstate: "08006",
              message: "the connection to the database was lost",
              hint: "Connect again. A statement that was running may or may not have taken effect.",
            },
        closeCode: CLOSE_CODES.upstreamLost,
      };
    case "upstream_violation":
      return {
        reason: "upstream_lost",
        error: {
          sqlstate: "08P01",
          message: `the database broke the protocol: ${fault.detail}`,
          hint: "Connect again; if it happens again, tell the gateway's admin.",
        },
        closeCode: CLOSE_CODES.upstreamLost,
      };
    case "record_failed":
      return {
        reason: "gateway_lost",
        error: {
          sqlstate: "58030",
          message: "the record cannot be written, and nothing runs unrecorded",
          hint: "Connect again; if it happens again, tell the gateway's admin. What was asked last was not sent; a statement that was running before may have taken effect.",
        },
        closeCode: CLOSE_CODES.upstreamLost,
      };
    case "gateway_failed":
      return {
        reason: "gateway_lost",
        error: {
          sqlstate: "XX000",
          message: "the gateway failed",
          hint: "Connect again; if it happens again, tell the gateway's admin. A statement that was running may or may not have taken effect.",
        },
        closeCode: CLOSE_CODES.upstreamLost,
      };
    case "protocol_violation":
      return {
        reason: "protocol_violation",
        error: { sqlstate: "08P01", message: fault.detail },
        closeCode: CLOSE_CODES.protocolViolation,
      };
    case "token_expired":
      return {
        reason: "token_expired",
        error: {
          sqlstate: "57P01",
          message: "terminating connection because the access token has expired",
          hint: "Connect again with a fresh token.",
        },
        closeCode: CLOSE_CODES.sessionEnded,
      };
    case "terminated_by_admin":
      return {
        reason: "terminated_by_admin",
        error: { sqlstate: "57P01", message: "terminating connection due to administrator command" },
        closeCode: CLOSE_CODES.sessionEnded,
      };
    case "policy_changed":
      return {
        reason: "policy_changed",
        error: {
          sqlstate: "57P01",
          message: "terminating connection because the policy has changed",
          hint: "Connect again: the new policy holds from then on.",
        },
        closeCode: CLOSE_CODES.sessionEnded,
      };
    case "session_time":
      return timed("57P05", `the session lasted longer than ${fault.ms} ms (limits.session_time)`);
    case "idle_time":
      return timed("57P05", `the session was idle for longer than ${fault.ms} ms (limits.idle_time)`);
    case "statement_time":
      return timed("57014", `a statement ran longer than ${fault.ms} ms (limits.statement_time)`);
    case "limit_exceeded":
      return {
        reason: "limit_exceeded",
        error: {
          ...passed(fault.limit, fault.bytes),
          hint: fault.hint,
        },
        closeCode: CLOSE_CODES.protocolViolation,
      };
  }
}

/** A record that can take no more is no fault of what was asked: the same as a storage that fails. */
function passed(limit: LimitName, bytes: number): { readonly sqlstate: string; readonly message: string } {
  const what = `the gateway's limit ${limit} of ${bytes} bytes was passed`;
  return limit === "JOURNAL_BYTES"
    ? { sqlstate: "58030", message: `the record cannot be written: ${what}` }
    : { sqlstate: "54000", message: what };
}

function timed(sqlstate: string, what: string): Told {
  return {
    reason: "limit_exceeded",
    error: {
      sqlstate,
      message: `terminating connection because ${what}`,
      hint: "Connect again.",
    },
    closeCode: CLOSE_CODES.sessionEnded,
  };
}

/** A fault of ours: what it was must not reach the agent, that it was must. */
export function ours(thrown: unknown): Fault {
  return thrown instanceof JournalError ? { kind: "record_failed" } : { kind: "gateway_failed" };
}
