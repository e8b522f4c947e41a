// A request of the Worker's own to its own API, for somebody whose token was checked before: the console's pages ask so, and
// meet the same guards as a request with a token. Known by the request object itself, so nothing that comes from outside, no
// header and no cookie, can be one.

import type { Authenticated } from "../../durable-objects/connection.ts";

const vouched = new WeakMap<Request, Authenticated>();

export function vouch(request: Request, authenticated: Authenticated): Request {
  vouched.set(request, authenticated);
  return request;
}

export function vouchedFor(request: Request): Authenticated | null {
  return vouched.get(request) ?? null;
}
