// Protection of forms: each brings back a token that only a page of this sign-in could have given it, and comes from the
// console's own origin. Without both nothing is done.

import type { Principal } from "#core/policy";
import { JSON_BYTES, readText } from "../policies/body.ts";
import type { ConsoleContext } from "./env.ts";
import type { ConsoleKeys } from "./keys.ts";

/** Name of the hidden field. */
export const FORM_TOKEN = "form_token";

/** Of the principal and the sign-in, so that another's form, or one of yesterday, is none of these. */
export async function formToken(keys: ConsoleKeys, principal: Principal, signInId: string): Promise<string> {
  const of = JSON.stringify([principal.issuer, principal.subject, signInId]);
  const mac = await crypto.subtle.sign("HMAC", keys.forms, new TextEncoder().encode(of));
  return new Uint8Array(mac).toHex();
}

/** null: the form is not to be believed. */
export async function readForm(c: ConsoleContext): Promise<URLSearchParams | null> {
  if (c.req.header("origin") !== c.get("config").base_url) return null;
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header("content-type") ?? "")) return null;
  const body = await readText(c.req.raw, JSON_BYTES);
  if (!body.ok) return null;
  const form = new URLSearchParams(body.value);
  return same(form.get(FORM_TOKEN) ?? "", c.get("signedIn").formToken) ? form : null;
}

/** Without telling by its time how much of it is right. */
function same(a: string, b: string): boolean {
  const [x, y] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  return x.length === y.length && crypto.subtle.timingSafeEqual(x, y);
}

/** What a form is told that is not believed. */
export const STALE_FORM = {
  status: 403,
  title: "This form is too old",
  detail: "It was not made for this sign-in, so nothing was done. Open the page again and repeat it there.",
};
