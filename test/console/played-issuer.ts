// An issuer that does what a test tells it: answers by the book, or with what must not be taken. It plays Cloudflare Access too,
// which has keys at an address of its own and no discovery. For the console's sign-in; the local stack's issuer is a real one.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

type Key = CryptoKey;

/** How the client has to prove itself, by the path of the issuer: `/basic` takes a header, `/post` the form. */
export type Way = "basic" | "post";

export const CLIENT = { id: "console", secret: "s3cret:with/signs" };

/** What of the next answer is not by the book: claims over those of the tokens. */
export interface Faults {
  readonly accessToken?: JWTPayload;
  readonly idToken?: JWTPayload;
}

export class PlayedIssuer {
  readonly #server: Server;
  readonly #key: Key;
  readonly #jwk: object;
  readonly #codes = new Map<string, { readonly nonce: string; readonly challenge: string }>();
  faults: Faults = {};
  /** It knows nobody any more: whoever is sent to it stays there. */
  asks = false;

  private constructor(server: Server, key: Key, jwk: object) {
    this.#server = server;
    this.#key = key;
    this.#jwk = jwk;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  static async start(): Promise<PlayedIssuer> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: "played", alg: "ES256", use: "sig" };
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return new PlayedIssuer(server, privateKey, jwk);
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  url(way: Way | "access"): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/${way}`;
  }

  /** `key`: a forger's. */
  async sign(way: Way | "access", claims: JWTPayload, key: Key = this.#key): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: this.url(way), sub: "ada", iat: now, exp: now + 600, ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "played" })
      .sign(key);
  }

  /** What the browser's visit at the issuer comes to: the address that it is sent back to. */
  authorize(at: string): URL {
    const asked = new URL(at).searchParams;
    if (asked.get("code_challenge_method") !== "S256") throw new Error("no PKCE");
    const code = crypto.randomUUID();
    this.#codes.set(code, {
      nonce: asked.get("nonce") ?? "",
      challenge: asked.get("code_challenge") ?? "",
    });
    const back = new URL(asked.get("redirect_uri") ?? "");
    back.searchParams.set("code", code);
    back.searchParams.set("state", asked.get("state") ?? "");
    return back;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.url("basic"));
    const [, first = "", ...rest] = url.pathname.split("/");
    const way: Way = first === "post" ? "post" : "basic";
    switch (rest.join("/")) {
      case ".well-known/openid-configuration":
        return json(response, this.#discovery(way));
      case "keys":
      case "cdn-cgi/access/certs":
        return json(response, { keys: [this.#jwk], public_certs: [] });
      case "authorize":
        if (this.asks) {
          response.writeHead(200, { "content-type": "text/html" }).end("<h1>Who are you?</h1>");
          return;
        }
        response.writeHead(302, { location: this.authorize(url.href).href }).end();
        return;
      case "token":
        return this.#token(way, request, response);
      default:
        response.writeHead(404).end();
    }
  }

  #discovery(way: Way): object {
    const issuer = this.url(way);
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      id_token_signing_alg_values_supported: ["ES256"],
      // Left out it means client_secret_basic (OpenID Connect Discovery 1.0 §3).
      ...(way === "post" ? { token_endpoint_auth_methods_supported: ["client_secret_post"] } : {}),
    };
  }

  async #token(way: Way, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const form = new URLSearchParams(Buffer.concat(pieces).toString("utf8"));
    if (!isProved(way, request.headers.authorization, form)) {
      return json(response, { error: "invalid_client" }, 401);
    }
    const code = form.get("code") ?? "";
    const begun = this.#codes.get(code);
    this.#codes.delete(code);
    if (begun === undefined || begun.challenge !== (await challengeOf(form.get("code_verifier") ?? "")))
      return json(response, { error: "invalid_grant" }, 400);
    const { accessToken = {}, idToken = {} } = this.faults;
    json(response, {
      token_type: "Bearer",
      access_token: await this.sign(way, { aud: "sluice", roles: ["approver"], ...accessToken }),
      id_token: await this.sign(way, { aud: CLIENT.id, nonce: begun.nonce, ...idToken }),
    });
  }
}

function isProved(way: Way, header: string | undefined, form: URLSearchParams): boolean {
  if (way === "post")
    return form.get("client_id") === CLIENT.id && form.get("client_secret") === CLIENT.secret;
  // RFC 6749 §2.3.1: both are form-encoded before they are joined.
  const encoded = Buffer.from((header ?? "").replace("Basic ", ""), "base64").toString("utf8");
  return encoded === `${CLIENT.id}:${encodeURIComponent(CLIENT.secret)}`;
}

async function challengeOf(verifier: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return Buffer.from(hash).toString("base64url");
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
