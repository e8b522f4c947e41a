// The replay of a session as events, to its end: a stream that breaks off, or that ends with its token, is taken up behind the
// last event that came, with a fresh token. Waits.

import { setTimeout as sleep } from "node:timers/promises";
import { GatewayFailure } from "../../policy/gateway.ts";
import type { RecordGateway } from "../gateway.ts";
import { sessionPath } from "../record.ts";
import { eventsOf, type ReplayEvent } from "./events.ts";

export interface FollowOptions {
  /** As the API takes it: a number, or "max". */
  readonly speed: string;
  readonly from: number;
}

/** Attempts in a row that brought nothing. */
const MOST_ATTEMPTS = 5;
const FIRST_WAIT_MS = 500;

export async function* follow(
  gateway: RecordGateway,
  session: string,
  { speed, from }: FollowOptions,
): AsyncGenerator<ReplayEvent> {
  const path = `${sessionPath(session)}/replay?speed=${encodeURIComponent(speed)}&from=${from}`;
  let lastId: string | null = null;
  for (let attempt = 0; ; attempt++) {
    if (attempt > 0) await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
    try {
      const headers: Record<string, string> = lastId === null ? {} : { "last-event-id": lastId };
      const { status, body } = await gateway.stream(path, headers);
      // Its last event was the last.
      if (status === 204) return;
      for await (const event of eventsOf(body)) {
        attempt = 0;
        lastId = event.id;
        yield event;
        if (event.kind === "session_ended") return;
      }
    } catch (fault) {
      // One that never answered is not there; one that did may be back in a moment.
      if (!(fault instanceof GatewayFailure) || lastId === null || attempt >= MOST_ATTEMPTS) throw fault;
      continue;
    }
    if (attempt >= MOST_ATTEMPTS)
      throw new GatewayFailure("The replay broke off before the session's end. Try again");
  }
}
