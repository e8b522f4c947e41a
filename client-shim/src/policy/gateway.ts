// The gateway's policy API (/v1/targets/NAME/policy, /v1/policy, /v1/check) over HTTP. Every failure is an error with one
// sentence that says what to do; a token is in none of them.

import { connectUrl } from "../bridge/address.ts";
import { CONNECT_PATH } from "../contract.ts";

/** A replay of much traffic takes its time; a gateway that hangs is told apart from it. */
const ANSWER_MS = 120_000;
/** Answers are a page of examples or a document. */
const ANSWER_CHARACTERS = 16 * 1024 * 1024;

/** The gateway, or the way to it, does not do what is asked. */
export class GatewayFailure extends Error {
  override readonly name = "GatewayFailure";
}

export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  /** Parsed JSON; null where the body is none. */
  readonly body: unknown;
}

export interface Call {
  readonly method?: "GET" | "POST" | "PUT";
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly json?: unknown;
  /** Statuses beside 2xx that the caller understands. */
  readonly expected?: readonly number[];
}

export class PolicyGateway {
  readonly #base: string;
  readonly #token: () => Promise<string>;

  /** @throws {Error} where the URL is wrong; its message says what to do. */
  constructor(gateway: string, allowPlaintext: boolean, token: () => Promise<string>) {
    this.#base = gatewayBase(gateway, allowPlaintext);
    this.#token = token;
  }

  async call(
    path: string,
    { method = "GET", headers = {}, text, json, expected = [] }: Call = {},
  ): Promise<Answer> {
    const type = json === undefined ? "application/yaml" : "application/json";
    const body = json === undefined ? text : JSON.stringify(json);
    let response: Response;
    try {
      response = await fetch(`${this.#base}${path}`, {
        method,
        headers: {
          accept: "application/json",
          authorization: `Bearer ${await this.#token()}`,
          ...(body === undefined ? {} : { "content-type": type }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    } catch (fault) {
      throw unreachable(this.#base, fault);
    }
    const answer = {
      status: response.status,
      etag: response.headers.get("etag"),
      body: await readBody(response),
    };
    if (!response.ok && !expected.includes(response.status)) throw new GatewayFailure(refusal(answer));
    return answer;
  }
}

/**
 * The gateway's URL without a slash at its end.
 * @throws {Error} where it is wrong; its message says what to do.
 */
export function gatewayBase(gateway: string, allowPlaintext: boolean): string {
  // The same checks as for a connection: the token travels the same way.
  const url = connectUrl(gateway, "x", allowPlaintext);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  return url.href.slice(0, -`${CONNECT_PATH}x`.length);
}

export function unreachable(base: string, fault: unknown): GatewayFailure {
  return new GatewayFailure(`The gateway at ${base} ${reason(fault)}. Check --gateway and that it runs`);
}

export function targetPath(target: string, rest = ""): string {
  return `/v1/targets/${encodeURIComponent(target)}/policy${rest}`;
}

/** A member of a JSON object; undefined where there is none. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

export function textMember(value: unknown, name: string): string {
  const found = member(value, name);
  return typeof found === "string" ? found : "";
}

export function listMember(value: unknown, name: string): readonly unknown[] {
  const found = member(value, name);
  return Array.isArray(found) ? found : [];
}

export function numberMember(value: unknown, name: string): number {
  const found = member(value, name);
  return typeof found === "number" ? found : 0;
}

export function diagnosticsOf(body: unknown): readonly Diagnostic[] {
  return listMember(body, "diagnostics").map((found) => ({
    severity: member(found, "severity") === "warning" ? "warning" : "error",
    line: numberMember(found, "line"),
    column: numberMember(found, "column"),
    path: textMember(found, "path"),
    message: printable(textMember(found, "message")),
  }));
}

/** Control characters would let a gateway write into the user's terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ").trim();
}

export async function readBody(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => "");
  if (text.length > ANSWER_CHARACTERS) throw new GatewayFailure("The gateway's answer is too large");
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function refusal({ status, body }: Pick<Answer, "status" | "body">): string {
  const said = printable(textMember(body, "detail") || textMember(body, "title")).slice(0, 1_000);
  return `The gateway refused (HTTP ${status})${said === "" ? "" : `: ${said}`}`;
}

function reason(fault: unknown): string {
  if (fault instanceof Error && fault.name === "TimeoutError") return "does not answer";
  const cause = fault instanceof Error ? fault.cause : null;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : null;
  return code === null ? "cannot be reached" : `cannot be reached (${code})`;
}
