// Which addresses events may be sent to: https, to a public name or address. Pure. What a name resolves to is not seen from
// a Worker, whose network reaches no private address; this keeps a configuration from saying one.

import { isLoopback } from "../targets/index.ts";

/** IPv4 that is not out in the world (RFC 6890), by first octets. */
const NOT_PUBLIC_V4 =
  /^(?:0|10|127)\.|^169\.254\.|^192\.168\.|^192\.0\.[02]\.|^198\.(?:1[89]|51)\.|^203\.0\.113\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^(?:22[4-9]|23\d|24\d|25[0-5])\./;
/** Names that mean something on one's own network only (RFC 6762, RFC 8375, RFC 6761). */
const NOT_PUBLIC_NAME =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|arpa|test|invalid|onion)$/;

/** Why not; null where it may be. `local`: loopback will do, over http as well. */
export function addressProblem(text: string, local: boolean): string | null {
  if (!URL.canParse(text)) return "is no URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "has credentials in it";
  if (url.hash !== "") return "has a fragment";
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (local && isLoopback(host))
    return url.protocol === "http:" || url.protocol === "https:" ? null : "is not http";
  if (url.protocol !== "https:") return "is not https";
  if (host.includes(":")) return isPublicV6(host) ? null : "is an address of a private network";
  if (/^[\d.]+$/.test(host)) return NOT_PUBLIC_V4.test(host) ? "is an address of a private network" : null;
  if (!host.includes(".") || NOT_PUBLIC_NAME.test(host)) return "is a name of a private network";
  return null;
}

/** Global unicast is 2000::/3; what wraps an IPv4 address (6to4, Teredo, NAT64) could wrap a private one. */
function isPublicV6(host: string): boolean {
  const first = Number.parseInt(host.split(":", 1)[0] ?? "", 16);
  // 2002::/16 is 6to4; 3fff::/20 is for documentation (RFC 9637).
  if (!(first >= 0x2000 && first < 0x3fff) || first === 0x2002) return false;
  return !/^2001:(?:0{0,4}|db8):/.test(host) && !host.startsWith("2001::");
}
