// The client's half of SCRAM-SHA-256 (RFC 5802, RFC 7677) for the direct paths of the benchmarks. Does not check the server's
// signature: the server is this machine's.

import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

export class Scram {
  readonly #password: string;
  readonly #nonce = randomBytes(18).toString("base64");

  constructor(password: string) {
    this.#password = password;
  }

  get first(): Buffer {
    return Buffer.from(`n,,${this.#firstBare}`);
  }

  final(serverFirst: string): Buffer {
    const fields = new Map(serverFirst.split(",").map((field) => [field.slice(0, 1), field.slice(2)]));
    const salt = Buffer.from(fields.get("s") ?? "", "base64");
    const salted = pbkdf2Sync(this.#password, salt, Number(fields.get("i")), 32, "sha256");
    const clientKey = hmac(salted, "Client Key");
    const withoutProof = `c=biws,r=${fields.get("r") ?? ""}`;
    const stored = createHash("sha256").update(clientKey).digest();
    const signature = hmac(stored, `${this.#firstBare},${serverFirst},${withoutProof}`);
    const proof = Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] ?? 0)));
    return Buffer.from(`${withoutProof},p=${proof.toString("base64")}`);
  }

  get #firstBare(): string {
    return `n=,r=${this.#nonce}`;
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
