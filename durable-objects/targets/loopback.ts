// Is this host the machine itself? Only there may a connection go without TLS.

/** Names and literals of loopback; anything else, `localhost.example.com` included, is not (RFC 6761 §6.3, RFC 5735). */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}
