// Bytes of the record as they are stored: compressed where that saves something, and large streams in a bucket where one is bound.
// The chain is over the bytes themselves, so how they are stored can change. Idempotent: the same bytes are packed the same way.

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
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
}

/** Of less, the pages of SQLite would save nothing. */
const COMPRESS_FROM_BYTES = 1_024;
/** Compressed to more than this share, it is not worth the time of every reader. */
const WORTH_IT = 0.9;
/** Chunks of a stream that stay in D1, so 1 MiB of it: a result of that size is read in one go. */
const CHUNKS_IN_D1 = 4;

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

/** @throws where it is no longer what was packed, or the bucket has none. */
export async function unpackChunk(key: ChunkKey, packed: Packed, bucket: Bucket | null): Promise<Uint8Array> {
  const { encoding } = packed;
  if (encoding === null || encoding === "deflate") return expand(packed);
  const object = await bucket?.get(objectName(key));
  if (object === null || object === undefined) throw new Error("a recorded chunk is missing in the bucket");
  const bytes = new Uint8Array(await object.arrayBuffer());
  return expand({ bytes, encoding: encoding === "bucket" ? null : "deflate" });
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
  const passed = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(passed).arrayBuffer());
}
