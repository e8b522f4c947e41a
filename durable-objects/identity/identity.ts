// As whom a session is known to its database, from the moment that its policy is known to its end. Types only.

import type { Policy, Principal } from "#core/policy";
import type { Access, Upstream } from "../targets/index.ts";

export interface IdentityRequest {
  readonly access: Access;
  readonly sessionId: string;
  readonly target: string;
  readonly principal: Principal;
  /** The token's `exp`, in milliseconds. */
  readonly expiresAt: number;
  readonly policy: Policy;
  /** For the start-up packet. */
  readonly settings: ReadonlyMap<string, string>;
}

export interface Identity {
  readonly address: Upstream;
  readonly settings: ReadonlyMap<string, string>;
  /** Of the database, where it is the session's own; for the record. */
  readonly role: string | null;
  /** Relations with privileges that the policy grants and the role has not. */
  readonly leftOut: number;
  /** null: what the database lets the session do is no matter of its policy. Else: it is no more than `next` grants. */
  readonly keeps: ((next: Policy) => boolean) | null;
  /**
   * The principal has been granted more for a while: lets the database allow it, too. Resolves when it does, or cannot; never
   * rejects. null: it is no matter of the database's.
   */
  readonly widen: ((next: Policy) => Promise<void>) | null;
  /** The session is over, or never began. Never rejects; does not wait. */
  release(): void;
}

/** A role that is about to be made. */
export interface ExpectedRole {
  readonly role: string;
  readonly sessionId: string;
  readonly target: string;
  /** How its comment begins. */
  readonly mark: string;
  /** No session is later than this, in milliseconds. */
  readonly until: number;
}

/** Knows every role of a target that is to be dropped one day, and sees to it. */
export interface RoleKeeper {
  /** Resolves when it is durable: from then on the role is dropped once its session is over, whatever becomes of the session's object. */
  expect(role: ExpectedRole): Promise<void>;
  /** Its session is over: it is dropped now, or later where that fails. */
  over(role: string): Promise<void>;
}
