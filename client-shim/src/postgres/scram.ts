// SCRAM-SHA-256 (RFC 5802, RFC 7677) as a client, without channel binding. The nonce is an argument. The password is
// normalized as far as Unicode's NFKC goes, which is what SASLprep (RFC 4013) does to nearly all of them.

import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";

export const SCRAM_SHA_256 = "SCRAM-SHA-256";

/** Above what anybody configures; a server must not be able to keep the client computing. */
const MOST_ITERATIONS = 1_000_000;

export class Scram {
  readonly #password: string;
  readonly #nonce: string;
  #serverSignature: Buffer | null = null;

  constructor(password: string, nonce: string) {
    this.#password = password.normalize("NFKC");
    this.#nonce = nonce;
  }

  first(): string {
    return `n,,${this.#bareFirst()}`;
  }

  /** The answer to the server's first message; null where that is no such message. */
  final(serverFirst: string): string | null {
    const nonce = attribute(serverFirst, "r");
    const salt = attribute(serverFirst, "s");
    const iterations = Number(attribute(serverFirst, "i"));
    if (nonce === null || salt === null || !nonce.startsWith(this.#nonce) || nonce === this.#nonce)
      return null;
    if (!Number.isInteger(iterations) || iterations < 1 || iterations > MOST_ITERATIONS) return null;
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, "base64"), iterations, 32, "sha256");
    const withoutProof = `c=biws,r=${nonce}`;
    const signed = `${this.#bareFirst()},${serverFirst},${withoutProof}`;
    const clientKey = hmac(salted, "Client Key");
    const signature = hmac(createHash("sha256").update(clientKey).digest(), signed);
    const proof = clientKey.map((byte, i) => byte ^ (signature[i] ?? 0));
    this.#serverSignature = hmac(hmac(salted, "Server Key"), signed);
    return `${withoutProof},p=${Buffer.from(proof).toString("base64")}`;
  }

  /** Whether the server knows the password too. */
  verifies(serverFinal: string): boolean {
    const expected = this.#serverSignature;
    const given = Buffer.from(attribute(serverFinal, "v") ?? "", "base64");
    return expected !== null && given.length === expected.length && timingSafeEqual(given, expected);
  }

  #bareFirst(): string {
    // PostgreSQL takes the user's name from the start-up message.
    return `n=,r=${this.#nonce}`;
  }
}

function attribute(message: string, letter: string): string | null {
  const found = message.split(",").find((part) => part.startsWith(`${letter}=`));
  return found?.slice(2) ?? null;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
