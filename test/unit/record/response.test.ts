// Recorded responses, built by the codec, read back as JSON and CSV.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, utf8Encode } from "#core/bytes";
import { createCsvTransform, createJsonTransform, type CsvOptions, type ResponseOptions } from "#core/record";
import {
  encodeBackend,
  type BackendMessage,
  type FieldDescription,
  type Format,
  type Value,
} from "#core/wire";

function wire(...messages: readonly BackendMessage[]): Uint8Array {
  return concat(messages.map((message) => encodeBackend(message)));
}

function field(name: string, typeOid = 25, format: Format = 0): FieldDescription {
  return { name, tableOid: 0, attribute: 0, typeOid, typeSize: -1, typeModifier: -1, format };
}

function columns(...fields: readonly FieldDescription[]): BackendMessage {
  return { kind: "row_description", fields };
}

function row(...values: readonly (string | Uint8Array | null)[]): BackendMessage {
  const bytes = values.map((value): Value => (typeof value === "string" ? utf8Encode(value) : value));
  return { kind: "data_row", values: bytes };
}

const done = (tag: string): BackendMessage => ({ kind: "command_complete", tag });
const ready: BackendMessage = { kind: "ready_for_query", status: "I" };
const failure: BackendMessage = {
  kind: "error_response",
  fields: new Map([
    ["S", "ERROR"],
    ["V", "ERROR"],
    ["C", "22012"],
    ["M", "division by zero"],
  ]),
};

function json(bytes: Uint8Array, options?: ResponseOptions, step = bytes.length): unknown {
  const transform = createJsonTransform(options);
  let text = "";
  for (let at = 0; at < bytes.length; at += step) text += transform.push(bytes.slice(at, at + step));
  return JSON.parse(text + transform.finish());
}

function csv(bytes: Uint8Array, options?: CsvOptions): string {
  const transform = createCsvTransform(options);
  return transform.push(bytes) + transform.finish();
}

const numbers = wire(columns(field("n", 23)), row("1"), row("2"), done("SELECT 2"), ready);

describe("as JSON", () => {
  test("a query with rows", () => {
    expect(json(numbers)).toEqual({
      results: [
        {
          columns: [
            { name: "n", type_oid: 23, type_modifier: -1, table_oid: 0, attribute: 0, format: "text" },
          ],
          copy: null,
          rows: [["1"], ["2"]],
          command_tag: "SELECT 2",
          row_count: 2,
          suspended: false,
        },
      ],
      notices: [],
      notifications: [],
      parameter_status: [],
      omitted: 0,
      parameter_types: null,
      error: null,
      transaction_status: "I",
      fault: null,
    });
  });

  test("NULL, the empty string, bytes that are no text, and binary values stay apart", () => {
    const bytes = wire(
      columns(field("a"), field("b"), field("c"), field("d", 17, 1)),
      row(null, "", Uint8Array.of(0xff), Uint8Array.of(0, 0xab)),
      done("SELECT 1"),
    );
    expect(json(bytes)).toMatchObject({ results: [{ rows: [[null, "", { base64: "/w==" }, "\\x00ab"]] }] });
  });

  test("several statements, one of them empty, one failing after its first row", () => {
    const bytes = wire(
      done("INSERT 0 3"),
      { kind: "empty_query_response" },
      columns(field("x")),
      row("1"),
      failure,
      ready,
    );
    expect(json(bytes)).toMatchObject({
      results: [
        { columns: [], rows: [], command_tag: "INSERT 0 3", row_count: 0 },
        { rows: [], command_tag: "" },
        { rows: [["1"]], command_tag: null, row_count: 1 },
      ],
      error: { severity: "ERROR", sqlstate: "22012", message: "division by zero" },
    });
  });

  test("a statement and its portal described, then a portal that is suspended", () => {
    const bytes = wire(
      { kind: "parse_complete" },
      { kind: "parameter_description", types: [23] },
      columns(field("x", 20)),
      { kind: "bind_complete" },
      columns(field("x", 20, 1)),
      row(Uint8Array.of(7)),
      { kind: "portal_suspended" },
    );
    expect(json(bytes)).toMatchObject({
      parameter_types: [23],
      results: [{ columns: [{ format: "binary" }], rows: [["\\x07"]], suspended: true, command_tag: null }],
    });
    expect((json(bytes) as { results: unknown[] }).results).toHaveLength(1);
  });

  test("rows that nothing described take the formats that Bind asked for", () => {
    const bytes = wire(row(Uint8Array.of(1), "t"), done("SELECT 1"));
    expect(json(bytes, { resultFormats: [1, 0] })).toMatchObject({
      results: [
        {
          columns: [
            { name: null, format: "binary" },
            { name: null, format: "text" },
          ],
          rows: [["\\x01", "t"]],
        },
      ],
    });
  });

  test("COPY out, as text and as binary", () => {
    const copy = (format: Format): Uint8Array =>
      wire(
        { kind: "copy_out_response", format, columnFormats: [format] },
        { kind: "copy_data", data: utf8Encode("1\n") },
        { kind: "copy_data", data: utf8Encode("2\n") },
        { kind: "copy_done" },
        done("COPY 2"),
      );
    expect(json(copy(0))).toMatchObject({
      results: [
        {
          columns: [],
          rows: [],
          copy: { direction: "out", format: "text", data: ["1\n", "2\n"] },
          command_tag: "COPY 2",
          row_count: 2,
        },
      ],
    });
    expect(json(copy(1))).toMatchObject({
      results: [{ copy: { format: "binary", data: ["\\x310a", "\\x320a"] } }],
    });
  });

  test("notices and notifications between rows come after them, and no more than a thousand of each", () => {
    const notice: BackendMessage = {
      kind: "notice_response",
      fields: new Map([
        ["S", "NOTICE"],
        ["C", "00000"],
        ["M", "hello"],
      ]),
    };
    const bytes = wire(
      columns(field("n")),
      ...Array.from({ length: 1002 }, () => notice),
      row("1"),
      done("SELECT 1"),
    );
    const read = json(bytes) as { notices: unknown[] };
    expect(read).toMatchObject({ results: [{ rows: [["1"]] }], omitted: 2 });
    expect(read.notices).toHaveLength(1000);
    expect(read.notices[0]).toEqual({ severity: "NOTICE", sqlstate: "00000", message: "hello" });
  });

  test("a response cut inside a message says so and keeps what came before", () => {
    expect(json(numbers.slice(0, -3))).toMatchObject({
      results: [{ rows: [["1"], ["2"]] }],
      fault: "the response ends inside a message",
    });
  });

  test("bytes that are no response say so", () => {
    expect(json(Uint8Array.of(1, 2, 3, 4, 5))).toMatchObject({
      results: [],
      fault: expect.stringContaining("unknown"),
    });
  });

  test("no bytes are no results", () => {
    expect(json(new Uint8Array())).toMatchObject({ results: [], error: null, fault: null });
  });

  test("wherever the stream is cut, the same comes out", () => {
    const bytes = wire(columns(field("ä")), row("ü😀"), row(null), done("SELECT 2"), failure, ready);
    const whole = json(bytes);
    for (let step = 1; step < bytes.length; step++) expect(json(bytes, {}, step)).toEqual(whole);
  });

  test("whatever the bytes, what comes out is JSON", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(numbers.length), (noise, at) => {
        json(noise);
        json(concat([numbers.slice(0, at), noise]));
      }),
    );
  });
});

