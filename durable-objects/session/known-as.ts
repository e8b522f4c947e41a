// As whom PostgreSQL knows this session, from its start to its end, and whether that is still right when its policy changes.

import type { Policy } from "#core/policy";
import type { Result } from "../../core/result.ts";
import type { Refusal } from "../connection.ts";
import type { Identity } from "../identity/index.ts";
import type { Access } from "../targets/index.ts";
import { backing, isHeldBy, sameBacking, startupSettings } from "./backing.ts";
import type { SessionDeps } from "./deps.ts";
import type { Greeted } from "./handshake.ts";

export class KnownAs {
  readonly #deps: Pick<SessionDeps, "identify" | "connection">;
  #identity: Identity | null = null;
  /** What PostgreSQL was told of. */
  #firstPolicy: Policy | null = null;

  constructor(deps: Pick<SessionDeps, "identify" | "connection">) {
    this.#deps = deps;
  }

  /** Relations with privileges that the policy grants and the session's role has not. */
  get leftOut(): number {
    return this.#identity?.leftOut ?? 0;
  }

  async identify(greeted: Greeted, access: Access, policy: Policy): Promise<Result<Identity, Refusal>> {
    const { authenticated, startup, target } = greeted;
    const identified = await this.#deps.identify({
      access,
      sessionId: this.#deps.connection.sessionId,
      target,
      principal: authenticated.principal,
      expiresAt: authenticated.expiresAt,
      policy,
      settings: startupSettings(startup.settings, policy),
    });
    if (!identified.ok) return identified;
    this.#firstPolicy = policy;
    this.#identity = identified.value;
    return identified;
  }

  /**
   * The principal holds more for a while: the database lets the session do it, too. True where the role has no more than
   * the policy that is in force when that is done: a grant that was over before the database had it leaves it too much.
   */
  async widen(next: Policy, inForce: () => Policy | null): Promise<boolean> {
    const { widen = null, keeps = null } = this.#identity ?? {};
    // A document that came since the start does not widen the role, and neither does a grant beside it.
    if (widen === null || keeps === null || next.version !== this.#firstPolicy?.version) return true;
    await widen(next);
    const current = inForce();
    return current === null || keeps(current);
  }

  /** What PostgreSQL was told at the start is right under the next policy, too. */
  canFollow(current: Policy, next: Policy): boolean {
    const keeps = this.#identity?.keeps ?? null;
    if (keeps === null) return sameBacking(backing(current), backing(next));
    return isHeldBy(backing(next), backing(this.#firstPolicy ?? current)) && keeps(next);
  }

  release(): void {
    this.#identity?.release();
  }
}
