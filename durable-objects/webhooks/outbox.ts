// What is still to be told, and to whom, in the SQLite of its target's object. An event is put in with the change that it
// tells of, in one turn; each endpoint gets its events one after the other, the next when one was taken or given up.

import { type Endpoint, endpointId } from "./config.ts";
import { eventBody, type WebhookEvent } from "./events.ts";
import { slackBody } from "./slack.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS webhook_event (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS webhook_delivery (
    n INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL,
    body TEXT NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, dead INTEGER NOT NULL, problem TEXT
  );
  CREATE INDEX IF NOT EXISTS webhook_by_url ON webhook_delivery (dead, url, n);
  CREATE TABLE IF NOT EXISTS webhook_policies (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL);
`;

/** What makes an outbox of before things could be sent again one that can. */
const UPGRADE = `
  ALTER TABLE webhook_delivery ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE webhook_delivery ADD COLUMN resent_by TEXT;
`;

/** Waits between attempts: over three days in all, as Standard Webhooks has it; the last is for all that follow. */
const WAITS_MS = [1_000, 5_000, 30_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000] as const;
const GIVEN_UP_MS = 3 * 24 * 3_600_000;
/** An event that is told again after that would be sent again. */
const KEPT_MS = 7 * 24 * 3_600_000;
/** Of an endpoint: past it the oldest are given up, or a receiver that is gone would fill the object. */
const MOST_WAITING = 10_000;
/** What is too old or too many is looked for after so many events or so long, since looking reads all that there is. */
const TIDIED_EVERY = { events: 1_000, ms: 24 * 3_600_000 } as const;
/** What was given up is kept so long; who wants it sent again has that time. */
const DEAD_KEPT_MS = 30 * 24 * 3_600_000;
/** Problems that say more of the receiver than of the event: with others of what is sent again it would be the same. */
const RECEIVER_IS_DOWN = /^(?:no answer|HTTP (?:5\d\d|429))$/;

export interface Delivery {
  readonly n: number;
  readonly url: string;
  readonly eventId: string;
  readonly type: string;
  /** When it happened. */
  readonly at: number;
  readonly attempts: number;
  readonly nextAt: number;
  readonly dead: boolean;
  /** Of the last attempt: an HTTP status, or why there was none. */
  readonly problem: string | null;
  /** Who had it sent again last, and when; null: nobody. */
  readonly resentBy: ResentBy | null;
}

export interface ResentBy {
  readonly issuer: string;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One delivery, or all that an endpoint never took (`endpointId`). */
export type ResendChoice = { readonly n: number } | { readonly endpoint: string };

export type Resent =
  | { readonly kind: "resent"; readonly endpoint: string; readonly eventIds: readonly string[] }
  /** There is no such delivery; it may have been taken. */
  | { readonly kind: "missing" }
  /** It is on its way already. */
  | { readonly kind: "waiting" };

/** What waits and what was given up, of all endpoints of a target. */
export interface Backlog {
  readonly waiting: number;
  readonly dead: number;
  /** When the oldest of what waits happened; null where nothing waits. */
  readonly oldestWaiting: number | null;
}

type Row = {
  n: number;
  url: string;
  event_id: string;
  type: string;
  at: number;
  attempts: number;
  next_at: number;
  dead: number;
  problem: string | null;
  resent: number;
  resent_by: string | null;
};

const COLUMNS = "n, url, event_id, type, at, attempts, next_at, dead, problem, resent, resent_by";

export class WebhookOutbox {
  readonly #sql: Pick<SqlStorage, "exec">;
  /** Of this object's life: when, and how many events came since. */
  #tidied = { at: 0, events: 0 };

  constructor(sql: Pick<SqlStorage, "exec">) {
    this.#sql = sql;
    sql.exec(SCHEMA);
    const known = "SELECT 1 FROM pragma_table_info('webhook_delivery') WHERE name = 'resent'";
    if (sql.exec(known).toArray().length === 0) sql.exec(UPGRADE);
  }

  /** One that was put in before is not put in again. */
  put(event: WebhookEvent, target: string, endpoints: readonly Endpoint[], now: number): void {
    this.#tidied.events++;
    if (this.#tidied.events >= TIDIED_EVERY.events || now >= this.#tidied.at + TIDIED_EVERY.ms)
      this.#tidy(endpoints, now);
    if (this.#sql.exec("SELECT 1 FROM webhook_event WHERE id = ?", event.id).toArray().length > 0) return;
    this.#sql.exec("INSERT INTO webhook_event VALUES (?, ?)", event.id, now);
    for (const { kind, url, events, targets, statements } of endpoints) {
      if (!events.includes(event.type) || (targets !== null && !targets.includes(target))) continue;
      this.#sql.exec(
        `INSERT INTO webhook_delivery (url, event_id, type, at, body, attempts, next_at, dead, problem)
         VALUES (?, ?, ?, ?, ?, 0, ?, 0, NULL)`,
        url,
        event.id,
        event.type,
        event.at,
        kind === "slack" ? slackBody(event, statements) : eventBody(event, statements),
        now,
      );
    }
  }

  /** The newest version of the target's policy that was put in; 0 where none was. */
  get toldOfPolicies(): number {
    const [row] = this.#sql.exec<{ version: number }>("SELECT version FROM webhook_policies").toArray();
    return row?.version ?? 0;
  }

  /** Never back: two that tell at once may come in any order. */
  set toldOfPolicies(version: number) {
    this.#sql.exec(
      "INSERT INTO webhook_policies VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET version = max(version, excluded.version)",
      version,
    );
  }

  /** The next of each endpoint, whenever it is due. From endpoint to endpoint by the index, past all that waits behind. */
  heads(): readonly { readonly delivery: Delivery; readonly body: string }[] {
    return this.#sql
      .exec<Row & { body: string }>(
        `WITH RECURSIVE endpoint (url) AS (
           SELECT min(url) FROM webhook_delivery WHERE dead = 0 UNION ALL
           SELECT (SELECT min(d.url) FROM webhook_delivery d WHERE d.dead = 0 AND d.url > endpoint.url)
             FROM endpoint WHERE url IS NOT NULL)
         SELECT ${COLUMNS}, body FROM webhook_delivery WHERE n IN (
           SELECT (SELECT min(d.n) FROM webhook_delivery d WHERE d.dead = 0 AND d.url = endpoint.url) FROM endpoint)`,
      )
      .toArray()
      .map((row) => ({ delivery: toDelivery(row), body: row.body }));
  }

  taken(n: number): void {
    this.#sql.exec("DELETE FROM webhook_delivery WHERE n = ?", n);
  }

  /** `final`: the receiver wants no more of it. */
  notTaken({ n, at, attempts }: Delivery, problem: string, now: number, final: boolean): void {
    const wait = WAITS_MS[Math.min(attempts, WAITS_MS.length - 1)] ?? 0;
    // What was given up once has one attempt each time that somebody asks for it: it keeps nothing waiting behind it.
    const dead = final || this.#isResent(n) || now + wait > at + GIVEN_UP_MS;
    this.#sql.exec(
      "UPDATE webhook_delivery SET attempts = ?, next_at = ?, dead = ?, problem = ? WHERE n = ?",
      attempts + 1,
      now + wait,
      dead ? 1 : 0,
      problem,
      n,
    );
    if (dead && RECEIVER_IS_DOWN.test(problem)) this.#giveUpResent(n, problem);
  }

  /** To be sent once more, ahead of what waits. A second asking finds it under way. */
  resend(which: ResendChoice, by: ResentBy): Resent {
    const found = this.#resendable(which);
    if (found.kind !== "found") return found;
    this.#sql.exec(
      `UPDATE webhook_delivery SET dead = 0, resent = 1, resent_by = ?1, next_at = ?2
       WHERE dead = 1 AND url = ?3 AND (?4 IS NULL OR n = ?4)`,
      JSON.stringify(by),
      by.at,
      found.url,
      "n" in which ? which.n : null,
    );
    return { kind: "resent", endpoint: endpointId(found.url), eventIds: found.eventIds };
  }

  backlog(): Backlog {
    const [row] = this.#sql
      .exec<{ waiting: number; dead: number; oldest: number | null }>(
        `SELECT count(*) FILTER (WHERE dead = 0) AS waiting, count(*) FILTER (WHERE dead = 1) AS dead,
           min(at) FILTER (WHERE dead = 0) AS oldest FROM webhook_delivery`,
      )
      .toArray();
    return { waiting: row?.waiting ?? 0, dead: row?.dead ?? 0, oldestWaiting: row?.oldest ?? null };
  }

  /** When the next attempt is due; null where nothing waits. */
  nextDue(): number | null {
    const due = this.heads().map(({ delivery: { nextAt } }) => nextAt);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Newest first, below `before`. */
  list(dead: boolean | null, before: number | null, limit: number): readonly Delivery[] {
    return this.#sql
      .exec<Row>(
        `SELECT ${COLUMNS} FROM webhook_delivery
         WHERE (?1 IS NULL OR dead = ?1) AND (?2 IS NULL OR n < ?2) ORDER BY n DESC LIMIT ?3`,
        dead === null ? null : Number(dead),
        before,
        limit,
      )
      .toArray()
      .map(toDelivery);
  }

  #tidy(endpoints: readonly Endpoint[], now: number): void {
    this.#tidied = { at: now, events: 0 };
    this.#sql.exec("DELETE FROM webhook_event WHERE at < ?", now - KEPT_MS);
    this.#sql.exec("DELETE FROM webhook_delivery WHERE dead = 1 AND at < ?", now - DEAD_KEPT_MS);
    for (const { url } of endpoints) {
      this.#sql.exec(
        `UPDATE webhook_delivery SET dead = 1, problem = 'too many wait' WHERE dead = 0 AND url = ?1 AND n <= (
           SELECT n FROM webhook_delivery WHERE dead = 0 AND url = ?1 ORDER BY n DESC LIMIT 1 OFFSET ${MOST_WAITING})`,
        url,
      );
    }
  }

  #resendable(
    which: ResendChoice,
  ):
    | Exclude<Resent, { kind: "resent" }>
    | { readonly kind: "found"; readonly url: string; readonly eventIds: readonly string[] } {
    if ("n" in which) {
      const [one] = this.#sql
        .exec<Row>(`SELECT ${COLUMNS} FROM webhook_delivery WHERE n = ?`, which.n)
        .toArray();
      if (one === undefined) return { kind: "missing" };
      return one.dead === 1 ? { kind: "found", url: one.url, eventIds: [one.event_id] } : { kind: "waiting" };
    }
    const urls = this.#sql.exec<{ url: string }>("SELECT DISTINCT url FROM webhook_delivery WHERE dead = 1");
    const url = urls.toArray().find((each) => endpointId(each.url) === which.endpoint)?.url;
    if (url === undefined) return { kind: "missing" };
    const events = this.#sql.exec<{ event_id: string }>(
      "SELECT event_id FROM webhook_delivery WHERE dead = 1 AND url = ? ORDER BY n",
      url,
    );
    return { kind: "found", url, eventIds: events.toArray().map(({ event_id }) => event_id) };
  }

  #isResent(n: number): boolean {
    return (
      this.#sql.exec("SELECT 1 FROM webhook_delivery WHERE n = ? AND resent = 1", n).toArray().length > 0
    );
  }

  /** The others that are sent again with it: each would wait as long for no answer. */
  #giveUpResent(n: number, problem: string): void {
    this.#sql.exec(
      `UPDATE webhook_delivery SET dead = 1, problem = ?2
       WHERE dead = 0 AND resent = 1 AND url = (SELECT url FROM webhook_delivery WHERE n = ?1 AND resent = 1)`,
      n,
      problem,
    );
  }
}

function toDelivery({
  event_id,
  next_at,
  dead,
  n,
  url,
  type,
  at,
  attempts,
  problem,
  resent_by,
}: Row): Delivery {
  const resentBy = resent_by === null ? null : (JSON.parse(resent_by) as ResentBy);
  return {
    n,
    url,
    eventId: event_id,
    type,
    at,
    attempts,
    nextAt: next_at,
    dead: dead === 1,
    problem,
    resentBy,
  };
}
