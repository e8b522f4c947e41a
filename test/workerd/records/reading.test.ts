// The reading API: what the ledger wrote, read back over HTTP.
import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import { concat, utf8Decode, utf8Encode } from "#core/bytes";
import type { Intent } from "#core/record";
import { encodeBackend, type BackendMessage } from "#core/wire";
import { Ledger, type LedgerStatement } from "../../../durable-objects/ledger/index.ts";
import {
  EventItem,
  Health,
  ResponseBody,
  SessionItem,
  StatementItem,
} from "../../../worker/records/items.ts";
import { openApiUnderTest, type Api } from "./api.ts";
import { openLedger } from "./database.ts";
import { batch, intent, outcome, start, statement, T0 } from "./entries.ts";

const A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const C = "cccccccccccccccccccccccccccccccc";
const ended = { endedAt: T0 + 60_000, reason: "agent_terminated", detail: null } as const;

let db: D1Database;
let ledger: Ledger;
let api: Api;

beforeEach(async () => {
  db = await openLedger();
  await db.batch(
    ["sessions", "statements", "chunks", "events", "facets"].map((table) =>
      db.prepare(`delete from ${table}`),
    ),
  );
  ledger = new Ledger(db);
  api = openApiUnderTest(db);
});

interface Page {
  readonly data: readonly Record<string, unknown>[];
  readonly next_cursor: string | null;
}

async function read<T = Record<string, unknown>>(path: string): Promise<T> {
  const response = await api.get(path);
  if (response.status !== 200)
    throw new Error(`${path}: ${String(response.status)} ${await response.text()}`);
  return response.json<T>();
}

async function ids(path: string): Promise<unknown[]> {
  return (await read<Page>(path)).data.map((item) => item["id"]);
}

function wire(...messages: readonly BackendMessage[]): Uint8Array {
  return concat(messages.map((message) => encodeBackend(message)));
}

const numbers = wire(
  {
    kind: "row_description",
    fields: [{ name: "n", tableOid: 0, attribute: 0, typeOid: 23, typeSize: 4, typeModifier: -1, format: 0 }],
  },
  { kind: "data_row", values: [utf8Encode("1")] },
  { kind: "data_row", values: [null] },
  { kind: "command_complete", tag: "SELECT 2" },
  { kind: "ready_for_query", status: "I" },
);

