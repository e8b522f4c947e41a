// Slack as an app's webhook and buttons meet it: takes messages and what replaces them, and signs what somebody presses.

import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface SlackMessage {
  readonly text: string;
  readonly replace_original?: boolean;
  readonly blocks?: readonly {
    readonly type: string;
    readonly elements?: readonly { readonly action_id: string; readonly value: string }[];
  }[];
}

export interface Pressed {
  readonly user: string;
  readonly action: string;
  readonly value: string;
  readonly reason?: string;
}

export class SlackWorkspace {
  readonly messages: SlackMessage[] = [];
  readonly secret = "not-a-slack-secret";
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        this.messages.push(JSON.parse(body) as SlackMessage);
        response.end("ok");
      });
    });
  }

  static async start(): Promise<SlackWorkspace> {
    const workspace = new SlackWorkspace();
    await new Promise<void>((resolve) => workspace.#server.listen(0, "127.0.0.1", resolve));
    return workspace;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/services/T0/B0`;
  }

  /** As Slack posts it; `seconds` is when. */
  pressed(
    { user, action, value, reason }: Pressed,
    seconds = Math.floor(Date.now() / 1_000),
    secret = this.secret,
  ): RequestInit {
    const payload = {
      type: "block_actions",
      user: { id: user, team_id: "T0" },
      actions: [{ type: "button", action_id: action, value }],
      response_url: this.url,
      state: {
        values: { sluice_reason: { sluice_reason: { type: "plain_text_input", value: reason ?? null } } },
      },
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const mac = createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex");
    return {
      method: "POST",
      body,
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": String(seconds),
        "x-slack-signature": `v0=${mac}`,
      },
    };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
