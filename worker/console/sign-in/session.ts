// Who is signed in: read from the sealed cookie, or from Cloudflare Access's header where the configuration says so. A sign-in
// lasts as long as the token that it came of, and half a day at most.

import * as v from "valibot";
import { ROLES } from "#core/policy";
import type { Authenticated } from "../../../durable-objects/connection.ts";
import type { SignInObject } from "../../../durable-objects/sign-in-object.ts";
import { authenticatorFor, parseIssuers } from "../../auth/index.ts";
import type { ConsoleContext, SignedIn } from "../env.ts";
import { formToken } from "../forms.ts";
import { dropCookie, readCookie, writeCookie } from "./cookies.ts";
import { seal, unseal } from "./seal.ts";

const MOST_MS = 12 * 3600_000;

/** developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/ */
const ACCESS_HEADER = "cf-access-jwt-assertion";

const Kept = v.object({
  issuer: v.string(),
  subject: v.string(),
  roles: v.array(v.picklist(ROLES)),
  groups: v.array(v.string()),
  expires_at: v.number(),
  /** Tells this sign-in from the next one of the same person. */
  id: v.string(),
});

/** False where the principal is too large for cookies. */
export async function signIn(c: ConsoleContext, { principal, expiresAt }: Authenticated): Promise<boolean> {
  const now = Date.now();
  const until = Math.min(expiresAt, now + MOST_MS);
  const kept: v.InferOutput<typeof Kept> = {
    issuer: principal.issuer,
    subject: principal.subject,
    roles: [...principal.roles],
    groups: [...principal.groups],
    expires_at: until,
    id: crypto.randomUUID(),
  };
  const sealed = await seal(c.get("keys").seal, "session", kept, until);
  return writeCookie(c, "session", sealed, Math.max(0, Math.floor((until - now) / 1000)));
}

/** For this browser, and for whoever else may have a copy of its cookie. */
export async function signOut(c: ConsoleContext): Promise<void> {
  const { id, authenticated } = c.get("signedIn");
  if (id !== null) await signInObject(c, id).end(authenticated.expiresAt);
  dropCookie(c, "session");
}

function signInObject(c: ConsoleContext, id: string): DurableObjectStub<SignInObject> {
  return c.env.SIGN_INS.get(c.env.SIGN_INS.idFromName(id));
}

export async function whoIsSignedIn(c: ConsoleContext): Promise<SignedIn | null> {
  const cookie = readCookie(c, "session");
  const payload = cookie === null ? null : await unseal(c.get("keys").seal, "session", cookie);
  const kept = v.safeParse(Kept, payload);
  if (kept.success) {
    const { issuer, subject, roles, groups, expires_at: expiresAt, id } = kept.output;
    // Whom the gateway trusts no longer is nobody here either.
    if (expiresAt <= Date.now() || !isTrusted(c.env.ISSUERS, issuer)) return null;
    if (await signInObject(c, id).hasEnded()) return null;
    const authenticated = { principal: { issuer, subject, roles, groups }, expiresAt };
    return {
      authenticated,
      formToken: await formToken(c.get("keys"), authenticated.principal, id),
      id,
    };
  }
  return byAccess(c);
}

function isTrusted(issuers: string, issuer: string): boolean {
  const parsed = parseIssuers(issuers);
  return parsed.ok && parsed.value.some((one) => one.issuer === issuer);
}

async function byAccess(c: ConsoleContext): Promise<SignedIn | null> {
  const { access } = c.get("config");
  const token = c.req.header(ACCESS_HEADER);
  if (access === undefined || token === undefined) return null;
  const checked = await authenticatorFor(c.env).authenticate(token);
  // Where requests come past Access, anybody can send the header: an agent's token in it is no sign-in.
  if (!checked.ok || checked.value.principal.issuer !== access) return null;
  return {
    authenticated: checked.value,
    formToken: await formToken(c.get("keys"), checked.value.principal, "access"),
    id: null,
  };
}
