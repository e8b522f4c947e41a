// A session's export into a bucket: what `sluice verify` takes. Written in parts: it may be larger than an isolate's memory.

import { exportLines, type FindInclusion, serialize } from "../records/export/lines.ts";
import type { ExportSource, SessionColumns } from "../records/export/source.ts";

/** R2 wants parts of 5 MiB at least, all but the last of one size. */
const PART_BYTES = 8 * 1024 * 1024;

export async function archive(
  bucket: R2Bucket,
  source: ExportSource,
  session: SessionColumns,
  findInclusion: FindInclusion,
): Promise<void> {
  const upload = await bucket.createMultipartUpload(archiveName(session), {
    httpMetadata: { contentType: "application/x-ndjson" },
  });
  try {
    const parts: R2UploadedPart[] = [];
    for await (const part of inParts(exportLines(source, session, findInclusion)))
      parts.push(await upload.uploadPart(parts.length + 1, part));
    await upload.complete(parts);
  } catch (fault) {
    await upload.abort();
    throw fault;
  }
}

/** By target and day, so that a bucket's own rules can take over from there. */
export function archiveName({ id, target, started_at }: SessionColumns): string {
  const day = new Date(started_at).toISOString().slice(0, 10);
  return `archive/${encodeURIComponent(target)}/${day}/${id}.ndjson`;
}

async function* inParts(lines: AsyncGenerator<Parameters<typeof serialize>[0]>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let part = new Uint8Array(PART_BYTES);
  let filled = 0;
  for await (const line of lines) {
    let rest = encoder.encode(serialize(line));
    while (rest.length > 0) {
      const some = rest.subarray(0, PART_BYTES - filled);
      part.set(some, filled);
      filled += some.length;
      rest = rest.subarray(some.length);
      if (filled < PART_BYTES) continue;
      yield part;
      [part, filled] = [new Uint8Array(PART_BYTES), 0];
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
