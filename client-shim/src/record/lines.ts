// NDJSON: bytes to parsed lines, one held at a time. A line that is not as JSON.stringify would write it, or too long to be of an
// export, is undefined: what reads the same and is written otherwise was not written by a gateway.

/** A chunk of 256 KiB in base64, or an intent in JSON, with room; what is longer is of no export. */
const LINE_BYTES = 16 * 1024 * 1024;

export async function* jsonLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    let from = 0;
    for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10, from)) {
      yield parse([...held, piece.subarray(from, end)], bytes + end - from);
      [held, bytes, from] = [[], 0, end + 1];
    }
    const rest = piece.subarray(from);
    bytes += rest.length;
    // Of a line that is too long nothing is kept.
    if (bytes > LINE_BYTES) held = [];
    else if (rest.length > 0) held.push(rest);
  }
  // Cut off inside of a line.
  if (bytes > 0) yield undefined;
}

function parse(parts: readonly Uint8Array[], bytes: number): unknown {
  if (bytes > LINE_BYTES) return undefined;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const text = parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
    const value = JSON.parse(text) as unknown;
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}
