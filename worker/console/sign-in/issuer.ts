// The issuer as a client sees it: its endpoints, by discovery, kept for an hour per isolate. oauth4webapi does the protocol.

import * as oauth from "oauth4webapi";
import { isLoopback } from "../../auth/index.ts";
import type { Env } from "../../env.ts";
import type { ConsoleConfig } from "../config.ts";

export interface IssuerClient {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
  /** For each request: a bound in time, and plain http where the issuer is on this machine. */
  readonly options: () => RequestOptions;
}

export interface RequestOptions {
  readonly signal: AbortSignal;
  readonly [oauth.allowInsecureRequests]: boolean;
}

export class MissingSecret extends Error {
  override readonly name = "MissingSecret";
  override readonly message = "the secret that CONSOLE.client_secret names is not set";
}

const FRESH_MS = 60 * 60_000;
const ANSWER_MS = 5_000;

let kept: {
  readonly issuer: string;
  readonly server: oauth.AuthorizationServer;
  readonly until: number;
} | null = null;

/** null: the console has no sign-in of its own. Rejects where the issuer cannot be reached, or the client's secret is not set. */
export async function issuerClient(config: ConsoleConfig, env: Env): Promise<IssuerClient | null> {
  const { issuer, client_id: clientId } = config;
  if (issuer === undefined || clientId === undefined) return null;
  const url = new URL(issuer);
  const options = (): RequestOptions => ({
    signal: AbortSignal.timeout(ANSWER_MS),
    [oauth.allowInsecureRequests]: isLoopback(url),
  });
  const now = Date.now();
  if (kept?.issuer !== issuer || kept.until < now) {
    const answer = await oauth.discoveryRequest(url, options());
    kept = { issuer, server: await oauth.processDiscoveryResponse(url, answer), until: now + FRESH_MS };
  }
  return {
    server: kept.server,
    client: { client_id: clientId },
    authentication: authentication(config, env, kept.server),
    options,
  };
}

/** As the issuer takes it: in the form where it says so, else by RFC 6749 §2.3.1, which is what OpenID Connect defaults to. */
function authentication(
  { client_secret: name }: ConsoleConfig,
  env: Env,
  { token_endpoint_auth_methods_supported: taken = [] }: oauth.AuthorizationServer,
): oauth.ClientAuth {
  if (name === undefined) return oauth.None();
  // Secrets are named by the configuration, so the environment's type does not know them.
  const secret: unknown = Reflect.get(env, name);
  if (typeof secret !== "string") throw new MissingSecret();
  return taken.includes("client_secret_post")
    ? oauth.ClientSecretPost(secret)
    : oauth.ClientSecretBasic(secret);
}
