// Whole conversations with PostgreSQL 18 (capture.ts), read by the codec and written again byte for byte.

import { describe, expect, test } from "vitest";
import { concat, hexDecode, utf8DecodeLossy } from "#core/bytes";
import {
  DEFAULT_FRAME_LIMITS,
  decodeBackend,
  decodeFrontend,
  encodeBackend,
  encodeFrontend,
  encodeStartup,
  FrameReader,
  type BackendMessage,
  type FrontendMessage,
  type StartupPacket,
} from "#core/wire";
import { poisoned } from "./poisoned.ts";
import type { Said, Trace } from "./trace.ts";
import { traces } from "./traces/index.ts";

type Message = FrontendMessage | BackendMessage | StartupPacket;

/** What the server says to SSLRequest and GSSENCRequest is no message: a bare 'N'. */
const isBare = (said: Said): boolean => said.from === "backend" && said.hex === "4e";

function bytesOf(said: Said): Uint8Array {
  const bytes = hexDecode(said.hex);
  if (bytes === null) throw new Error("a trace is hexadecimal");
  return poisoned(bytes);
}

/** Reads one side of a conversation from whatever chunks, and says what it read as it was written and as it is written again. */
class Listener {
  readonly #from: Said["from"];
  readonly #reader: FrameReader;
  #starting: boolean;

  constructor(from: Said["from"]) {
    this.#from = from;
    this.#reader = new FrameReader(from, DEFAULT_FRAME_LIMITS);
    this.#starting = from === "frontend";
  }

