// HMAC-SHA-256 against RFC 4231's vectors, and SHA-256 at every length around its blocks against Web Cryptography.

import { Sha256, sha256 } from "#core/bytes";
import { hmacSha256 } from "#core/masking";
import { expect, test } from "vitest";

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  [
    "1",
    bytes("0b".repeat(20)),
    ascii("Hi There"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    "2",
    ascii("Jefe"),
    ascii("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    "3",
    bytes("aa".repeat(20)),
    bytes("dd".repeat(50)),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
  ],
  [
    "4",
    bytes("0102030405060708090a0b0c0d0e0f10111213141516171819"),
    bytes("cd".repeat(50)),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
  [
    "6",
    bytes("aa".repeat(131)),
    ascii("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    "7",
    bytes("aa".repeat(131)),
    ascii(
      "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
    ),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
] as const)("vector %s of RFC 4231", (_, key, data, expected) => {
  expect(hex(hmacSha256(key)(data))).toBe(expected);
});

test("SHA-256 agrees with Web Cryptography at every length of up to four blocks", async () => {
  for (let length = 0; length <= 256; length++) {
    const message = Uint8Array.from({ length }, (_, at) => (at * 31 + length) & 0xff);
    const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", message));
    expect(hex(sha256(message))).toBe(hex(expected));
  }
});

test("a message in parts has the digest of the whole, wherever it is cut, and may be asked in between", () => {
  const message = Uint8Array.from({ length: 300 }, (_, at) => (at * 7) & 0xff);
  for (let first = 0; first <= 200; first += 1) {
    const hash = new Sha256();
    hash.update(message.subarray(0, first));
    expect(hex(hash.digest())).toBe(hex(sha256(message.subarray(0, first))));
    hash.update(message.subarray(first, first + 37));
    hash.update(message.subarray(first + 37));
    expect(hex(hash.digest())).toBe(hex(sha256(message)));
  }
});
