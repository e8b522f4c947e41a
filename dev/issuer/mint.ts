// Tokens of the local issuer without asking it: signed with its key from the state directory, in the shape in which
// provider.ts would issue them. For the stack's own parts, tests, and `npm run token`.

import { importJWK, SignJWT } from "jose";
import { SIGNING_ALG, type IssuerKeys } from "./keys.ts";

export const AUDIENCE = "sluice";

export interface TokenRequest {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly lifetimeSeconds: number;
  /** Written over everything else, `iss`, `aud` and `exp` included: for tokens that have to be refused. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** `now` in milliseconds. */
export async function mintToken(
  issuer: string,
  keys: IssuerKeys,
  request: TokenRequest,
  now: number,
): Promise<string> {
  const issuedAt = Math.floor(now / 1000);
  const claims = {
    iss: issuer,
    aud: AUDIENCE,
    sub: request.subject,
    client_id: request.roles[0] ?? "agent",
    roles: request.roles,
    groups: request.roles.map((role) => `${role}s`),
    iat: issuedAt,
    exp: issuedAt + request.lifetimeSeconds,
    jti: crypto.randomUUID(),
    ...request.claims,
  };
  const header = { alg: SIGNING_ALG, typ: "at+jwt", kid: keys.signing.kid ?? "" };
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(keys.signing, SIGNING_ALG));
}
