// Signing in: authorization code with PKCE (RFC 7636), state and nonce, at the configured issuer. What comes of it is one of the
// issuer's tokens, which is checked exactly as an agent's is (worker/auth); only who it names is kept, the token is not.

import * as oauth from "oauth4webapi";
import * as v from "valibot";
import { err, ok, type Result } from "../../../core/result.ts";
import type { Authenticated } from "../../../durable-objects/connection.ts";
import { authenticatorFor, toProblem } from "../../auth/index.ts";
import type { ConsoleContext } from "../env.ts";
import { dropCookie, readCookie, writeCookie } from "./cookies.ts";
import { issuerClient, type IssuerClient, MissingSecret } from "./issuer.ts";
import { seal, unseal } from "./seal.ts";

/** A person finds a password manager within it. */
const SIGN_IN_SECONDS = 600;

/** Where to send the browser; `next` is the console's own path to come back to. An error is a sentence for the person. */
export async function begin(c: ConsoleContext, next: string): Promise<Result<URL, string>> {
  const config = c.get("config");
  const reached = await reach(c);
  if (!reached.ok) return reached;
  const issuer = reached.value;
  const endpoint = issuer.server.authorization_endpoint;
  if (endpoint === undefined) return err("The issuer has no authorization endpoint.");
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const verifier = oauth.generateRandomCodeVerifier();
  const sealed = await seal(
    c.get("keys").seal,
    "sign-in",
    { state, nonce, verifier, next },
    Date.now() + SIGN_IN_SECONDS * 1000,
  );
  writeCookie(c, "sign-in", sealed, SIGN_IN_SECONDS);
  const url = new URL(endpoint);
  const parameters = {
    client_id: issuer.client.client_id,
    response_type: "code",
    redirect_uri: redirectUri(c),
    scope: config.scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...(config.resource === undefined ? {} : { resource: config.resource }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return ok(url);
}

const Begun = v.object({ state: v.string(), nonce: v.string(), verifier: v.string(), next: v.string() });
type Begun = v.InferOutput<typeof Begun>;

export interface Arrived {
  readonly authenticated: Authenticated;
  readonly next: string;
}

/** The browser is back from the issuer. */
export async function finish(c: ConsoleContext): Promise<Result<Arrived, string>> {
  const cookie = readCookie(c, "sign-in");
  dropCookie(c, "sign-in");
  const kept = cookie === null ? null : await unseal(c.get("keys").seal, "sign-in", cookie);
  const begun = v.safeParse(Begun, kept);
  if (!begun.success) return err("This sign-in was not begun in this browser, or took too long.");
  const issuer = await reach(c);
  if (!issuer.ok) return issuer;
  const answer = await redeem(c, issuer.value, begun.output);
  if (!answer.ok) return answer;
  const token = c.get("config").token === "id_token" ? answer.value.id_token : answer.value.access_token;
  if (token === undefined) return err("The issuer gave no such token (CONSOLE.token).");
  const checked = await authenticatorFor(c.env).authenticate(token);
  if (!checked.ok) return err(toProblem(checked.error).detail);
  // Of one and the same person: an access token that was swapped on the way would name another.
  const claims = oauth.getValidatedIdTokenClaims(answer.value);
  if (claims?.sub !== checked.value.principal.subject) return err("The issuer's tokens name two subjects.");
  return ok({ authenticated: checked.value, next: begun.output.next });
}

async function redeem(
  c: ConsoleContext,
  { server, client, authentication, options }: IssuerClient,
  begun: Begun,
): Promise<Result<oauth.TokenEndpointResponse, string>> {
  try {
    const parameters = oauth.validateAuthResponse(server, client, new URL(c.req.url), begun.state);
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      parameters,
      redirectUri(c),
      begun.verifier,
      options(),
    );
    const value = await oauth.processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: begun.nonce,
      requireIdToken: true,
    });
    return ok(value);
  } catch (error) {
    // The library's messages may quote what came; its codes say enough.
    // oxlint-disable-next-line no-console -- for the admin, whose client may not be set up as the issuer wants it
    console.error(`sluice: CONSOLE: the issuer's answer could not be taken (${codesOf(error)})`);
    const denied = error instanceof oauth.AuthorizationResponseError && error.error === "access_denied";
    return err(denied ? "You did not sign in at the issuer." : "The issuer's answer could not be taken.");
  }
}

/** OAUTH_RESPONSE_BODY_ERROR invalid_client */
function codesOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const [code, said] = ["code", "error"].map((name): unknown => Reflect.get(error, name));
  return [error.name, code, said]
    .filter((one) => typeof one === "string" && /^\w{1,60}$/.test(one))
    .join(" ");
}

async function reach(c: ConsoleContext): Promise<Result<IssuerClient, string>> {
  try {
    const client = await issuerClient(c.get("config"), c.env);
    return client === null
      ? err("This console is reached through Cloudflare Access, and this request did not come through it.")
      : ok(client);
  } catch (error) {
    // oxlint-disable-next-line no-console -- for the admin; what the issuer answered stays out of it
    console.error(`sluice: CONSOLE: ${describe(error)}`);
    return err("The issuer cannot be reached, or the console's client is not set up: try again in a while.");
  }
}

function describe(error: unknown): string {
  if (error instanceof MissingSecret) return error.message;
  return `the issuer's discovery failed (${error instanceof Error ? error.name : typeof error})`;
}

function redirectUri(c: ConsoleContext): string {
  return `${c.get("config").base_url}/console/callback`;
}
