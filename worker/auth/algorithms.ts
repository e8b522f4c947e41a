// The signature algorithms that a token may use. All are asymmetric: with a shared secret whoever checks a token can
// make one, and a public key taken for an HMAC secret lets anyone make one (RFC 8725 §2.1, §3.1).

export const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** Named in errors so that their users learn what is wrong; any other name stays unsaid, it is the caller's text. */
const REFUSED_BY_NAME: readonly string[] = ["none", "HS256", "HS384", "HS512"];

export function isAlgorithm(name: unknown): name is Algorithm {
  return ALGORITHMS.some((algorithm) => algorithm === name);
}

/** The algorithm's name where it is a known one, so that no text of the caller gets into an error. */
export function knownName(name: unknown): string | null {
  if (typeof name !== "string") return null;
  return isAlgorithm(name) || REFUSED_BY_NAME.includes(name) ? name : null;
}
