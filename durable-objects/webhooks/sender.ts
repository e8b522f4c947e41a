// Sends what is in the outbox: each endpoint by itself, its events one after the other. Owns the requests; says when to come
// back. Fetch, clock and secrets are passed in.

import type { Result } from "../../core/result.ts";
import { type Endpoint, parseKey } from "./config.ts";
import type { Delivery, WebhookOutbox } from "./outbox.ts";
import { signatures } from "./sign.ts";

/** Standard Webhooks asks for 15 to 30 s; a receiver is to take an event, not to work on it. */
const ANSWER_MS = 15_000;
/** Gone: the receiver wants nothing any more. */
const GONE = 410;

export interface SenderParts {
  readonly outbox: WebhookOutbox;
  readonly endpoints: () => readonly Endpoint[];
  readonly secret: (name: string) => string | null;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly now: () => number;
  /** The body as this endpoint gets it now, or why it cannot be made. */
  readonly complete: (
    body: string,
    delivery: Delivery,
    endpoint: Endpoint,
  ) => Promise<Result<string, string>>;
}

export class WebhookSender {
  readonly #parts: SenderParts;
  readonly #busy = new Set<string>();

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Sends what is due, until nothing is. Never rejects. */
  async send(): Promise<void> {
    await Promise.all(this.#parts.outbox.heads().map(({ delivery: { url } }) => this.#sendTo(url)));
  }

  async #sendTo(url: string): Promise<void> {
    if (this.#busy.has(url)) return;
    this.#busy.add(url);
    const { outbox, now } = this.#parts;
    try {
      for (;;) {
        const head = outbox.heads().find(({ delivery }) => delivery.url === url);
        if (head === undefined || head.delivery.nextAt > now()) return;
        const problem = await this.#attempt(head.delivery, head.body);
        if (problem === null) outbox.taken(head.delivery.n);
        else outbox.notTaken(head.delivery, problem, now(), problem === `HTTP ${GONE}`);
      }
    } finally {
      this.#busy.delete(url);
    }
  }

  /** null where it was taken. Words of ours: a receiver's answer, and a network's error, may hold anything. */
  async #attempt(delivery: Delivery, kept: string): Promise<string | null> {
    const { endpoints, secret, now, complete } = this.#parts;
    const { url, eventId } = delivery;
    const endpoint = endpoints().find((each) => each.url === url);
    if (endpoint === undefined) return "the endpoint is not configured any more";
    // Slack knows its incoming webhooks by their addresses.
    if (endpoint.kind === "slack") return this.#post(url, kept, {});
    const keys = endpoint.secrets.map((name) => parseKey(secret(name) ?? ""));
    if (keys.some((key) => key === null)) return "one of the endpoint's secrets is missing or no key";
    const completed = await complete(kept, delivery, endpoint);
    if (!completed.ok) return completed.error;
    const body = completed.value;
    const timestamp = Math.floor(now() / 1_000);
    return this.#post(url, body, {
      "webhook-id": eventId,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": await signatures(
        { id: eventId, timestamp, body },
        keys.filter((key) => key !== null),
      ),
    });
  }

  async #post(url: string, body: string, more: Readonly<Record<string, string>>): Promise<string | null> {
    const headers = { "content-type": "application/json", "user-agent": "sluice", ...more };
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const init = { method: "POST", headers, body, redirect: "manual", signal } as const;
      const response = await this.#parts.fetch(url, init);
      await response.body?.cancel();
      return response.ok ? null : `HTTP ${response.status}`;
    } catch {
      return "no answer";
    }
  }
}
