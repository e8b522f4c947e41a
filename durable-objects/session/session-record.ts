// A session's own entries in the journal: its start, what happened beside its statements, its end. Statements are the
// recorder's.

import type { SessionEndReason, SessionEvent } from "#core/record";
import type { SessionDeps } from "./deps.ts";
import type { Greeted } from "./handshake.ts";

export class SessionRecord {
  readonly #deps: Pick<SessionDeps, "connection" | "journal" | "journalled" | "now">;
  /** Nothing more is taken: the end is being written. */
  readonly #closed: () => boolean;
  #begun = false;
  #events = 0;

  constructor(
    deps: Pick<SessionDeps, "connection" | "journal" | "journalled" | "now">,
    closed: () => boolean,
  ) {
    this.#deps = deps;
    this.#closed = closed;
  }

  /** The start stands in the journal. */
  get begun(): boolean {
    return this.#begun;
  }

  begin({ authenticated, target, startup, protocol }: Greeted, policyVersion: string): void {
    const { connection, journal, now, journalled } = this.#deps;
    journal.start({
      id: connection.sessionId,
      target,
      principal: authenticated.principal,
      tokenExpiresAt: authenticated.expiresAt,
      startedAt: now(),
      applicationName: startup.settings.get("application_name") ?? "",
      clientUser: startup.user,
      clientAddress: connection.clientAddress,
      userAgent: connection.userAgent,
      protocolVersion: protocol,
      policyVersion,
    });
    this.#begun = true;
    journalled();
  }

  event(kind: SessionEvent["kind"], detail: string): void {
    const { journal, now, journalled } = this.#deps;
    if (!this.#begun || this.#closed()) return;
    this.#events++;
    journal.event({ n: this.#events, at: now(), kind, detail });
    journalled();
  }

  end(reason: SessionEndReason, detail: string | null): void {
    const { journal, now } = this.#deps;
    if (this.#begun) journal.end({ endedAt: now(), reason, detail });
  }
}
