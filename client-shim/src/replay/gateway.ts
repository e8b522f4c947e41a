// The gateway's reading API over HTTP, as far as a replay needs it: JSON, and bodies that are read as they come. Every failure
// is a GatewayFailure with one sentence; a token is in none of them.

import { gatewayBase, GatewayFailure, readBody, refusal, unreachable } from "../policy/gateway.ts";

export interface StreamAnswer {
  readonly status: number;
  /** Empty where the status says that there is none. */
  readonly body: AsyncIterable<Uint8Array>;
}

export class RecordGateway {
  readonly #base: string;
  readonly #token: () => Promise<string>;

  /** @throws {Error} where the URL is wrong; its message says what to do. */
  constructor(gateway: string, allowPlaintext: boolean, token: () => Promise<string>) {
    this.#base = gatewayBase(gateway, allowPlaintext);
    this.#token = token;
  }

  async json(path: string): Promise<unknown> {
    return readBody(await this.#get(path, {}, []));
  }

  /** `expected`: statuses beside 2xx that the caller understands; they have no body here. */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    expected: readonly number[] = [],
  ): Promise<StreamAnswer> {
    const response = await this.#get(path, headers, expected);
    if (!response.ok) await response.body?.cancel();
    return { status: response.status, body: response.ok ? pieces(response) : nothing() };
  }

  async #get(
    path: string,
    headers: Readonly<Record<string, string>>,
    expected: readonly number[],
  ): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${this.#base}${path}`, {
        headers: { authorization: `Bearer ${await this.#token()}`, ...headers },
        redirect: "error",
      });
    } catch (fault) {
      throw unreachable(this.#base, fault);
    }
    if (response.ok || expected.includes(response.status)) return response;
    throw new GatewayFailure(refusal({ status: response.status, body: await readBody(response) }));
  }
}

async function* pieces({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  try {
    for await (const piece of body) yield piece as Uint8Array;
  } catch {
    throw new GatewayFailure("What the gateway sent broke off: it is not the whole. Try again");
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Nothing to give.
}
