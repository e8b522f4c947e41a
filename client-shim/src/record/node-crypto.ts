// What verifying needs, by Node's own means: Ed25519 in Node 20's Web Cryptography still warns that it is experimental.

import { createHash, createPublicKey, verify } from "node:crypto";
import type { VerifierCrypto } from "./crypto.ts";

export const NODE_CRYPTO: VerifierCrypto = {
  sha256: (bytes) => Promise.resolve(createHash("sha256").update(bytes).digest()),
  verifyEd25519: (x, message, signature) => {
    try {
      const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
      return Promise.resolve(verify(null, message, key, signature));
    } catch {
      // No key in form.
      return Promise.resolve(false);
    }
  },
};