describe("as CSV", () => {
  const table = (...values: readonly (string | Uint8Array | null)[]): Uint8Array =>
    wire(columns(...values.map((_, i) => field(`c${String(i)}`))), row(...values), done("SELECT 1"));

  test("a line of names, then rows, CRLF behind each", () => {
    expect(csv(numbers)).toBe("n\r\n1\r\n2\r\n");
  });

  test("NULL is nothing, the empty string is two quotes", () => {
    expect(csv(table(null, "", "x"))).toBe('c0,c1,c2\r\n,"",x\r\n');
  });

  test("commas, quotes, line ends and outer spaces are quoted", () => {
    expect(csv(table("a,b", 'say "hi"', "1\n2", " x"))).toBe(
      'c0,c1,c2,c3\r\n"a,b","say ""hi""","1\n2"," x"\r\n',
    );
  });

  test.each([
    ["=1+1", "'=1+1"],
    ["+cmd", "'+cmd"],
    ["-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\tx", "'\tx"],
    ["\rx", '"\'\rx"'],
  ])("a field that begins like the formula %j is defused", (value, shown) => {
    expect(csv(table(value))).toBe(`c0\r\n${shown}\r\n`);
  });

  test("a column's name is defused too", () => {
    expect(csv(wire(columns(field("=x()")), done("SELECT 0")))).toBe("'=x()\r\n");
  });

  test("a plain number keeps its sign", () => {
    expect(csv(table("-5", "+1.5e-3", "-1-1"))).toBe("c0,c1,c2\r\n-5,+1.5e-3,'-1-1\r\n");
  });

  test("binary values and bytes that are no text are hexadecimal", () => {
    const bytes = wire(
      columns(field("b", 17, 1), field("t")),
      row("a", Uint8Array.of(0xff)),
      done("SELECT 1"),
    );
    expect(csv(bytes)).toBe("b,t\r\n\\x61,\\xff\r\n");
  });

  test("of several results one is chosen, those without columns do not count", () => {
    const bytes = wire(
      done("INSERT 0 1"),
      columns(field("a")),
      row("1"),
      done("SELECT 1"),
      columns(field("b")),
      done("SELECT 0"),
    );
    expect(csv(bytes)).toBe("a\r\n1\r\n");
    expect(csv(bytes, { result: 2 })).toBe("b\r\n");
    const third = createCsvTransform({ result: 3 });
    expect(third.push(bytes) + third.finish()).toBe("");
    expect(third.found).toBe(false);
  });

  test("columns without names are numbered", () => {
    expect(csv(wire(row("1", "2"), done("SELECT 1")))).toBe("column_1,column_2\r\n1,2\r\n");
  });
});
