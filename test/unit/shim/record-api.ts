// The reading API as a script: one session, its statements, their responses as bytes, its replay as text.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export const SESSION = "0123456789abcdef0123456789abcdef";

export interface ScriptedStatement {
  /** Over what a simple Query of one row has. */
  readonly item: Readonly<Record<string, unknown>>;
  readonly response?: Uint8Array;
  readonly request?: Uint8Array;
}

export interface RecordApi {
  readonly url: string;
  /** "/v1/sessions/…" of each request, in order. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const ITEM = {
  operation: "query",
  protocol: "simple",
  statement_encoding: "utf8",
  prepared_statement: null,
  portal: null,
  max_rows: 0,
  parameters: [],
  result_formats: [],
  decision: { effect: "allow", rule: "allow-all", recorded: true },
  outcome: "completed",
  command_tags: [],
  error: null,
  response_recorded: true,
  request_bytes: 0,
  redactions: null,
  masked_columns: [],
  messages: null,
};

/** `streams`: what the replay answers, one after the other. */
export async function startRecordApi(
  statements: readonly ScriptedStatement[],
  streams: readonly { readonly status?: number; readonly text: string }[] = [],
): Promise<RecordApi> {
  const asked: string[] = [];
  const left = [...streams];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(
      `${path}${request.headers["last-event-id"] === undefined ? "" : ` after ${String(request.headers["last-event-id"])}`}`,
    );
    const one = /\/statements\/(\d+)\/(result|request)/.exec(path);
    const body =
      one === null
        ? undefined
        : statements[Number(one[1]) - 1]?.[one[2] === "result" ? "response" : "request"];
    if (one !== null) return response.writeHead(body === undefined ? 404 : 200).end(body);
    if (path.includes("/replay")) {
      const { status = 200, text = "" } = left.shift() ?? {};
      return response.writeHead(status, { "content-type": "text/event-stream" }).end(text);
    }
    response.writeHead(200, { "content-type": "application/json" });
    if (!path.includes("/statements"))
      return response.end(JSON.stringify({ id: SESSION, application_name: "scripted" }));
    // Pages of three, so that there are several.
    const from = Number(/cursor=(\d+)/.exec(path)?.[1] ?? 0);
    const data = statements
      .slice(from, from + 3)
      .map(({ item }, i) => Object.assign({ seq: from + i + 1 }, ITEM, item));
    const next = from + 3 < statements.length ? String(from + 3) : null;
    return response.end(JSON.stringify({ data, next_cursor: next }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
