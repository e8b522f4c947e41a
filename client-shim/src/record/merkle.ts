// Proofs of a Merkle tree as RFC 6962 builds it, checked as RFC 9162 §2.1.3.2 and §2.1.4.2 say. Pure but for the hash.

import { hex, type VerifierCrypto } from "./crypto.ts";

export class MerkleVerifier {
  readonly #crypto: VerifierCrypto;

  constructor(crypto: VerifierCrypto) {
    this.#crypto = crypto;
  }

  leaf(data: Uint8Array): Promise<Uint8Array> {
    return this.#hash(0, data, new Uint8Array(0));
  }

  node(left: Uint8Array, right: Uint8Array): Promise<Uint8Array> {
    return this.#hash(1, left, right);
  }

  /** The root of all leaves, from their hashes. */
  async root(leaves: readonly Uint8Array[]): Promise<Uint8Array> {
    const [only] = leaves;
    if (only === undefined) return this.#crypto.sha256(new Uint8Array(0));
    if (leaves.length === 1) return only;
    const left = 2 ** Math.floor(Math.log2(leaves.length - 1));
    return this.node(await this.root(leaves.slice(0, left)), await this.root(leaves.slice(left)));
  }

  async inclusion(
    leaf: Uint8Array,
    index: number,
    size: number,
    proof: readonly Uint8Array[],
    root: Uint8Array,
  ): Promise<boolean> {
    if (!(index < size)) return false;
    let [position, last, hash] = [index, size - 1, leaf];
    for (const sibling of proof) {
      if (last === 0) return false;
      if (position % 2 === 1 || position === last) {
        hash = await this.node(sibling, hash);
        while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
      } else hash = await this.node(hash, sibling);
      [position, last] = [half(position), half(last)];
    }
    return last === 0 && hex(hash) === hex(root);
  }

  async consistency(
    from: { readonly size: number; readonly root: Uint8Array },
    to: { readonly size: number; readonly root: Uint8Array },
    proof: readonly Uint8Array[],
  ): Promise<boolean> {
    if (from.size > to.size) return false;
    if (from.size === to.size) return proof.length === 0 && hex(from.root) === hex(to.root);
    if (from.size === 0) return proof.length === 0;
    const whole = Number.isInteger(Math.log2(from.size)) ? [from.root, ...proof] : [...proof];
    const [first, ...rest] = whole;
    if (first === undefined) return false;
    let [position, last] = [from.size - 1, to.size - 1];
    while (position % 2 === 1) [position, last] = [half(position), half(last)];
    let [older, newer] = [first, first];
    for (const sibling of rest) {
      if (last === 0) return false;
      if (position % 2 === 1 || position === last) {
        older = await this.node(sibling, older);
        newer = await this.node(sibling, newer);
        while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)];
      } else newer = await this.node(newer, sibling);
      [position, last] = [half(position), half(last)];
    }
    return last === 0 && hex(older) === hex(from.root) && hex(newer) === hex(to.root);
  }

  #hash(prefix: number, left: Uint8Array, right: Uint8Array): Promise<Uint8Array> {
    const bytes = new Uint8Array(1 + left.length + right.length);
    bytes[0] = prefix;
    bytes.set(left, 1);
    bytes.set(right, 1 + left.length);
    return this.#crypto.sha256(bytes);
  }
}

/** Sizes may pass 32 bits. */
function half(n: number): number {
  return Math.floor(n / 2);
}
