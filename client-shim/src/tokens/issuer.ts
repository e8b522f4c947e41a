// The token sources that ask an OIDC issuer: client credentials for machines (RFC 6749 §4.4) and the device code for people
// (RFC 8628). The flows are oauth4webapi's; here are discovery, waiting, and errors a person can act on.

import * as oauth from "oauth4webapi";
import { Refusal, tokenRefusal } from "../refusal.ts";
import { grantOf } from "./grant.ts";
import type { Grant } from "./grant.ts";
import type { Obtain } from "./renewing.ts";

/** RFC 8628 §3.2 and §3.5: where the issuer does not say, and on `slow_down`. */
const POLL_SECONDS = 5;
const REQUEST_MS = 15_000;

export interface IssuerOptions {
  readonly issuer: URL;
  readonly clientId: string;
  /** Public clients have none. */
  readonly clientSecret: string | null;
  readonly audience: string | null;
  readonly scope: string | null;
}

interface Issuer {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
  readonly parameters: URLSearchParams;
}

export function tokenFromClientCredentials(options: IssuerOptions): Obtain {
  return () =>
    asking(options, async () => {
      const { server, client, authentication, parameters } = await discover(options);
      const response = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        authentication,
        parameters,
        request(options),
      );
      return grantFrom(await oauth.processClientCredentialsResponse(server, client, response));
    });
}

/** `tell` shows the person where to go; renewed without them where the issuer gives refresh tokens. */
export function tokenFromDeviceCode(options: IssuerOptions, tell: (line: string) => void): Obtain {
  let refreshToken: string | null = null;
  return () =>
    asking(options, async () => {
      const issuer = await discover(options);
      const answer =
        (refreshToken === null ? null : await refresh(issuer, options, refreshToken)) ??
        (await askPerson(issuer, options, tell));
      refreshToken = answer.refresh_token ?? refreshToken;
      return grantFrom(answer);
    });
}

async function askPerson(
  issuer: Issuer,
  options: IssuerOptions,
  tell: (line: string) => void,
): Promise<oauth.TokenEndpointResponse> {
  const { server, client, authentication, parameters } = issuer;
  const device = await oauth.processDeviceAuthorizationResponse(
    server,
    client,
    await oauth.deviceAuthorizationRequest(server, client, authentication, parameters, request(options)),
  );
  tell(
    `To sign in, open ${device.verification_uri_complete ?? device.verification_uri} and enter the code ${device.user_code}`,
  );

  const end = Date.now() + device.expires_in * 1000;
  let seconds = device.interval ?? POLL_SECONDS;
  while (Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    try {
      const response = await oauth.deviceCodeGrantRequest(
        server,
        client,
        authentication,
        device.device_code,
        request(options),
      );
      return await oauth.processDeviceCodeResponse(server, client, response);
    } catch (fault) {
      const code = fault instanceof oauth.ResponseBodyError ? fault.error : null;
      if (code === "slow_down") seconds += POLL_SECONDS;
      else if (code !== "authorization_pending") throw fault;
    }
  }
  throw tokenRefusal("nobody signed in with the device code in time", "Connect again to get a new code.");
}

/** Null where the refresh token is used up: then the person is asked. */
async function refresh(
  issuer: Issuer,
  options: IssuerOptions,
  token: string,
): Promise<oauth.TokenEndpointResponse | null> {
  const { server, client, authentication } = issuer;
  try {
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      authentication,
      token,
      request(options),
    );
    return await oauth.processRefreshTokenResponse(server, client, response);
  } catch (fault) {
    if (fault instanceof oauth.ResponseBodyError) return null;
    throw fault;
  }
}

async function discover(options: IssuerOptions): Promise<Issuer> {
  const server = await oauth.processDiscoveryResponse(
    options.issuer,
    await oauth.discoveryRequest(options.issuer, request(options)),
  );
  const parameters = new URLSearchParams();
  if (options.audience !== null) {
    // RFC 8707 names it `resource`; many issuers know only `audience`. Each ignores the other's.
    parameters.set("audience", options.audience);
    if (URL.canParse(options.audience)) parameters.set("resource", options.audience);
  }
  if (options.scope !== null) parameters.set("scope", options.scope);
  return {
    server,
    client: { client_id: options.clientId },
    authentication: authenticationFor(server, options.clientSecret),
    parameters,
  };
}

function authenticationFor(server: oauth.AuthorizationServer, secret: string | null): oauth.ClientAuth {
  if (secret === null) return oauth.None();
  // OpenID Connect Discovery §3: client_secret_basic is what holds where nothing is said.
  const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return methods.includes("client_secret_basic")
    ? oauth.ClientSecretBasic(secret)
    : oauth.ClientSecretPost(secret);
}

/** Plain HTTP is for an issuer on this machine, as in the local stack. */
function request(options: IssuerOptions): { signal: AbortSignal; [oauth.allowInsecureRequests]: boolean } {
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(options.issuer.hostname);
  return { signal: AbortSignal.timeout(REQUEST_MS), [oauth.allowInsecureRequests]: local };
}

function grantFrom(answer: oauth.TokenEndpointResponse): Grant {
  const grant = grantOf(answer.access_token, "the issuer's answer");
  if (grant.expiresAt !== null || answer.expires_in === undefined) return grant;
  return { token: grant.token, expiresAt: Date.now() + answer.expires_in * 1000 };
}

/** Library and network faults as a Refusal; of their text only the OAuth error code is kept (RFC 6749 §5.2). */
async function asking(options: IssuerOptions, flow: () => Promise<Grant>): Promise<Grant> {
  try {
    return await flow();
  } catch (fault) {
    if (fault instanceof Refusal) throw fault;
    const { host } = options.issuer;
    const code = errorCodeOf(fault);
    if (code !== null) {
      throw tokenRefusal(
        `the issuer ${host} gave no token (${code})`,
        HINTS[code] ?? "Check --client-id, the client secret, --audience and --scope.",
      );
    }
    throw tokenRefusal(
      `no token could be had from the issuer ${host}`,
      `Check --issuer: ${new URL(".well-known/openid-configuration", `${options.issuer.href.replace(/\/?$/, "/")}`).href} has to answer, over https.`,
    );
  }
}

/** RFC 6749 §5.2: in the body, or, for a client that failed to authenticate, in a challenge. */
function errorCodeOf(fault: unknown): string | null {
  if (fault instanceof oauth.ResponseBodyError) return fault.error.replaceAll(/[^\w.-]/g, "");
  return fault instanceof oauth.WWWAuthenticateChallengeError ? "invalid_client" : null;
}

const HINTS: Readonly<Record<string, string>> = {
  invalid_client: "Check --client-id and the client secret.",
  unauthorized_client: "The issuer does not allow this client this way of getting a token; ask its admin.",
  invalid_scope: "Check --scope.",
  invalid_target: "Check --audience.",
  access_denied: "The sign-in was refused. Connect again to get a new code.",
  expired_token: "Nobody signed in in time. Connect again to get a new code.",
};
