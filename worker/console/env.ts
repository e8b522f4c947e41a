// What the console's pages are handed: bindings, the configuration, who is signed in, and the API to ask.

import type { Context } from "hono";
import type { Authenticated } from "../../durable-objects/connection.ts";
import type { Env } from "../env.ts";
import type { ConsoleConfig } from "./config.ts";
import type { ConsoleKeys } from "./keys.ts";

export interface SignedIn {
  readonly authenticated: Authenticated;
  /** What the forms of this sign-in have to bring back (forms.ts). */
  readonly formToken: string;
  /** Tells this sign-in from others; null by Cloudflare Access, which is signed out of there and not here. */
  readonly id: string | null;
}

export interface ConsoleEnv {
  Bindings: Env;
  Variables: {
    readonly config: ConsoleConfig;
    readonly keys: ConsoleKeys;
    readonly signedIn: SignedIn;
  };
}

export type ConsoleContext = Context<ConsoleEnv>;

/** The gateway's own API, asked without a way through the network. */
export type AskApi = (request: Request, env: Env, context: ConsoleContext) => Promise<Response>;
