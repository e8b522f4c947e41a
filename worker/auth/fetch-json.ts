// One bounded GET of a JSON document from an issuer: no redirect followed, body and time limited. Owns no state.
// Errors say what kind of failure it was and never quote the answer.

import { err, ok, type Result } from "../../core/result.ts";
import type { IssuerFault } from "./errors.ts";
import { FETCH_TIMEOUT_MS } from "./limits.ts";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export async function fetchJson(
  fetch: Fetch,
  url: URL,
  maxBytes: number,
  timeoutMs: number = FETCH_TIMEOUT_MS,
): Promise<Result<unknown, IssuerFault>> {
  const controller = new AbortController();
  const timeout = Promise.withResolvers<Result<never, IssuerFault>>();
  const timer = setTimeout(() => {
    timeout.resolve(err({ kind: "timeout" }));
    controller.abort();
  }, timeoutMs);
  try {
    // The race, and not the signal alone: a signal does not reach a body in every runtime.
    return await Promise.race([get(fetch, url, maxBytes, controller.signal), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function get(
  fetch: Fetch,
  url: URL,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Result<unknown, IssuerFault>> {
  try {
    const response = await fetch(url.href, {
      // A redirect could lead from the configured host to any other.
      redirect: "manual",
      headers: { accept: "application/json" },
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      const redirected = response.status >= 300 && response.status < 400;
      return err(redirected ? { kind: "redirect" } : { kind: "status", status: response.status });
    }
    const body = await readBounded(response, maxBytes);
    return body === null ? err({ kind: "too_large" }) : parse(body);
  } catch {
    return err({ kind: "network" });
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<string | null> {
  if (response.body === null) return "";
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function parse(text: string): Result<unknown, IssuerFault> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return err({ kind: "not_json" });
  }
}
