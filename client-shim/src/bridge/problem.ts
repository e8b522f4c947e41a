// Reads the `detail` of a problem document (RFC 9457) out of an HTTP response, bounded in size and time.

import type { IncomingMessage } from "node:http";

/** Problem documents are a few hundred bytes; a proxy's error page may be larger and is not read further. */
const PROBLEM_BYTES = 64 * 1024;
const PROBLEM_MS = 5_000;
/** PostgreSQL clients print the message in one line. */
const DETAIL_CHARS = 500;

/** Null if there is none. Never rejects. */
export async function readProblem(response: IncomingMessage): Promise<string | null> {
  const timer = setTimeout(() => response.destroy(), PROBLEM_MS);
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) return null;
      bytes += chunk.length;
      if (bytes > PROBLEM_BYTES) return null;
      chunks.push(chunk);
    }
    return detailOf(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function detailOf(problem: unknown): string | null {
  if (typeof problem !== "object" || problem === null) return null;
  const text = "detail" in problem ? problem.detail : "title" in problem ? problem.title : null;
  if (typeof text !== "string") return null;
  // Control characters would let a gateway write into the user's terminal.
  const printable = text.replaceAll(/\p{Cc}+/gu, " ").trim();
  return printable === "" ? null : printable.slice(0, DETAIL_CHARS);
}
