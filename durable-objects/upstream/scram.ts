// SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it, client side: values in, values out. Uses WebCrypto; no I/O.
// Channel binding is not possible: Workers sockets do not show the certificate. So gs2 `n`, also where the server offers PLUS:
// `y` would claim that it did not, and end the exchange (RFC 5802 §6).

import { base64Decode, base64Encode } from "#core/bytes";
import { err, ok, type Result } from "../../core/result.ts";
import { saslprep } from "./saslprep.ts";

/**
 * workerd's limit-enforcer.h, DEFAULT_MAX_PBKDF2_ITERATIONS: in production deriveBits fails above it, locally it does not.
 * Also what bounds the CPU time that a hostile server can take.
 */
export const MAX_ITERATIONS = 100_000;
/** RFC 7677 §4, and PostgreSQL's default: a server that asks for less makes the exchange cheap to guess from. */
export const MIN_ITERATIONS = 4096;
/** PostgreSQL sends about 80 bytes. */
export const MAX_SERVER_MESSAGE_BYTES = 2048;
/** 18 bytes, as libpq has it (SCRAM_RAW_NONCE_LEN). */
export const NONCE_BYTES = 18;

const GS2_HEADER = "n,,";
/** base64 of the GS2 header: what channel binding comes to when there is none. */
const CHANNEL_BINDING = "biws";

export interface ClientFirst {
  readonly nonce: string;
  readonly bare: string;
  readonly message: Uint8Array;
}

export interface ClientFinal {
  readonly message: Uint8Array;
  readonly authMessage: string;
  readonly serverKey: CryptoKey;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** PostgreSQL takes the user from the start-up packet, so the name here stays empty, as libpq leaves it. */
export function clientFirst(random: Uint8Array): ClientFirst {
  const nonce = base64Encode(random);
  const bare = `n=,r=${nonce}`;
  return { nonce, bare, message: encoder.encode(GS2_HEADER + bare) };
}

/** Answers the server's challenge. The error says what is wrong with it, and holds nothing of the password. */
export async function clientFinal(
  first: ClientFirst,
  serverFirst: Uint8Array,
  password: string,
): Promise<Result<ClientFinal, string>> {
  const challenge = readServerFirst(first, serverFirst);
  if (!challenge.ok) return challenge;
  const { text, nonce, salt, iterations } = challenge.value;

  const salted = await hmacKey(await saltPassword(password, salt, iterations));
  const clientKey = await hmac(salted, encoder.encode("Client Key"));
  const storedKey = await hmacKey(new Uint8Array(await crypto.subtle.digest("SHA-256", clientKey)));
  const serverKey = await hmacKey(await hmac(salted, encoder.encode("Server Key")));

  const withoutProof = `c=${CHANNEL_BINDING},r=${nonce}`;
  const authMessage = `${first.bare},${text},${withoutProof}`;
  const signature = await hmac(storedKey, encoder.encode(authMessage));
  const proof = clientKey.map((byte, i) => byte ^ (signature[i] ?? 0));
  return ok({ message: encoder.encode(`${withoutProof},p=${base64Encode(proof)}`), authMessage, serverKey });
}

/** The server proves that it knows the password too. Compared by the platform's HMAC verify, in constant time. */
export async function verifyServerFinal(
  final: ClientFinal,
  serverFinal: Uint8Array,
): Promise<Result<null, string>> {
  const text = decode(serverFinal);
  if (text === null) return err("the server's final SCRAM message is not understood");
  // Before RFC 5802's error values PostgreSQL sends an ErrorResponse; its text here is the server's and is not repeated.
  if (text.startsWith("e=")) return err("the server ended the SCRAM exchange with an error");
  const signature = /^v=([^,]+)$/.exec(text)?.[1];
  const bytes = signature === undefined ? null : base64Decode(signature);
  if (bytes === null) return err("the server's final SCRAM message is not understood");
  const genuine = await crypto.subtle.verify(
    "HMAC",
    final.serverKey,
    bytes,
    encoder.encode(final.authMessage),
  );
  return genuine ? ok(null) : err("the server's SCRAM signature is wrong: it does not know the password");
}

/**
 * What PostgreSQL keeps of a password (libpq's scram_build_secret): with it in CREATE ROLE, the password itself is in no
 * statement, and so in no log and no pg_stat_activity.
 */
export async function scramVerifier(password: string, salt: Uint8Array): Promise<string> {
  const salted = await hmacKey(await saltPassword(password, salt, MIN_ITERATIONS));
  const clientKey = await hmac(salted, encoder.encode("Client Key"));
  const storedKey = new Uint8Array(await crypto.subtle.digest("SHA-256", clientKey));
  const serverKey = await hmac(salted, encoder.encode("Server Key"));
  return `SCRAM-SHA-256$${MIN_ITERATIONS}:${base64Encode(salt)}$${base64Encode(storedKey)}:${base64Encode(serverKey)}`;
}

interface ServerFirst {
  readonly text: string;
  readonly nonce: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

function readServerFirst(first: ClientFirst, bytes: Uint8Array): Result<ServerFirst, string> {
  const text = decode(bytes);
  // An `m=` in front would be a mandatory extension, which has to be refused (RFC 5802 §5.1): it does not match.
  const parts =
    text === null ? null : /^r=([\x21-\x2b\x2d-\x7e]+),s=([^,]+),i=([1-9]\d{0,9})(?:,.*)?$/.exec(text);
  const salt = parts?.[2] === undefined ? null : base64Decode(parts[2]);
  if (text === null || parts === null || salt === null)
    return err("the server's first SCRAM message is not understood");
  const nonce = parts[1] ?? "";
  if (!nonce.startsWith(first.nonce) || nonce.length === first.nonce.length) {
    return err("the server's SCRAM nonce does not extend the gateway's");
  }
  const iterations = Number(parts[3]);
  if (iterations > MAX_ITERATIONS) {
    return err(
      `the server asks for ${iterations} SCRAM iterations, and Workers do at most ${MAX_ITERATIONS}: ` +
        "lower scram_iterations in the database and set the role's password again",
    );
  }
  if (iterations < MIN_ITERATIONS) {
    return err(
      `the server asks for ${iterations} SCRAM iterations, fewer than the ${MIN_ITERATIONS} of RFC 7677: ` +
        "raise scram_iterations in the database and set the role's password again",
    );
  }
  return ok({ text, nonce, salt, iterations });
}

async function saltPassword(password: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", encoder.encode(saslprep(password)), "PBKDF2", false, [
    "deriveBits",
  ]);
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations },
    key,
    256,
  );
  return new Uint8Array(bits);
}

function hmacKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}

async function hmac(key: CryptoKey, message: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
}

function decode(bytes: Uint8Array): string | null {
  if (bytes.length > MAX_SERVER_MESSAGE_BYTES) return null;
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
