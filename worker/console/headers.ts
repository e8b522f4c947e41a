// The headers of every page: what the browser may load (its own files from here and nothing else), and that none of it is kept.

import type { MiddlewareHandler } from "hono";

/** Scripts put text into pages as text alone: `trusted-types 'none'` leaves no way to have it read as HTML. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

export const pageHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("content-security-policy", POLICY);
  c.header("x-content-type-options", "nosniff");
  // Not "no-referrer": forms would come with `Origin: null` then (Fetch, "append a request Origin header").
  c.header("referrer-policy", "same-origin");
  c.header("cross-origin-opener-policy", "same-origin");
  c.header("cross-origin-resource-policy", "same-origin");
  if (c.res.headers.get("cache-control") === null) c.header("cache-control", "no-store");
};
