// How pages ask the gateway's own API: a request of the same shape as anyone's, vouched for with the principal who is signed in,
// answered by the same routes behind the same guards. The console has no other way to the record.

import { err, ok, type Result } from "../../core/result.ts";
import { vouch } from "../auth/index.ts";
import type { Problem } from "../problem.ts";
import type { AskApi, ConsoleContext } from "./env.ts";

export interface Api {
  get<T>(path: string, query?: URLSearchParams): Promise<Result<T, Problem>>;
  send<T>(method: string, path: string, init?: Sent): Promise<Result<T, Problem>>;
  /** As it is: streams and downloads. */
  raw(method: string, path: string, init?: Sent): Promise<Response>;
}

interface Sent {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function apiFor(c: ConsoleContext, ask: AskApi): Api {
  const raw = (method: string, path: string, init: Sent = {}): Promise<Response> => {
    const request = new Request(`${c.get("config").base_url}/v1${path}`, {
      method,
      ...(init.headers === undefined ? {} : { headers: init.headers }),
      ...(init.body === undefined ? {} : { body: init.body }),
    });
    return ask(vouch(request, c.get("signedIn").authenticated), c.env, c);
  };
  const send = async <T>(method: string, path: string, init: Sent = {}): Promise<Result<T, Problem>> => {
    const answer = await raw(method, path, init);
    if (answer.status === 204) return ok(undefined as T);
    const body: unknown = await answer.json();
    return answer.ok ? ok(body as T) : err(body as Problem);
  };
  return {
    raw,
    send,
    get: (path, query) =>
      send("GET", query === undefined || query.size === 0 ? path : `${path}?${query.toString()}`),
  };
}
