// The console's two cookies: who is signed in, and a sign-in under way. Both `__Host-`, Secure, HttpOnly, SameSite=Lax; on plain
// http, which is for loopback hosts alone, browsers refuse the prefix, and the name is another.
// A principal with many groups does not fit into the 4096 bytes of one cookie, so it is cut into several.

import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { ConsoleContext } from "../env.ts";

const NAMES = { session: "sluice-console", "sign-in": "sluice-sign-in" } as const;
export type CookieName = keyof typeof NAMES;

/** RFC 6265 §6.1: 4096 bytes for a cookie with its name and attributes. */
const PIECE_CHARACTERS = 3_600;
/** HTTP servers commonly take 16 KiB of headers in all. */
const MOST_PIECES = 3;

export function readCookie(c: ConsoleContext, name: CookieName): string | null {
  const pieces: string[] = [];
  for (let n = 0; n < MOST_PIECES; n++) {
    const piece = getCookie(c, full(c, name, n));
    if (piece === undefined) break;
    pieces.push(piece);
  }
  return pieces.length === 0 ? null : pieces.join("");
}

/** False where it is too large to keep. */
export function writeCookie(
  c: ConsoleContext,
  name: CookieName,
  value: string,
  maxAgeSeconds: number,
): boolean {
  if (value.length > PIECE_CHARACTERS * MOST_PIECES) return false;
  for (let n = 0; n < MOST_PIECES; n++) {
    const piece = value.slice(n * PIECE_CHARACTERS, (n + 1) * PIECE_CHARACTERS);
    if (piece === "") drop(c, name, n);
    else
      setCookie(c, full(c, name, n), piece, {
        path: "/",
        httpOnly: true,
        sameSite: "Lax",
        secure: isSecure(c),
        maxAge: maxAgeSeconds,
      });
  }
  return true;
}

export function dropCookie(c: ConsoleContext, name: CookieName): void {
  for (let n = 0; n < MOST_PIECES; n++) drop(c, name, n);
}

function drop(c: ConsoleContext, name: CookieName, n: number): void {
  if (getCookie(c, full(c, name, n)) === undefined) return;
  deleteCookie(c, full(c, name, n), { path: "/", secure: isSecure(c) });
}

function full(c: ConsoleContext, name: CookieName, n: number): string {
  const base = n === 0 ? NAMES[name] : `${NAMES[name]}-${String(n)}`;
  return isSecure(c) ? `__Host-${base}` : base;
}

/** By the configuration, not by the request: one that came over plain http by mistake gets no weaker cookie. */
function isSecure(c: ConsoleContext): boolean {
  return c.get("config").base_url.startsWith("https:");
}