describe("sessions", () => {
  beforeEach(async () => {
    await ledger.write(
      batch(A, { start: start(A, { startedAt: T0 }), statements: [statement(1, "select 'Needle_%'")] }),
    );
    await ledger.write(batch(A, { end: ended }));
    await ledger.write(batch(B, { start: start(B, { startedAt: T0 + 1000, target: "other" }) }));
    const principal = { ...start(C).principal, subject: "bot-2" };
    await ledger.write(batch(C, { start: start(C, { startedAt: T0 + 1000, principal }) }));
  });

  test("newest first, each as its schema says", async () => {
    const { data, next_cursor } = await read<Page>("/sessions");
    expect(data.map((item) => item["id"])).toEqual([C, B, A]);
    expect(next_cursor).toBeNull();
    for (const item of data) v.parse(v.strictObject(SessionItem.entries), item);
    expect(data[2]).toMatchObject({
      state: "ended",
      subject: "bot-1",
      started_at: "2026-11-20T09:00:00.000Z",
      ended_at: "2026-11-20T09:01:00.000Z",
      end_reason: "agent_terminated",
      counts: { statements: 1, rows: 1, response_bytes: 60 },
      hold: null,
      chain_head: null,
    });
  });

  test("a live one is counted as it stands", async () => {
    await ledger.write(
      batch(B, { statements: [statement(1, "a"), statement(2, "b", { state: "unknown" })] }),
    );
    expect(await read(`/sessions/${B}`)).toMatchObject({
      state: "live",
      ended_at: null,
      counts: { statements: 2, unknown: 1 },
    });
  });

  test("page by page, the same moment divided by id, none twice and none left out", async () => {
    const seen: unknown[] = [];
    let cursor = "";
    for (let i = 0; i < 3; i++) {
      const { data, next_cursor } = await read<Page>(`/sessions?limit=1${cursor}`);
      seen.push(...data.map((item) => item["id"]));
      cursor = next_cursor === null ? "" : `&cursor=${next_cursor}`;
    }
    expect(seen).toEqual([C, B, A]);
    expect(cursor).toBe("");
  });

  test.each([
    ["subject=bot-2", [C]],
    ["target=other", [B]],
    ["text=needle_%25", [A]],
    ["text=needleX%25", []],
    ["decision=allow", [A]],
    ["from=2026-11-20T09:00:01Z", [C, B]],
    ["to=2026-11-20T09:00:01Z", [A]],
    ["from=2026-11-20T10:00:01%2B01:00&target=shop", [C]],
    ["target=nowhere", []],
  ])("filtered by %s", async (query, expected) => {
    expect(await ids(`/sessions?${query}`)).toEqual(expected);
  });

  test.each([
    ["limit=0", "limit", "from 1 to 200"],
    ["limit=ten", "limit", "from 1 to 200"],
    ["cursor=xyz", "cursor", "next_cursor"],
    ["from=yesterday", "from", "RFC 3339"],
    ["decision=refused", "decision", '"allow"'],
    ["kind=selekt", "kind", '"create_table", or a class: read, write'],
    ["access=write", "access", "goes with relation"],
    ["relation=public.orders&access=insert", "access", '"read" or "write" or "define"'],
    ["session_id=abc", "session_id", "accepted are subject"],
    ["subjekt=x", "subjekt", "accepted are subject"],
    ["target=a&target=b", "target", "once"],
    ["subject=", "subject", "1 to 1000 characters"],
  ])("%s is a 400 that names the parameter and what is accepted", async (query, parameter, accepted) => {
    const response = await api.get(`/sessions?${query}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      400,
      "application/problem+json",
    ]);
    expect(await response.json()).toMatchObject({
      status: 400,
      parameter,
      detail: expect.stringContaining(accepted),
    });
  });
});

describe("a live session", () => {
  test("is asked to bring D1 up to date before it is read, an ended one is not", async () => {
    const asked: string[] = [];
    api = openApiUnderTest(db, async (id) => {
      asked.push(id);
      await ledger.write(batch(id, { start: start(id), statements: [statement(1, "select 1")] }));
    });
    expect(await ids(`/sessions/${A}/statements`)).toEqual([`${A}:1`]);
    await ledger.write(batch(A, { end: ended }));
    await read(`/sessions/${A}`);
    expect(asked).toEqual([A]);
  });

  test("is shown as D1 has it when its object fails or does not answer", async () => {
    await ledger.write(batch(A, { start: start(A) }));
    api = openApiUnderTest(db, () => Promise.reject(new Error("gone")));
    expect(await read(`/sessions/${A}`)).toMatchObject({ state: "live" });
    api = openApiUnderTest(db, () => new Promise(() => {}));
    expect(await read(`/sessions/${A}`)).toMatchObject({ state: "live" });
  });
});

describe("statements", () => {
  test("with parameters, decision, outcome and timings, each as its schema says", async () => {
    const asked = intent(1, "select $1", {
      operation: "execute",
      protocol: "extended",
      preparedStatement: "",
      portal: "",
      parameters: [{ type: 25, format: "text", value: "x", encoding: "utf8" }],
      kinds: ["select"],
      relations: [{ name: "public.orders", access: "read" }],
      decision: { ...intent(1, "").decision, matched: ["reads public.orders"] },
    });
    await ledger.write(
      batch(A, {
        start: start(A),
        statements: [
          { seq: 1, revision: 2, intent: asked, outcome: outcome(1), responseTail: numbers },
          {
            seq: 2,
            revision: 2,
            intent: intent(2, "x"),
            outcome: outcome(2, { state: "unknown", firstByteAt: null }),
            responseTail: new Uint8Array(),
          },
          { seq: 3, revision: 1, intent: intent(3, "y"), outcome: null, responseTail: new Uint8Array() },
        ],
      }),
    );
    const { data } = await read<Page>(`/sessions/${A}/statements`);
    for (const item of data) v.parse(v.strictObject(StatementItem.entries), item);
    expect(data[0]).toMatchObject({
      id: `${A}:1`,
      statement: "select $1",
      parameters: [{ type_oid: 25, format: "text", value: "x", encoding: "utf8" }],
      kinds: ["select"],
      relations: [{ name: "public.orders", access: "read" }],
      decision: {
        effect: "allow",
        rule: "allow-all",
        policy_version: "allow-all",
        matched: ["reads public.orders"],
        exempted: [],
        recorded: true,
      },
      response_recorded: true,
      outcome: "completed",
      started_at: "2026-11-20T09:00:01.000Z",
      first_byte_at: "2026-11-20T09:00:01.002Z",
      duration_ms: 5,
      transaction_status: "I",
    });
    expect(data[1]).toMatchObject({
      outcome: "unknown",
      outcome_detail: expect.stringMatching(/^outcome unknown: /),
    });
    expect(data[2]).toMatchObject({ outcome: "running", ended_at: null, duration_ms: null });
    expect(await read(`/sessions/${A}/statements/1`)).toEqual(data[0]);
  });

  test("recorded before relations and reasons were are shown without", async () => {
    const { kinds: _kinds, relations: _relations, decision, ...rest } = intent(1, "q");
    const { effect, rule, policyVersion } = decision;
    await ledger.write(batch(A, { start: start(A), statements: [statement(1, "q")] }));
    const earlier = JSON.stringify({ ...rest, decision: { effect, rule, policyVersion } });
    await db.prepare("update statements set intent = ?, kinds = null, relations = null").bind(earlier).run();
    const item = await read(`/sessions/${A}/statements/1`);
    v.parse(v.strictObject(StatementItem.entries), item);
    expect(item).toMatchObject({ kinds: [], relations: [], decision: { matched: [], recorded: true } });
  });

  test("page by page", async () => {
    const rows = Array.from({ length: 7 }, (_, i) => statement(i + 1, `select ${String(i)}`));
    await ledger.write(batch(A, { start: start(A), statements: rows }));
    const first = await read<Page>(`/sessions/${A}/statements?limit=4`);
    expect(first.data.map((item) => item["seq"])).toEqual([1, 2, 3, 4]);
    const second = await read<Page>(`/sessions/${A}/statements?limit=4&cursor=${first.next_cursor ?? ""}`);
    expect(second.data.map((item) => item["seq"])).toEqual([5, 6, 7]);
    expect(second.next_cursor).toBeNull();
  });

  test("a page of a session that has ended is one question to D1", async () => {
    const rows = Array.from({ length: 7 }, (_, i) => statement(i + 1, `select ${String(i)}`));
    const end = { endedAt: T0 + 1_000, reason: "agent_terminated", detail: null } as const;
    await ledger.write(batch(A, { start: start(A), statements: rows, end }));
    const asked: string[] = [];
    const counted = new Proxy(db, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (name === "prepare")
          return (text: string) => {
            asked.push(text);
            return target.prepare(text);
          };
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    const other = openApiUnderTest(counted);
    // The first of an isolate looks whether all shards are named.
    await other.get(`/sessions/${A}/statements`);
    asked.length = 0;
    const page = await (await other.get(`/sessions/${A}/statements?limit=4`)).json<Page>();
    expect(page.data).toHaveLength(4);
    expect(page.next_cursor).not.toBeNull();
    expect(asked).toHaveLength(1);
  });

  test(
    "a page of large ones is shorter, and none is left out; an intent in chunks is put together",
    { timeout: 60_000 },
    async () => {
      const large = (seq: number): string => `select '${"x".repeat(1_500_000)}${String(seq)}'`;
      await ledger.write(batch(A, { start: start(A) }));
      for (const seq of [1, 2, 3]) {
        const json = utf8Encode(JSON.stringify(intent(seq, large(seq))));
        const chunks = [json.subarray(0, 900_000), json.subarray(900_000)].map(
          (bytes, n) => ({ seq, stream: "intent", n, bytes }) as const,
        );
        const row = { seq, revision: 2, intent: null, outcome: outcome(seq), responseTail: new Uint8Array() };
        await ledger.write(batch(A, { chunks, statements: [row] }));
      }
      const first = await read<Page>(`/sessions/${A}/statements`);
      expect(first.data.map((item) => item["statement"] === large(Number(item["seq"])))).toEqual([
        true,
        true,
      ]);
      const second = await read<Page>(`/sessions/${A}/statements?cursor=${first.next_cursor ?? ""}`);
      expect(second.data.map((item) => item["statement"] === large(3))).toEqual([true]);
    },
  );
});

describe("as CSV", () => {
  test("all statements of a session, over more than one page of D1's, hostile cells made harmless", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => statement(i + 1, `=select ${String(i)}, 1`));
    await ledger.write(batch(A, { start: start(A), statements: rows, end: ended }));
    const response = await api.get(`/sessions/${A}/statements?format=csv`);
    expect(response.headers.get("content-type")).toMatch(/^text\/csv/);
    const lines = (await response.text()).split("\r\n");
    expect(lines).toHaveLength(62);
    expect(lines[0]).toMatch(/^seq,started_at,/);
    expect(lines[60]).toBe(
      '60,2026-11-20T09:01:00.000Z,2026-11-20T09:01:00.005Z,5,query,"\'=select 59, 1",,"","",allow,allow-all,allow-all,completed,SELECT 1,1,,,0,60',
    );
  });

  test("has no pages", async () => {
    await ledger.write(batch(A, { start: start(A), end: ended }));
    const response = await api.get(`/sessions/${A}/statements?format=csv&limit=5`);
    expect([response.status, await response.json()]).toMatchObject([400, { parameter: "limit" }]);
  });
});

describe("copy data", () => {
  const sent = concat([utf8Encode("d\0\0\0\x06"), utf8Encode("1\n"), utf8Encode("c\0\0\0\x04")]);
  const request = (): Promise<Response> => api.get(`/sessions/${A}/statements/1/request`);
  async function record(requestBytes: number, chunks: readonly Uint8Array[]): Promise<void> {
    const parts = chunks.map((bytes, n) => ({ seq: 1, stream: "request", n, bytes }) as const);
    const row = statement(1, "copy t from stdin", { requestBytes });
    await ledger.write(batch(A, { start: start(A), end: ended, chunks: parts, statements: [row] }));
  }

  test("is given back as it was sent", async () => {
    await record(sent.length, [sent.subarray(0, 3), sent.subarray(3)]);
    const response = await request();
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(sent);
    expect(response.headers.get("content-disposition")).toContain(`${A}-1-request.pgwire`);
  });

  test("that is not all there breaks off", async () => {
    await record(sent.length, [sent.subarray(0, 3)]);
    await expect(request().then((response) => response.arrayBuffer())).rejects.toThrow("not complete");
  });

  test("that a mask kept out of the record is a 404 that says so", async () => {
    const redactions = { literals: 0, parameters: [], request: true };
    const row = {
      ...statement(1, "copy t from stdin", { requestBytes: 9 }),
      intent: intent(1, "c", { redactions }),
    };
    await ledger.write(batch(A, { start: start(A), end: ended, statements: [row] }));
    const response = await request();
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { detail: expect.stringContaining("not stored") },
    ]);
  });

  test("that was not sent is a 404", async () => {
    await record(0, []);
    expect((await request()).status).toBe(404);
  });
});

describe("results", () => {
  async function record(
    bytes: Uint8Array,
    cut: readonly number[] = [],
    more: Parameters<typeof outcome>[1] = {},
  ): Promise<void> {
    const edges = [0, ...cut];
    const chunks = cut.map(
      (end, n) => ({ seq: 1, stream: "response", n, bytes: bytes.subarray(edges[n], end) }) as const,
    );
    const tail = bytes.subarray(cut.at(-1) ?? 0);
    const row = {
      seq: 1,
      revision: 2,
      intent: intent(1, "q"),
      outcome: outcome(1, { responseBytes: bytes.length, ...more }),
      responseTail: tail,
    };
    await ledger.write(batch(A, { start: start(A), end: ended, chunks, statements: [row] }));
  }
  const result = (query: string): Promise<Response> => api.get(`/sessions/${A}/statements/1/result${query}`);

  test("wire: the exact bytes, from chunks and the row", async () => {
    await record(numbers, [1, 9, 10, 30, 31]);
    const response = await result("?format=wire");
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(numbers);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": `attachment; filename="${A}-1.pgwire"`,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
  });

  test("json: the rows, as the schema says", async () => {
    await record(numbers, [13]);
    const body = await (await result("")).json();
    v.parse(v.strictObject(ResponseBody.entries), body);
    expect(body).toMatchObject({
      results: [{ rows: [["1"], [null]], command_tag: "SELECT 2" }],
      transaction_status: "I",
    });
  });

  test("csv: a table, and a 404 that says what to do where there is none", async () => {
    await record(numbers, [13]);
    const response = await result("?format=csv");
    expect(await response.text()).toBe("n\r\n1\r\n\r\n");
    expect(response.headers.get("content-type")).toMatch(/^text\/csv/);
    const second = await result("?format=csv&result=2");
    expect([second.status, ((await second.json()) as { detail: string }).detail]).toEqual([
      404,
      expect.stringContaining("format=json"),
    ]);
  });

  test("an empty response is no bytes", async () => {
    await record(new Uint8Array());
    expect((await (await result("?format=wire")).arrayBuffer()).byteLength).toBe(0);
  });

  test("a megabyte in many chunks comes back byte for byte", async () => {
    const bytes = Uint8Array.from({ length: 1_000_003 }, (_, i) => (i * 7 + (i >> 8)) % 256);
    await record(
      bytes,
      Array.from({ length: 7 }, (_, i) => (i + 1) * 131_072),
    );
    const read = new Uint8Array(await (await result("?format=wire")).arrayBuffer());
    expect(read.length).toBe(bytes.length);
    expect(read.every((byte, i) => byte === bytes[i])).toBe(true);
  });

  test("with a chunk missing the download breaks off: a part is not given for the whole", async () => {
    await record(numbers, [10, 20, 30]);
    await db.prepare("delete from chunks where n = 1").run();
    await expect((await result("?format=wire")).arrayBuffer()).rejects.toThrow(/missing|complete/);
    await db.prepare("delete from chunks").run();
    await expect((await result("?format=wire")).arrayBuffer()).rejects.toThrow(/missing|complete/);
  });

  test("while it runs: a 409 that says to wait", async () => {
    const row = {
      seq: 1,
      revision: 1,
      intent: intent(1, "q"),
      outcome: null,
      responseTail: new Uint8Array(),
    };
    await ledger.write(batch(A, { start: start(A), statements: [row] }));
    expect((await result("?format=wire")).status).toBe(409);
  });

  test("not recorded by a rule: a 404 that names it, the item and the session say so", async () => {
    const decision = { ...intent(1, "q").decision, rule: "no-payroll", policyVersion: "7", recorded: false };
    const row = {
      seq: 1,
      revision: 2,
      intent: intent(1, "q", { decision }),
      outcome: outcome(1, { responseBytes: 900, rows: 3 }),
      responseTail: new Uint8Array(),
    };
    await ledger.write(batch(A, { start: start(A), statements: [row] }));
    for (const format of ["json", "csv", "wire"]) {
      const response = await result(`?format=${format}`);
      expect([response.status, await response.json()]).toMatchObject([
        404,
        {
          detail: expect.stringContaining('not recorded, by rule "no-payroll" of policy version 7'),
          rule: "no-payroll",
        },
      ]);
    }
    expect(await read(`/sessions/${A}/statements/1`)).toMatchObject({
      response_recorded: false,
      response_bytes: 900,
      decision: { recorded: false },
    });
    expect(await read(`/sessions/${A}`)).toMatchObject({ counts: { unrecorded: 1 } });
    await ledger.write(batch(A, { end: ended }));
    expect(await read(`/sessions/${A}`)).toMatchObject({ counts: { unrecorded: 1 } });
    expect(await (await api.get(`/sessions/${A}/replay?speed=max`)).text()).toContain('"response":null}');
  });

  test("a digest alone: a 404 that says so and gives it, whether a rule or the ceiling asked for it", async () => {
    const digest = "ab".repeat(32);
    const asked = { ...intent(1, "q").decision, rule: "bulk", recorded: false, level: "digest" } as const;
    const kept = { recorded: "digest", digest, responseBytes: 900, rows: 3 } as const;
    const row = (seq: number, decision: Intent["decision"]): LedgerStatement => ({
      seq,
      revision: 2,
      intent: intent(seq, "q", { decision }),
      outcome: outcome(seq, kept),
      responseTail: new Uint8Array(),
    });
    const statements = [row(1, asked), row(2, intent(2, "q").decision)];
    await ledger.write(batch(A, { start: start(A), statements }));
    expect(await (await result("?format=wire")).json()).toMatchObject({
      status: 404,
      detail:
        'the response is not recorded, by rule "bulk" of policy version allow-all: the record has its digest and counts',
      rule: "bulk",
      recorded: "digest",
      response_digest: digest,
    });
    const full = await api.get(`/sessions/${A}/statements/2/result`);
    expect(await full.json()).toMatchObject({ status: 404, rule: "record.ceiling", recorded: "digest" });
    expect(await read(`/sessions/${A}/statements/1`)).toMatchObject({
      response_recorded: false,
      recorded: "digest",
      response_digest: digest,
      response_bytes: 900,
      response_stored_bytes: 0,
      rows: 3,
      decision: { recorded: false, level: "digest" },
    });
    expect(await read(`/sessions/${A}`)).toMatchObject({ counts: { unrecorded: 2 } });
  });

  test("a truncated response: what is stored, and in every format that it is not all", async () => {
    const tail = concat(
      [
        { kind: "row_description", fields: [] },
        { kind: "data_row", values: [] },
      ].map((message) => encodeBackend(message as BackendMessage)),
    );
    const more = { recorded: "truncated", storedBytes: tail.length, responseBytes: 900, rows: 9 } as const;
    const row = {
      seq: 1,
      revision: 2,
      intent: intent(1, "q"),
      outcome: outcome(1, more),
      responseTail: tail,
    };
    await ledger.write(batch(A, { start: start(A), statements: [row] }));
    for (const format of ["json", "csv", "wire"]) {
      const response = await result(`?format=${format}`);
      expect([response.status, response.headers.get("sluice-recorded")]).toEqual([200, "truncated"]);
      const body = new Uint8Array(await response.arrayBuffer());
      if (format === "wire") expect(body).toEqual(tail);
      if (format === "json")
        expect(JSON.parse(utf8Decode(body) ?? "")).toMatchObject({
          results: [{ rows: [[]], command_tag: null }],
          fault: `the policy keeps the end out of the record: ${String(tail.length)} of 900 bytes are stored`,
        });
    }
    expect(await read(`/sessions/${A}/statements/1`)).toMatchObject({
      response_recorded: false,
      recorded: "truncated",
      response_digest: null,
      response_stored_bytes: tail.length,
    });
    await ledger.write(batch(A, { end: ended }));
    expect(await (await api.get(`/sessions/${A}/replay?speed=max`)).text()).toContain(
      "of 900 bytes are stored",
    );
  });

  test("an unknown format is a 400", async () => {
    await record(numbers);
    expect(await (await result("?format=xml")).json()).toMatchObject({ status: 400, parameter: "format" });
  });
});

describe("events", () => {
  test("with what PostgreSQL said decoded", async () => {
    const bytes = wire({ kind: "notification_response", processId: 7, channel: "news", payload: "hi" });
    const events = [
      { n: 1, at: T0 + 5, kind: "asynchronous_message", detail: btoa(String.fromCharCode(...bytes)) },
      { n: 2, at: T0 + 6, kind: "cancel_requested", detail: "" },
    ] as const;
    await ledger.write(batch(A, { start: start(A), events }));
    const { data } = await read<Page>(`/sessions/${A}/events`);
    for (const item of data) v.parse(v.strictObject(EventItem.entries), item);
    expect(data).toMatchObject([
      { n: 1, message: { notifications: [{ channel: "news", payload: "hi", process_id: 7 }] } },
      { n: 2, kind: "cancel_requested", message: null },
    ]);
  });
});

describe("who and what else", () => {
  test.each([
    "/sessions",
    "/statements",
    `/sessions/${A}`,
    `/sessions/${A}/statements`,
    `/sessions/${A}/statements/1`,
    `/sessions/${A}/statements/1/result`,
    `/sessions/${A}/events`,
    `/sessions/${A}/replay`,
  ])("%s is for auditors only", async (path) => {
    await ledger.write(batch(A, { start: start(A), statements: [statement(1, "q")] }));
    expect((await api.get(path, { "x-role": "agent" })).status).toBe(403);
    const response = await api.get(path);
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "no-store"]);
    await response.body?.cancel();
  });

  test.each([
    `/sessions/${B}`,
    "/sessions/short",
    `/sessions/${B}/statements`,
    `/sessions/${A}/statements/9`,
    `/sessions/${A}/statements/x`,
    "/nothing",
  ])("%s is a 404 as problem details", async (path) => {
    await ledger.write(batch(A, { start: start(A) }));
    const response = await api.get(path);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      404,
      "application/problem+json",
    ]);
    expect(await response.json()).toMatchObject({ title: "Not Found", status: 404 });
  });

  test("where D1 fails, a 503 says which shard, and nothing of what was asked", async () => {
    await db.exec("alter table sessions rename to elsewhere");
    const response = await api
      .get("/sessions?subject=canary-51")
      .finally(() => db.exec("alter table elsewhere rename to sessions"));
    expect([response.status, response.headers.get("content-type")]).toEqual([
      503,
      "application/problem+json",
    ]);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ shard: "LEDGER" });
    expect(text).not.toMatch(/canary|select|elsewhere|at [a-z]+ \(/i);
  });

  test("health says whether D1 answers", async () => {
    v.parse(v.strictObject(Health.entries), await read("/healthz"));
    await db.exec("alter table sessions rename to elsewhere");
    const response = await api
      .get("/healthz")
      .finally(() => db.exec("alter table elsewhere rename to sessions"));
    expect([response.status, await response.json()]).toEqual([
      503,
      { status: "degraded", d1: "unreachable" },
    ]);
  });

  test("the OpenAPI document lists each route, and no other", async () => {
    const document = await read<{
      openapi: string;
      paths: Record<string, object>;
      components: { schemas: object };
    }>("/openapi.json");
    const routes = api.app.routes
      .filter(({ method, path }) => method !== "ALL" && path !== "/v1/openapi.json")
      .map(({ method, path }) => `${method} ${path.replace("/v1", "").replaceAll(/:(\w+)/g, "{$1}")}`);
    const listed = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.toSorted()).toEqual([...new Set(routes)].toSorted());
    expect(document.openapi).toBe("3.1.0");
    for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      expect(document.components.schemas).toHaveProperty(String(name));
    }
  });
});
