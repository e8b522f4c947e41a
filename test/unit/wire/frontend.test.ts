import { describe, expect, test } from "vitest";
import {
  decodeFrontend,
  decodeGssResponse,
  decodePassword,
  decodeSaslInitialResponse,
  decodeSaslResponse,
  encodeFrontend,
  FRONTEND_CODES,
  type DecodedFrontendMessage,
  type FrontendMessage,
} from "#core/wire";
import * as by from "./by-hand.ts";
import { frameOf } from "./poisoned.ts";

type Example<M> = readonly [what: string, wire: Uint8Array, message: M];

const EXAMPLES: readonly Example<DecodedFrontendMessage>[] = [
  ["Query", by.query("SELECT 'é'"), { kind: "query", text: by.bytes("SELECT 'é'") }],
  ["an empty Query", by.query(""), { kind: "query", text: by.bytes() }],
  [
    "a Query that is not UTF-8",
    by.message("Q", [0xff, 0x27, 0]),
    { kind: "query", text: by.bytes([0xff, 0x27]) },
  ],
  [
    "Parse",
    by.parse("s", "SELECT $1", 23, 0),
    { kind: "parse", statement: "s", text: by.bytes("SELECT $1"), parameterTypes: [23, 0] },
  ],
  [
    "Parse with an OID above 2^31",
    by.parse("", "SELECT 1", 0xfffffffe),
    { kind: "parse", statement: "", text: by.bytes("SELECT 1"), parameterTypes: [0xfffffffe] },
  ],
  [
    "Parse under a name that is not UTF-8",
    by.message("P", [0x61, 0xe9, 0], [0], by.int16(0)),
    { kind: "parse", statement: "a\udce9", text: by.bytes(), parameterTypes: [] },
  ],
  [
    "Bind",
    by.bind({ portal: "p", statement: "s", formats: [0, 1], values: ["x", null], results: [1] }),
    {
      kind: "bind",
      portal: "p",
      statement: "s",
      parameterFormats: [0, 1],
      parameters: [by.bytes("x"), null],
      resultFormats: [1],
    },
  ],
  [
    "Bind of an empty value, with one format for all",
    by.bind({ formats: [1], values: ["", "ab"], results: [0, 1, 0] }),
    {
      kind: "bind",
      portal: "",
      statement: "",
      parameterFormats: [1],
      parameters: [by.bytes(), by.bytes("ab")],
      resultFormats: [0, 1, 0],
    },
  ],
  ["Describe of a statement", by.describe("S", "s"), { kind: "describe", target: "S", name: "s" }],
  ["Describe of a portal", by.describe("P", ""), { kind: "describe", target: "P", name: "" }],
  ["Close of a statement", by.close("S", "s"), { kind: "close", target: "S", name: "s" }],
  ["Close of a portal", by.close("P", "p"), { kind: "close", target: "P", name: "p" }],
  ["Execute", by.execute("p", 100), { kind: "execute", portal: "p", maxRows: 100 }],
  ["Execute with a negative limit", by.execute("", -1), { kind: "execute", portal: "", maxRows: -1 }],
  ["Sync", by.SYNC, { kind: "sync" }],
  ["Flush", by.FLUSH, { kind: "flush" }],
  ["Terminate", by.TERMINATE, { kind: "terminate" }],
  ["CopyData", by.message("d", [1, 0, 2]), { kind: "copy_data", data: by.bytes([1, 0, 2]) }],
  ["CopyDone", by.message("c"), { kind: "copy_done" }],
  ["CopyFail", by.message("f", by.string("no")), { kind: "copy_fail", reason: "no" }],
  [
    "FunctionCall",
    by.message(
      "F",
      by.int32(177),
      by.int16(1),
      by.int16(1),
      by.int16(2),
      by.value("ab"),
      by.value(null),
      by.int16(1),
    ),
    {
      kind: "function_call",
      functionOid: 177,
      argumentFormats: [1],
      arguments: [by.bytes("ab"), null],
      resultFormat: 1,
    },
  ],
  [
    "a message of code 'p', unread",
    by.message("p", "any"),
    { kind: "password_family", body: by.bytes("any") },
  ],
];

