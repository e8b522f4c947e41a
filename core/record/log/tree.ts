// The Merkle tree of the log (RFC 6962 §2.1): what is hashed with what. Pure: hashes of complete subtrees come from a store, and
// the hash function is handed in, since the platform's answers later.

/** Hash of the complete subtree over leaves [index · 2^level, (index + 1) · 2^level). */
export type ReadNode = (level: number, index: number) => Uint8Array;
export type HashNode = (left: Uint8Array, right: Uint8Array) => Promise<Uint8Array>;

export interface TreeNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** The nodes that leaf number `index` completes, itself first. */
export async function completedBy(
  index: number,
  leaf: Uint8Array,
  read: ReadNode,
  hash: HashNode,
): Promise<TreeNode[]> {
  const nodes: TreeNode[] = [{ level: 0, index, hash: leaf }];
  let [at, top] = [index, leaf];
  for (let level = 0; at % 2 === 1; level++) {
    top = await hash(read(level, at - 1), top);
    at = (at - 1) / 2;
    nodes.push({ level: level + 1, index: at, hash: top });
  }
  return nodes;
}

/** MTH of the first `size` leaves; there has to be one. */
export async function rootOf(size: number, read: ReadNode, hash: HashNode): Promise<Uint8Array> {
  return range(0, size, read, hash);
}

/** PATH (§2.1.1): siblings of leaf `index` in the tree of `size` leaves, lowest first. */
export async function inclusionProof(
  index: number,
  size: number,
  read: ReadNode,
  hash: HashNode,
): Promise<Uint8Array[]> {
  const proof: Uint8Array[] = [];
  let [start, width] = [0, size];
  while (width > 1) {
    const left = largestPowerBelow(width);
    if (index - start < left) {
      proof.push(await range(start + left, width - left, read, hash));
      width = left;
    } else {
      proof.push(await range(start, left, read, hash));
      [start, width] = [start + left, width - left];
    }
  }
  return proof.reverse();
}

/** PROOF (§2.1.2): that the tree of `size` leaves begins with that of `from`, lowest first; 0 < from <= size. */
export async function consistencyProof(
  from: number,
  size: number,
  read: ReadNode,
  hash: HashNode,
): Promise<Uint8Array[]> {
  const proof: Uint8Array[] = [];
  let [start, width, wanted] = [0, size, from];
  /** The older tree is a complete subtree of the newer so far: who checks has its root already. */
  let known = true;
  while (wanted !== width) {
    const left = largestPowerBelow(width);
    if (wanted <= left) {
      proof.push(await range(start + left, width - left, read, hash));
      width = left;
    } else {
      proof.push(await range(start, left, read, hash));
      [start, width, wanted, known] = [start + left, width - left, wanted - left, false];
    }
  }
  if (!known) proof.push(await range(start, width, read, hash));
  return proof.reverse();
}

async function range(start: number, width: number, read: ReadNode, hash: HashNode): Promise<Uint8Array> {
  const left = largestPowerBelow(width);
  // A power of two begins at a multiple of itself, so it is a complete subtree.
  if (left * 2 === width || width === 1) return read(Math.log2(width), start / width);
  return hash(await range(start, left, read, hash), await range(start + left, width - left, read, hash));
}

/** The largest power of two that is smaller. */
function largestPowerBelow(width: number): number {
  let power = 1;
  while (power * 2 < width) power *= 2;
  return power;
}
