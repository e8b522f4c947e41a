// Errors of the HTTP API: problem details (RFC 9457), whatever went wrong. What is not expected is logged by its class and
// D1's codes alone, and told as a bare 500: messages of faults may quote values.

import type { ErrorHandler, NotFoundHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { toLedgerError } from "../durable-objects/ledger/index.ts";
import { codesOfD1, ShardFault, ShardsMisconfigured } from "./records/shards.ts";

export interface Problem {
  readonly status: number;
  /** The same for every problem of its kind. */
  readonly title: string;
  /** What is wrong here, and what to do about it. */
  readonly detail: string;
  /** Extension members, snake_case. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export function problem(
  status: number,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return problemResponse({ status, title, detail }, headers);
}

export function problemResponse(
  { status, title, detail, more }: Problem,
  headers: Readonly<Record<string, string>> = {},
): Response {
  // No `type`: it is "about:blank" then, and the title says what the status means (RFC 9457 §4.2.1).
  return new Response(JSON.stringify({ title, status, detail, ...more }), {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}

/** A query parameter that cannot be taken. */
export function parameterProblem(parameter: string, accepted: string): Problem {
  return {
    status: 400,
    title: "Bad Request",
    detail: `query parameter "${parameter}": ${accepted}`,
    more: { parameter },
  };
}

export function notFoundProblem(detail: string): Problem {
  return { status: 404, title: "Not Found", detail };
}

/** What cannot be read is not told as what is not there. */
function shardProblem({ shard }: ShardFault): Problem {
  return {
    status: 503,
    title: "Service Unavailable",
    detail: `the record shard ${shard} does not answer, and what was asked for may be there: try again later`,
    more: { shard },
  };
}

function shardFaultOf(error: Error, shard: unknown): ShardFault | null {
  if (error instanceof ShardFault) return error;
  const codes = typeof shard === "string" ? codesOfD1(error) : null;
  return typeof shard === "string" && codes !== null ? new ShardFault(shard, codes) : null;
}

export const notFound: NotFoundHandler = () =>
  problemResponse(notFoundProblem("there is nothing at this path: /v1/openapi.json lists what there is"));

/** Of a request's context: the shard that it reads, where that is one, so that a fault of D1 can be told as that shard's. */
export interface ShardVariables {
  readonly shard?: string;
}

export const onError: ErrorHandler = (error, c) => {
  if (error instanceof HTTPException && error.status < 500) {
    return problemResponse({
      status: error.status,
      title: "Request refused",
      detail: "the request cannot be taken as it is",
    });
  }
  const fault = shardFaultOf(error, c.get("shard") as unknown);
  if (fault !== null) {
    // oxlint-disable-next-line no-console -- for the admin; a binding's name and D1's codes only
    console.error(`sluice: shard ${[fault.shard, ...fault.codes].join(" ")}`);
    return problemResponse(shardProblem(fault));
  }
  if (error instanceof ShardsMisconfigured)
    // For the admin, and of the configuration alone.
    return problemResponse({ status: 500, title: "Internal Server Error", detail: error.message });
  const { codes } = toLedgerError(error);
  // oxlint-disable-next-line no-console -- for the admin; its name and D1's codes only: a message may quote what was read
  console.error(`sluice: unexpected ${[error.name, ...codes].join(" ")}`);
  return problemResponse({
    status: 500,
    title: "Internal Server Error",
    detail: "the gateway failed; the same request may succeed later",
  });
};
