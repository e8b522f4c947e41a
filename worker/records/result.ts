// The recorded response of one statement as a download: exact bytes, or JSON or CSV made of them on the way. Streams:
// what is held is a piece of D1's, never the response.

import {
  createCsvTransform,
  createJsonTransform,
  recordedOf,
  type ResponseTransform,
  storedBytes,
} from "#core/record";
import { problemResponse } from "../problem.ts";
import type { RecordStore, StatementRecord } from "./store.ts";

export const RESULT_FORMATS = ["json", "csv", "wire"] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

const KINDS = {
  json: { type: "application/json", extension: "json" },
  csv: { type: "text/csv; charset=utf-8; header=present", extension: "csv" },
  wire: { type: "application/octet-stream", extension: "pgwire" },
} as const satisfies Record<ResultFormat, { type: string; extension: string }>;

export async function resultResponse(
  store: RecordStore,
  statement: StatementRecord,
  format: ResultFormat,
  result: number,
): Promise<Response> {
  if (!isStored(statement)) return notStored(statement);
  if (statement.outcome === null) return stillRunning();
  const response = store.response(statement);
  switch (format) {
    case "wire":
      return download(statement, format, response);
    case "json": {
      const transform = createJsonTransform({ ...statement.intent, lacks: lacks(statement) });
      return download(statement, format, transformed(response, transform));
    }
    case "csv": {
      const transform = createCsvTransform({ resultFormats: statement.intent.resultFormats, result });
      const pieces = transformed(response, transform);
      // Only what follows can tell whether there is such a result; the first text can.
      const first = await pieces.next();
      if (first.done === true) return noSuchResult(result);
      return download(statement, format, prepended(first.value, pieces));
    }
  }
}

/** What the agent sent beside the statement: the messages of COPY, as they were. */
export function requestResponse(store: RecordStore, statement: StatementRecord): Response {
  if (statement.outcome === null) return stillRunning();
  if (statement.requestBytes === 0) {
    const detail = "the agent sent no copy data with this statement";
    return problemResponse({ status: 404, title: "Not Found", detail });
  }
  if (statement.intent.redactions?.request === true) {
    const detail = "the copy data was not stored: it went into columns that the policy masks in the record";
    return problemResponse({ status: 404, title: "Not Found", detail });
  }
  return download({ ...statement, name: "request" }, "wire", store.request(statement));
}

/** Some of the response is in the record, or will be. */
export function isStored({ intent, outcome }: Pick<StatementRecord, "intent" | "outcome">): boolean {
  const recorded = recordedOf(intent.decision, outcome);
  return recorded === "rows" || recorded === "truncated";
}

/** What the record lacks of the end of the response, as a sentence; null where it lacks nothing. */
export function lacks({ intent, outcome }: Pick<StatementRecord, "intent" | "outcome">): string | null {
  if (outcome === null || recordedOf(intent.decision, outcome) !== "truncated") return null;
  const stored = String(storedBytes(intent.decision, outcome));
  return `the policy keeps the end out of the record: ${stored} of ${String(outcome.responseBytes)} bytes are stored`;
}

function notStored({ intent: { decision }, outcome }: StatementRecord): Response {
  const { rule, policyVersion } = decision;
  const recorded = recordedOf(decision, outcome);
  const kept = recorded === "digest" ? "its digest and counts" : "its counts";
  // The policy asked for rows: the session was past its ceiling.
  const by = decision.recorded ? "record.ceiling" : rule;
  const detail = `the response is not recorded, by rule "${by}" of policy version ${policyVersion}: the record has ${kept}`;
  const digest = outcome?.digest ?? null;
  const more = { rule: by, recorded, ...(digest === null ? {} : { response_digest: digest }) };
  return problemResponse({ status: 404, title: "Not Found", detail, more });
}

function stillRunning(): Response {
  return problemResponse({
    status: 409,
    title: "Conflict",
    detail: "the statement is still running: ask again when its outcome is known, or follow the replay",
  });
}

/** Text of `transform`, encoded, without empty pieces. */
export async function* transformed(
  pieces: AsyncIterable<Uint8Array>,
  transform: ResponseTransform,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) {
    const text = transform.push(piece);
    if (text !== "") yield encoder.encode(text);
  }
  const rest = transform.finish();
  if (rest !== "") yield encoder.encode(rest);
}

async function* prepended(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Of a response that is stored in part, in every format; CSV and wire bytes could not say it otherwise. */
const TRUNCATED = { "sluice-recorded": "truncated" } as const;

function download(
  { sessionId, seq, name, ...of }: StatementRecord & { readonly name?: string },
  format: ResultFormat,
  body: AsyncGenerator<Uint8Array>,
): Response {
  const { type, extension } = KINDS[format];
  return new Response(toStream(body), {
    headers: {
      "content-type": type,
      "content-disposition": `attachment; filename="${[sessionId, seq, name].filter(Boolean).join("-")}.${extension}"`,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      ...(name === undefined && lacks(of) !== null ? TRUNCATED : {}),
    },
  });
}

/** Pulled: nothing is read ahead of the reader. A fault breaks the body off, so a part is not taken for the whole. */
export function toStream(
  pieces: AsyncGenerator<Uint8Array>,
  onCancel: () => void = () => undefined,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        const { done, value } = await pieces.next();
        if (done === true) return controller.close();
        if (value.length > 0) return controller.enqueue(value);
      }
    },
    async cancel() {
      onCancel();
      await pieces.return(undefined);
    },
  });
}

function noSuchResult(result: number): Response {
  const detail =
    result === 1
      ? "the response holds no rows to write as CSV: take format=json or format=wire"
      : `the response holds no result ${String(result)} with columns: format=json shows which there are`;
  return problemResponse({ status: 404, title: "Not Found", detail });
}
