// A receiver of webhooks as somebody would write it: an HTTP server with the reference library, which takes nothing whose
// signature it cannot verify. It may be told to be down.

import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export class WebhookReceiver {
  readonly secret = `whsec_${randomBytes(32).toString("base64")}`;
  readonly events: ReceivedEvent[] = [];
  /** Requests whose signature was wrong. */
  forged = 0;
  /** Answers 503. */
  down = false;
  /** Answers 410: it wants nothing any more. */
  gone = false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        response.statusCode = this.#take(body, request.headers as Record<string, string>);
        response.end();
      });
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** What came of this type and has this in its data. */
  of(type: string, data: Readonly<Record<string, unknown>>): readonly ReceivedEvent[] {
    return this.events.filter(
      (event) =>
        event.type === type && Object.entries(data).every(([name, value]) => event.data[name] === value),
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(body: string, headers: Readonly<Record<string, string>>): number {
    if (this.down) return 503;
    if (this.gone) return 410;
    try {
      const { type, data } = new Webhook(this.secret).verify(body, headers) as Omit<ReceivedEvent, "id">;
      this.events.push({ id: headers["webhook-id"] ?? "", type, data });
      return 204;
    } catch {
      this.forged++;
      return 401;
    }
  }
}
