// A session's own entries in the journal: its start, what happened beside its statements, its end. Statements are the
// recorder's.

import type { SessionEndReason, SessionEvent } from "#core/record";
import type { SessionDeps } from "./deps.ts";
import type { Greeted } from "./handshake.ts";
import type { KeptJournal } from "./kept-journal.ts";

export class SessionRecord {
  readonly #journal: KeptJournal;
  readonly #deps: Pick<SessionDeps, "connection" | "journalled" | "now">;
  /** Nothing more is taken: the end is being written. */
  readonly #closed: () => boolean;
  #begun = false;

  constructor(
    journal: KeptJournal,
    deps: Pick<SessionDeps, "connection" | "journalled" | "now">,
    closed: () => boolean,
  ) {
    this.#journal = journal;
    this.#deps = deps;
    this.#closed = closed;
  }

  /** The start stands in the journal. */
  get begun(): boolean {
    return this.#begun;
  }

  begin({ authenticated, target, startup, protocol }: Greeted, policyVersion: string): void {
    const { connection, now, journalled } = this.#deps;
    this.#journal.start({
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
    const { now, journalled } = this.#deps;
    if (!this.#begun || this.#closed()) return;
    this.#journal.event({ at: now(), kind, detail });
    journalled();
  }

  end(reason: SessionEndReason, detail: string | null): void {
    if (this.#begun) this.#journal.end({ endedAt: this.#deps.now(), reason, detail });
  }
}
