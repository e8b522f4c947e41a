// The bounded read of an issuer's document.

import { expect, test } from "vitest";
import { fetchJson } from "../../../worker/auth/fetch-json.ts";

const URL_ = new URL("https://issuer.example/keys");
const never = (): Promise<never> => new Promise(() => undefined);

test("an issuer that does not answer is given up on in time, and its request is aborted", async () => {
  const signals: (AbortSignal | null | undefined)[] = [];
  const hang = (_url: string, init: RequestInit): Promise<Response> => {
    signals.push(init.signal);
    return never();
  };
  expect(await fetchJson(hang, URL_, 100, 20)).toEqual({ ok: false, error: { kind: "timeout" } });
  expect(signals[0]?.aborted).toBe(true);
});

test("an issuer that stops in the middle of its answer is given up on in time", async () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
  });
  const stall = (): Promise<Response> => Promise.resolve(new Response(body));
  expect(await fetchJson(stall, URL_, 100, 20)).toEqual({ ok: false, error: { kind: "timeout" } });
});

test("a body may have as many bytes as allowed, and not one more", async () => {
  const answer = (): Promise<Response> => Promise.resolve(new Response('"åäö"'));
  expect(await fetchJson(answer, URL_, 8)).toEqual({ ok: true, value: "åäö" });
  expect(await fetchJson(answer, URL_, 7)).toEqual({ ok: false, error: { kind: "too_large" } });
});

test("a connection that fails is an error without the runtime's words", async () => {
  const fail = (): Promise<Response> => Promise.reject(new TypeError("canary"));
  expect(await fetchJson(fail, URL_, 100)).toEqual({ ok: false, error: { kind: "network" } });
});
