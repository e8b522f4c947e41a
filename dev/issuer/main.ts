// The part "issuer": the local OIDC issuer on its port, with the one page of its own (pick an account).

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { servePart } from "../part.ts";
import { LOOPBACK } from "../ports.ts";
import type { Role } from "../state.ts";
import { ACCOUNTS } from "./clients.ts";
import type { IssuerKeys } from "./keys.ts";
import { accountPage } from "./pages.ts";
import { createProvider } from "./provider.ts";

export interface IssuerSettings {
  readonly port: number;
  readonly gateway: string;
  readonly keys: IssuerKeys;
  readonly clients: Readonly<Record<Role, string>>;
}

export interface IssuerFacts {
  readonly url: string;
}

/** A form of one field is far smaller. */
const FORM_LIMIT_BYTES = 4096;

servePart<IssuerSettings, IssuerFacts>(async (settings) => {
  const url = `http://${LOOPBACK}:${settings.port}`;
  // oidc-provider warns on the console about what is meant for production; none of it is true of this one.
  console.warn = () => undefined;
  const provider = createProvider({ url, ...settings });
  const callback = provider.callback();

  const interact = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await provider.interactionDetails(request, response);
    if (request.method !== "POST") {
      response.setHeader("content-type", "text/html; charset=utf-8").end(accountPage(request.url ?? "/"));
      return;
    }
    const account = new URLSearchParams(await readForm(request)).get("account");
    const result =
      account === null || !ACCOUNTS.has(account)
        ? { error: "access_denied" }
        : { login: { accountId: account } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  };

  const server = createServer((request, response) => {
    if (!request.url?.startsWith("/interaction/")) return void callback(request, response);
    interact(request, response).catch(() => {
      if (!response.headersSent) response.statusCode = 400;
      response.end("This sign-in has expired: start it again from where you came.\n");
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(settings.port, LOOPBACK, resolve);
  });
  return {
    facts: { url },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
});

async function readForm(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > FORM_LIMIT_BYTES) throw new Error("form too large");
  }
  return text;
}