describe("a client's message", () => {
  test.each(EXAMPLES)("%s is decoded", (_, wire, message) => {
    expect(decodeFrontend(frameOf(wire))).toEqual({ ok: true, value: message });
  });

  test.each(EXAMPLES)("%s is encoded", (_, wire, message) => {
    expect(encodeFrontend(message)).toEqual(wire);
  });

  test("has its code in the table", () => {
    for (const [, wire, message] of EXAMPLES) expect(FRONTEND_CODES[message.kind]).toBe(wire[0]);
  });

  test("may bind 65,535 parameters, as libpq allows", () => {
    const parameters = Array.from({ length: 65_535 }, () => null);
    const bind: FrontendMessage = {
      kind: "bind",
      portal: "",
      statement: "",
      parameterFormats: [],
      parameters,
      resultFormats: [],
    };
    expect(decodeFrontend(frameOf(encodeFrontend(bind)))).toEqual({ ok: true, value: bind });
    expect(() => encodeFrontend({ ...bind, parameters: [...parameters, null] })).toThrow(RangeError);
  });
});

describe("a message of code 'p' is decoded by what the server asked for", () => {
  test("a password", () => {
    const wire = by.message("p", by.string("sécret"));
    const message = { kind: "password_message", password: "sécret" } as const;
    expect(decodePassword(frameOf(wire))).toEqual({ ok: true, value: message });
    expect(encodeFrontend(message)).toEqual(wire);
  });

  test("a SASLInitialResponse, with and without data", () => {
    const wire = by.message("p", by.string("SCRAM-SHA-256"), by.value("n,,n=,r=x"));
    const data = by.bytes("n,,n=,r=x");
    const message = { kind: "sasl_initial_response", mechanism: "SCRAM-SHA-256", data } as const;
    expect(decodeSaslInitialResponse(frameOf(wire))).toEqual({ ok: true, value: message });
    expect(encodeFrontend(message)).toEqual(wire);
    const bare = by.message("p", by.string("X"), by.value(null));
    const bareMessage = { kind: "sasl_initial_response", mechanism: "X", data: null } as const;
    expect(decodeSaslInitialResponse(frameOf(bare))).toEqual({ ok: true, value: bareMessage });
    expect(encodeFrontend(bareMessage)).toEqual(bare);
  });

  test("a SASLResponse and a GSSResponse", () => {
    const wire = by.message("p", "c=biws");
    const data = by.bytes("c=biws");
    expect(decodeSaslResponse(frameOf(wire))).toEqual({ ok: true, value: { kind: "sasl_response", data } });
    expect(decodeGssResponse(frameOf(wire))).toEqual({ ok: true, value: { kind: "gss_response", data } });
    expect(encodeFrontend({ kind: "sasl_response", data })).toEqual(wire);
    expect(encodeFrontend({ kind: "gss_response", data })).toEqual(wire);
  });

  test("and nothing else is taken for one", () => {
    const query = frameOf(by.query("x"));
    for (const decode of [decodePassword, decodeSaslInitialResponse, decodeSaslResponse, decodeGssResponse]) {
      expect(decode(query)).toMatchObject({ ok: false, error: { kind: "unknown_message", code: 0x51 } });
    }
  });
});

describe("what does not fit its field is never encoded", () => {
  const impossible: readonly [string, FrontendMessage][] = [
    ["a zero byte in a Query", { kind: "query", text: by.bytes("a\0b") }],
    ["a zero in a name", { kind: "close", target: "S", name: "a\0" }],
    ["a limit above 2^31", { kind: "execute", portal: "", maxRows: 2 ** 31 }],
    ["an OID below zero", { kind: "parse", statement: "", text: by.bytes(), parameterTypes: [-1] }],
    ["half an OID", { kind: "parse", statement: "", text: by.bytes(), parameterTypes: [0.5] }],
  ];
  test.each(impossible)("%s", (_, message) => {
    expect(() => encodeFrontend(message)).toThrow(RangeError);
  });
});
