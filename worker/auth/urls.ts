// Which URLs the gateway may fetch keys from: https, or plain http within this machine. Pure.

export function isLoopback(url: URL): boolean {
  const host = url.hostname;
  return host === "localhost" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** https, or http to a loopback host. No credentials in it: they would end up in errors and logs. */
export function isTrustworthy(url: URL): boolean {
  if (url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}

/** A document of a remote issuer must not send the gateway to plain http on its own machine. */
export function mayPointTo(from: URL, to: URL): boolean {
  return isTrustworthy(to) && (to.protocol === "https:" || isLoopback(from));
}
