// SHA-256 (FIPS 180-4), synchronous: rows are hashed while they stream by, and Web Cryptography only answers later. Pure.
// For tokens of masked values and for responses whose digest stands in the record; what is verified or signed elsewhere
// takes the platform's.

const BLOCK_BYTES = 64;

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of 8. */
const [ROUND, INITIAL] = constants();

const STATE_WORDS = 8;

/** A message that comes in parts. */
export class Sha256 {
  readonly #state = Int32Array.from(INITIAL);
  /** What does not fill a block yet. */
  readonly #rest = new Uint8Array(BLOCK_BYTES);
  #bytes = 0;

  update(part: Uint8Array): void {
    const pending = this.#bytes % BLOCK_BYTES;
    this.#bytes += part.length;
    let at = 0;
    if (pending > 0) {
      at = Math.min(BLOCK_BYTES - pending, part.length);
      this.#rest.set(part.subarray(0, at), pending);
      if (pending + at < BLOCK_BYTES) return;
      compress(this.#state, this.#rest, 0);
    }
    for (; at + BLOCK_BYTES <= part.length; at += BLOCK_BYTES) compress(this.#state, part, at);
    this.#rest.set(part.subarray(at));
  }

  /** Of what has come so far; more may come. */
  digest(): Uint8Array {
    const pending = this.#bytes % BLOCK_BYTES;
    return sha256From(this.#state, this.#rest.subarray(0, pending), this.#bytes - pending);
  }
}

export function sha256(message: Uint8Array): Uint8Array {
  return sha256From(INITIAL, message, 0);
}

/** After one block, for those who begin many messages with it. */
export function sha256After(block: Uint8Array): Int32Array {
  const state = Int32Array.from(INITIAL);
  compress(state, block, 0);
  return state;
}

/** The digest of `before` bytes that led to `from`, and of `message` behind them. */
export function sha256From(from: Int32Array, message: Uint8Array, before: number): Uint8Array {
  const state = scratch;
  state.set(from);
  const whole = message.length - (message.length % BLOCK_BYTES);
  for (let at = 0; at < whole; at += BLOCK_BYTES) compress(state, message, at);
  const rest = message.length - whole;
  const tail = rest + 9 > BLOCK_BYTES ? tails.two : tails.one;
  tail.fill(0);
  for (let at = 0; at < rest; at++) tail[at] = byteAt(message, whole + at);
  tail[rest] = 0x80;
  const bytes = before + message.length;
  // The length in bits, 64 of them; a message has fewer than 2^53 bytes.
  put32(tail, tail.length - 8, Math.floor(bytes / 2 ** 29));
  put32(tail, tail.length - 4, bytes << 3);
  for (let at = 0; at < tail.length; at += BLOCK_BYTES) compress(state, tail, at);
  const digest = new Uint8Array(4 * STATE_WORDS);
  for (let i = 0; i < STATE_WORDS; i++) put32(digest, 4 * i, state[i] ?? 0);
  return digest;
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Reused: nothing else runs while a message is hashed. */
const scratch = new Int32Array(STATE_WORDS);
const tails = { one: new Uint8Array(BLOCK_BYTES), two: new Uint8Array(2 * BLOCK_BYTES) };
const schedule = new Int32Array(64);

/** FIPS 180-4 §6.2.2. Plain words and no calls: this is where the time of a hash goes. */
function compress(state: Int32Array, block: Uint8Array, from: number): void {
  const w = schedule;
  for (let i = 0, at = from; i < 16; i++, at += 4)
    w[i] =
      (byteAt(block, at) << 24) |
      (byteAt(block, at + 1) << 16) |
      (byteAt(block, at + 2) << 8) |
      byteAt(block, at + 3);
  for (let i = 16; i < 64; i++) {
    const x = wordAt(w, i - 15);
    const y = wordAt(w, i - 2);
    const near = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const far = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (wordAt(w, i - 16) + near + wordAt(w, i - 7) + far) | 0;
  }
  let a = wordAt(state, 0);
  let b = wordAt(state, 1);
  let c = wordAt(state, 2);
  let d = wordAt(state, 3);
  let e = wordAt(state, 4);
  let f = wordAt(state, 5);
  let g = wordAt(state, 6);
  let h = wordAt(state, 7);
  for (let i = 0; i < 64; i++) {
    const high = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + high + ((e & f) ^ (~e & g)) + wordAt(ROUND, i) + wordAt(w, i)) | 0;
    const low = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] = wordAt(state, 0) + a;
  state[1] = wordAt(state, 1) + b;
  state[2] = wordAt(state, 2) + c;
  state[3] = wordAt(state, 3) + d;
  state[4] = wordAt(state, 4) + e;
  state[5] = wordAt(state, 5) + f;
  state[6] = wordAt(state, 6) + g;
  state[7] = wordAt(state, 7) + h;
}

/** Every index in use is there: all are of fixed length, and are read within it. */
function wordAt(words: Int32Array, at: number): number {
  return words[at] ?? 0;
}

/** Apart from the above, so that each sees one kind of array. */
function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function constants(): readonly [Int32Array, Int32Array] {
  const round = new Int32Array(64);
  const initial = new Int32Array(8);
  let found = 0;
  for (let candidate = 2; found < 64; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++)
      if (candidate % divisor === 0) prime = false;
    if (!prime) continue;
    round[found] = fraction(Math.cbrt(candidate));
    if (found < 8) initial[found] = fraction(Math.sqrt(candidate));
    found++;
  }
  return [round, initial];
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
}