  hear(chunk: Uint8Array): { message: Message; again: Uint8Array }[] {
    this.#reader.push(chunk);
    const heard: { message: Message; again: Uint8Array }[] = [];
    for (let next = this.#next(); next !== null; next = this.#next()) heard.push(next);
    return heard;
  }

  #next(): { message: Message; again: Uint8Array } | null {
    if (this.#starting) {
      const packet = unwrap(this.#reader.nextStartup());
      if (packet === null) return null;
      this.#starting = packet.kind !== "startup_message";
      return { message: packet, again: encodeStartup(packet) };
    }
    const frame = unwrap(this.#reader.next());
    if (frame === null) return null;
    if (this.#from === "frontend") {
      const message = unwrap(decodeFrontend(frame));
      return { message, again: encodeFrontend(message) };
    }
    const message = unwrap(decodeBackend(frame));
    return { message, again: encodeBackend(message) };
  }
}

function unwrap<T>(result: { ok: true; value: T } | { ok: false; error: { detail: string } }): T {
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
}

function messagesOf(trace: Trace): Message[] {
  const listeners = { frontend: new Listener("frontend"), backend: new Listener("backend") };
  return trace
    .filter((said) => !isBare(said))
    .flatMap((said) => listeners[said.from].hear(bytesOf(said)))
    .map(({ message }) => message);
}

/** A line for each message, the client's set off by ">"; runs of the same kind are counted. */
function transcript(trace: Trace): string[] {
  const listeners = { frontend: new Listener("frontend"), backend: new Listener("backend") };
  const lines: { text: string; times: number }[] = [];
  const say = (text: string): void => {
    const last = lines.at(-1);
    if (last?.text === text) last.times++;
    else lines.push({ text, times: 1 });
  };
  for (const said of trace) {
    if (isBare(said)) say("N");
    else for (const { message } of listeners[said.from].hear(bytesOf(said))) say(line(said.from, message));
  }
  return lines.map(({ text, times }) => (times > 1 ? `${text} x${times}` : text));
}

function line(from: Said["from"], message: Message): string {
  const text = `${from === "frontend" ? "> " : ""}${message.kind}`;
  if (message.kind === "query") return `${text} ${utf8DecodeLossy(message.text)}`;
  if (message.kind === "command_complete") return `${text} ${message.tag}`;
  if (message.kind === "ready_for_query") return `${text} ${message.status}`;
  if (message.kind === "error_response" || message.kind === "notice_response") {
    return `${text} ${message.fields.get("C") ?? ""}`;
  }
  return text;
}

const GREETING = ["authentication_ok", "parameter_status x15", "backend_key_data", "ready_for_query I"];
const OPENING = ["> startup_message", ...GREETING];

const TRANSCRIPTS: Readonly<Record<keyof typeof traces, readonly string[]>> = {
  startup30: ["> gssenc_request", "N", "> ssl_request", "N", ...OPENING, "> terminate"],
  startup32: [...OPENING, "> terminate"],
  startupNegotiated: ["> startup_message", "negotiate_protocol_version", ...GREETING, "> terminate"],
  startupCleartext: [
    "> startup_message",
    "authentication_cleartext_password",
    "> password_family",
    ...GREETING,
    "> terminate",
  ],
  startupMd5: [
    "> startup_message",
    "authentication_md5_password",
    "> password_family",
    ...GREETING,
    "> terminate",
  ],
  startupScram: [
    "> startup_message",
    "authentication_sasl",
    "> password_family",
    "authentication_sasl_continue",
    "> password_family",
    "authentication_sasl_final",
    ...GREETING,
    "> terminate",
  ],
  startupRefused: [
    "> startup_message",
    "authentication_cleartext_password",
    "> password_family",
    "error_response 28P01",
  ],
  simple: [
    ...OPENING,
    "> query SELECT 1 AS one, NULL AS nothing, 'Zoë ☕' AS text",
    "row_description",
    "data_row",
    "command_complete SELECT 1",
    "ready_for_query I",
    "> query BEGIN; SELECT oid, relname FROM pg_class WHERE oid = 1259; SELECT",
    "command_complete BEGIN",
    "row_description",
    "data_row",
    "command_complete SELECT 1",
    "row_description",
    "data_row",
    "command_complete SELECT 1",
    "ready_for_query T",
    "> query ROLLBACK",
    "command_complete ROLLBACK",
    "ready_for_query I",
    "> query ",
    "empty_query_response",
    "ready_for_query I",
    "> query DO $$ BEGIN RAISE NOTICE 'a remark' USING HINT = 'none'; END $$",
    "notice_response 00000",
    "command_complete DO",
    "ready_for_query I",
    "> terminate",
  ],
  error: [
    ...OPENING,
    "> query SELECT 1/0",
    "error_response 22012",
    "ready_for_query I",
    "> query BEGIN; SELECT missing FROM pg_class",
    "command_complete BEGIN",
    "error_response 42703",
    "ready_for_query E",
    "> query SELECT 1",
    "error_response 25P02",
    "ready_for_query E",
    "> query INSERT INTO unique_table VALUES (1), (1)",
    "error_response 25P02",
    "ready_for_query E",
    "> query ROLLBACK",
    "command_complete ROLLBACK",
    "ready_for_query I",
    "> parse",
    "> bind",
    "> execute",
    "> sync",
    "parse_complete",
    "error_response 22012",
    "ready_for_query I",
    "> terminate",
  ],
  extended: [
    ...OPENING,
    "> parse",
    "> describe",
    "> flush",
    "parse_complete",
    "parameter_description",
    "row_description",
    "> bind",
    "> describe",
    "> execute",
    "> close",
    "> sync",
    "bind_complete",
    "row_description",
    "data_row",
    "command_complete SELECT 1",
    "close_complete",
    "ready_for_query I",
    "> parse",
    "> describe",
    "> bind",
    "> describe",
    "> execute",
    "> sync",
    "parse_complete",
    "parameter_description",
    "no_data",
    "bind_complete",
    "no_data",
    "command_complete CREATE TABLE",
    "ready_for_query I",
    "> parse",
    "> bind",
    "> execute",
    "> close",
    "> sync",
    "parse_complete",
    "bind_complete",
    "empty_query_response",
    "close_complete",
    "ready_for_query I",
    "> terminate",
  ],
  portalSuspended: [
    ...OPENING,
    "> parse",
    "> bind",
    "> execute",
    "> flush",
    "parse_complete",
    "bind_complete",
    "data_row x2",
    "portal_suspended",
    "> execute",
    "> flush",
    "data_row x2",
    "portal_suspended",
    "> execute",
    "> sync",
    "data_row",
    "command_complete SELECT 1",
    "ready_for_query I",
    "> terminate",
  ],
  copyIn: [
    ...OPENING,
    "> query CREATE TEMP TABLE t (a int, b text)",
    "command_complete CREATE TABLE",
    "ready_for_query I",
    "> query COPY t FROM STDIN",
    "copy_in_response",
    "> copy_data x2",
    "> copy_done",
    "command_complete COPY 2",
    "ready_for_query I",
    "> query COPY t FROM STDIN (FORMAT binary)",
    "copy_in_response",
    "> copy_fail",
    "error_response 57014",
    "ready_for_query I",
    "> terminate",
  ],
  copyOut: [
    ...OPENING,
    "> query COPY (SELECT 1, NULL UNION ALL SELECT 2, 'x') TO STDOUT",
    "copy_out_response",
    "copy_data x2",
    "copy_done",
    "command_complete COPY 2",
    "ready_for_query I",
    "> query COPY (SELECT 1) TO STDOUT (FORMAT binary)",
    "copy_out_response",
    "copy_data x2",
    "copy_done",
    "command_complete COPY 1",
    "ready_for_query I",
    "> terminate",
  ],
  copyBoth: [
    ...OPENING,
    "> query IDENTIFY_SYSTEM",
    "row_description",
    "data_row",
    "command_complete IDENTIFY_SYSTEM",
    "ready_for_query I",
    expect.stringMatching(/^> query START_REPLICATION /) as string,
    "copy_both_response",
    "> copy_done",
    "copy_done",
    "command_complete START_STREAMING",
    "command_complete START_REPLICATION",
    "ready_for_query I",
    "> terminate",
  ],
  functionCall: [
    ...OPENING,
    "> function_call",
    "function_call_response",
    "ready_for_query I",
    "> function_call",
    "function_call_response",
    "ready_for_query I",
    "> terminate",
  ],
  notify: [
    ...OPENING,
    "> query LISTEN news",
    "command_complete LISTEN",
    "ready_for_query I",
    "> query NOTIFY news, 'Zoë'",
    "command_complete NOTIFY",
    "notification_response",
    "ready_for_query I",
    "> query SET application_name = 'renamed'",
    "command_complete SET",
    "parameter_status",
    "ready_for_query I",
    "> terminate",
  ],
  cancel: [
    ...OPENING,
    "> query SELECT pg_sleep(60)",
    "row_description",
    "error_response 57014",
    "ready_for_query I",
    "> terminate",
  ],
  cancelSecond: ["> cancel_request"],
};

const NAMES = Object.keys(TRANSCRIPTS) as (keyof typeof traces)[];

describe("a conversation with PostgreSQL", () => {
  test.each(NAMES)("%s reads as its transcript", (name) => {
    expect(transcript(traces[name])).toEqual(TRANSCRIPTS[name]);
  });

  test.each(NAMES)("%s is written again byte for byte, cut at every byte", (name) => {
    for (const from of ["frontend", "backend"] as const) {
      const stream = concat(traces[name].filter((said) => said.from === from && !isBare(said)).map(bytesOf));
      const single = new Listener(from);
      const again = Array.from(stream, (byte) => single.hear(Uint8Array.of(byte)));
      expect(concat(again.flat().map((heard) => heard.again))).toEqual(stream);
      for (let cut = 0; cut <= stream.length; cut++) {
        const listener = new Listener(from);
        const heard = [stream.subarray(0, cut), stream.subarray(cut)].flatMap((half) => listener.hear(half));
        const written = concat(heard.map((one) => one.again));
        if (!same(written, stream)) expect.fail(`cut at ${cut} it reads differently`);
      }
    }
  });
});

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

describe("what PostgreSQL said", () => {
  const find = <K extends Message["kind"]>(trace: Trace, kind: K): Extract<Message, { kind: K }>[] =>
    messagesOf(trace).filter((message): message is Extract<Message, { kind: K }> => message.kind === kind);

  test("a cancel key has 4 bytes in 3.0 and 32 in 3.2, and comes back in the CancelRequest", () => {
    expect(find(traces.startup30, "backend_key_data")[0]?.secretKey).toHaveLength(4);
    const key = find(traces.cancel, "backend_key_data")[0];
    expect(key?.secretKey).toHaveLength(32);
    expect(find(traces.cancelSecond, "cancel_request")).toEqual([{ ...key, kind: "cancel_request" }]);
  });

  test("asked for 3.9 with an option it does not know, it offers 3.2 without", () => {
    expect(find(traces.startupNegotiated, "startup_message")[0]?.protocol).toEqual({ major: 3, minor: 9 });
    expect(find(traces.startupNegotiated, "negotiate_protocol_version")).toEqual([
      {
        kind: "negotiate_protocol_version",
        protocol: { major: 3, minor: 2 },
        unrecognized: ["_pq_.unheard_of"],
      },
    ]);
  });

  test("columns and values, in text and binary", () => {
    expect(
      find(traces.simple, "row_description")[0]?.fields.map(({ name, typeOid }) => [name, typeOid]),
    ).toEqual([
      ["one", 23],
      ["nothing", 25],
      ["text", 25],
    ]);
    const row = find(traces.simple, "data_row")[0]?.values.map((value) => value && utf8DecodeLossy(value));
    expect(row).toEqual(["1", null, "Zoë ☕"]);
    expect(find(traces.extended, "row_description").map(({ fields }) => fields[0]?.format)).toEqual([0, 1]);
    expect(find(traces.extended, "data_row")[0]?.values).toEqual([Uint8Array.of(0, 0, 0, 42), null]);
    expect(find(traces.extended, "parameter_description")[0]?.types).toEqual([23, 23, 25]);
  });

  test("an error's fields, in its order", () => {
    const fields = find(traces.error, "error_response")[1]?.fields;
    expect([...(fields?.keys() ?? [])]).toEqual(["S", "V", "C", "M", "P", "F", "L", "R"]);
    expect(fields?.get("M")).toBe('column "missing" does not exist');
    expect(fields?.get("P")).toBe("15");
  });

  test("a notification of its own session", () => {
    const [notification] = find(traces.notify, "notification_response");
    const [key] = find(traces.notify, "backend_key_data");
    expect(notification).toMatchObject({ processId: key?.processId, channel: "news", payload: "Zoë" });
  });

  test("function results, binary and NULL", () => {
    expect(find(traces.functionCall, "function_call_response").map(({ value }) => value)).toEqual([
      Uint8Array.of(0, 0, 0, 42),
      null,
    ]);
  });

  test("the formats of a COPY stream", () => {
    const formats = [
      ...find(traces.copyIn, "copy_in_response"),
      ...find(traces.copyOut, "copy_out_response"),
    ];
    expect(formats.map(({ format, columnFormats }) => [format, columnFormats])).toEqual([
      [0, [0, 0]],
      [1, [1, 1]],
      [0, [0, 0]],
      [1, [1]],
    ]);
  });
});
