// Bytes of the record as they are stored: compressed where that saves something, and large streams in a bucket where one is bound.
// The chain is over the bytes themselves, so how they are stored can change. Idempotent: the same bytes are packed the same way.

import { concat } from "#core/bytes";

/** What `encoding` says of stored bytes; null: they are as they were, in the row. */
export const ENCODINGS = ["deflate", "bucket", "bucket+deflate"] as const;
export type Encoding = (typeof ENCODINGS)[number] | null;

export interface Packed {
  readonly bytes: Uint8Array;
  readonly encoding: Encoding;
}

/** The part of a bucket that is needed (R2). */
export interface Bucket {
  put(key: string, bytes: Uint8Array): Promise<unknown>;
  get(key: string): Promise<{ readonly size: number; arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

/** The bucket did not answer: of what it holds that says nothing. */
export class BucketFault extends Error {
  override readonly name = "BucketFault";
  override readonly message = "the bucket of the record does not answer";
}

/** Of less, the pages of SQLite would save nothing. */
const COMPRESS_FROM_BYTES = 1_024;
/** Compressed to more than this share, it is not worth the time of every reader. */
const WORTH_IT = 0.9;
/** Chunks of a stream that stay in D1, so 1 MiB of it: a result of that size is read in one go. */
const CHUNKS_IN_D1 = 4;
/** Chunks and tails are of 256 KiB. What is a good deal larger was put there by somebody else, and an isolate has 128 MB to find that out in. */
const MOST_BYTES = 8 * 1024 * 1024;

export async function compress(bytes: Uint8Array): Promise<Packed> {
  if (bytes.length < COMPRESS_FROM_BYTES) return { bytes, encoding: null };
  const packed = await through(bytes, new CompressionStream("deflate-raw"));
  return packed.length > bytes.length * WORTH_IT
    ? { bytes, encoding: null }
    : { bytes: packed, encoding: "deflate" };
}

export interface ChunkKey {
  readonly sessionId: string;
  readonly seq: number;
  readonly stream: string;
  readonly n: number;
}

/** A chunk for its row; in the bucket first, where it goes there. */
export async function packChunk(key: ChunkKey, bytes: Uint8Array, bucket: Bucket | null): Promise<Packed> {
  // It can be written anew, and a page of statements is measured by its size.
  if (key.stream === "intent") return { bytes, encoding: null };
  const packed = await compress(bytes);
  if (bucket === null || key.n < CHUNKS_IN_D1) return packed;
  await bucket.put(objectName(key), packed.bytes);
  const encoding = packed.encoding === null ? "bucket" : "bucket+deflate";
  return { bytes: new Uint8Array(0), encoding };
}

/** @throws where it is no longer what was packed, or the bucket has none. @throws {BucketFault} */
export async function unpackChunk(key: ChunkKey, packed: Packed, bucket: Bucket | null): Promise<Uint8Array> {
  const { encoding } = packed;
  if (encoding === null || encoding === "deflate") return expand(packed);
  const bytes = bucket === null ? null : await fetched(bucket, objectName(key));
  if (bytes === null) throw new Error("a recorded chunk is missing in the bucket");
  return expand({ bytes, encoding: encoding === "bucket" ? null : "deflate" });
}

/** null where there is none, or something else. */
async function fetched(bucket: Bucket, name: string): Promise<Uint8Array | null> {
  try {
    const object = await bucket.get(name);
    if (object === null) return null;
    return object.size > MOST_BYTES ? null : new Uint8Array(await object.arrayBuffer());
  } catch {
    throw new BucketFault();
  }
}

export async function expand({ bytes, encoding }: Packed): Promise<Uint8Array> {
  return encoding === null ? bytes : through(bytes, new DecompressionStream("deflate-raw"));
}

function objectName({ sessionId, seq, stream, n }: ChunkKey): string {
  return `sessions/${sessionId}/${String(seq)}/${stream}/${String(n)}`;
}

async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of new Blob([bytes]).stream().pipeThrough(stream)) {
    length += part.length;
    if (length > MOST_BYTES) throw new Error("what is stored is larger than anything that is recorded");
    parts.push(part);
  }
  return concat(parts);
}
