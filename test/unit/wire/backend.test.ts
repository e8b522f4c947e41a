import { describe, expect, test } from "vitest";
import {
  BACKEND_CODES,
  decodeBackend,
  encodeBackend,
  errorResponse,
  noticeResponse,
  type BackendMessage,
} from "#core/wire";
import * as by from "./by-hand.ts";
import { frameOf } from "./poisoned.ts";

type Example = readonly [what: string, wire: Uint8Array, message: BackendMessage];

const EXAMPLES: readonly Example[] = [
  ["AuthenticationOk", by.message("R", by.int32(0)), { kind: "authentication_ok" }],
  ["AuthenticationKerberosV5", by.message("R", by.int32(2)), { kind: "authentication_kerberos_v5" }],
  [
    "AuthenticationCleartextPassword",
    by.message("R", by.int32(3)),
    { kind: "authentication_cleartext_password" },
  ],
  [
    "AuthenticationMD5Password",
    by.message("R", by.int32(5), [1, 2, 0, 255]),
    { kind: "authentication_md5_password", salt: by.bytes([1, 2, 0, 255]) },
  ],
  ["AuthenticationSCMCredential", by.message("R", by.int32(6)), { kind: "authentication_scm_credential" }],
  ["AuthenticationGSS", by.message("R", by.int32(7)), { kind: "authentication_gss" }],
  [
    "AuthenticationGSSContinue",
    by.message("R", by.int32(8), "token"),
    { kind: "authentication_gss_continue", data: by.bytes("token") },
  ],
  ["AuthenticationSSPI", by.message("R", by.int32(9)), { kind: "authentication_sspi" }],
  [
    "AuthenticationSASL",
    by.message("R", by.int32(10), by.string("SCRAM-SHA-256-PLUS"), by.string("SCRAM-SHA-256"), [0]),
    { kind: "authentication_sasl", mechanisms: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"] },
  ],
  [
    "AuthenticationSASLContinue",
    by.message("R", by.int32(11), "r=x"),
    { kind: "authentication_sasl_continue", data: by.bytes("r=x") },
  ],
  [
    "AuthenticationSASLFinal",
    by.message("R", by.int32(12), "v=x"),
    { kind: "authentication_sasl_final", data: by.bytes("v=x") },
  ],
  [
    "BackendKeyData of 3.0",
    by.message("K", by.int32(0xfedcba98), [1, 2, 3, 4]),
    { kind: "backend_key_data", processId: 0xfedcba98, secretKey: by.bytes([1, 2, 3, 4]) },
  ],
  [
    "BackendKeyData of 3.2 with the longest key",
    by.message(
      "K",
      by.int32(7),
      Array.from({ length: 256 }, (_, i) => i),
    ),
    { kind: "backend_key_data", processId: 7, secretKey: Uint8Array.from({ length: 256 }, (_, i) => i) },
  ],
  ["BindComplete", by.message("2"), { kind: "bind_complete" }],
  ["CloseComplete", by.message("3"), { kind: "close_complete" }],
  [
    "CommandComplete",
    by.message("C", by.string("INSERT 0 1")),
    { kind: "command_complete", tag: "INSERT 0 1" },
  ],
  ["CopyData", by.message("d", [0, 10]), { kind: "copy_data", data: by.bytes([0, 10]) }],
  ["CopyDone", by.message("c"), { kind: "copy_done" }],
  [
    "CopyInResponse",
    by.message("G", [0], by.int16(2), by.int16(0), by.int16(0)),
    { kind: "copy_in_response", format: 0, columnFormats: [0, 0] },
  ],
  [
    "CopyOutResponse",
    by.message("H", [1], by.int16(1), by.int16(1)),
    { kind: "copy_out_response", format: 1, columnFormats: [1] },
  ],
  [
    "CopyBothResponse",
    by.message("W", [0], by.int16(0)),
    { kind: "copy_both_response", format: 0, columnFormats: [] },
  ],
  [
    "DataRow",
    by.message("D", by.int16(3), by.value("x"), by.value(null), by.value("")),
    { kind: "data_row", values: [by.bytes("x"), null, by.bytes()] },
  ],
  ["DataRow without columns", by.message("D", by.int16(0)), { kind: "data_row", values: [] }],
  ["EmptyQueryResponse", by.message("I"), { kind: "empty_query_response" }],
  [
    "ErrorResponse",
    by.message("E", "S", by.string("FEHLER"), "V", by.string("ERROR"), "M", by.string("hübsch"), [0]),
    {
      kind: "error_response",
      fields: new Map([
        ["S", "FEHLER"],
        ["V", "ERROR"],
        ["M", "hübsch"],
      ]),
    },
  ],
  [
    "NoticeResponse in an encoding that is not UTF-8",
    by.message("N", "M", [0x68, 0xfc, 0x62, 0], [0]),
    { kind: "notice_response", fields: new Map([["M", "h\udcfcb"]]) },
  ],
  [
    "FunctionCallResponse",
    by.message("V", by.value("42")),
    { kind: "function_call_response", value: by.bytes("42") },
  ],
  [
    "FunctionCallResponse of NULL",
    by.message("V", by.value(null)),
    { kind: "function_call_response", value: null },
  ],
  [
    "NegotiateProtocolVersion",
    by.message("v", by.int16(3), by.int16(2), by.int32(2), by.string("_pq_.a"), by.string("_pq_.b")),
    {
      kind: "negotiate_protocol_version",
      protocol: { major: 3, minor: 2 },
      unrecognized: ["_pq_.a", "_pq_.b"],
    },
  ],
  ["NoData", by.message("n"), { kind: "no_data" }],
  [
    "NotificationResponse",
    by.message("A", by.int32(77), by.string("news"), by.string("")),
    { kind: "notification_response", processId: 77, channel: "news", payload: "" },
  ],
  [
    "ParameterDescription",
    by.message("t", by.int16(2), by.int32(23), by.int32(0xffffffff)),
    { kind: "parameter_description", types: [23, 0xffffffff] },
  ],
  [
    "ParameterStatus",
    by.message("S", by.string("TimeZone"), by.string("Europe/Zürich")),
    { kind: "parameter_status", name: "TimeZone", value: "Europe/Zürich" },
  ],
  ["ParseComplete", by.message("1"), { kind: "parse_complete" }],
  ["PortalSuspended", by.message("s"), { kind: "portal_suspended" }],
  ["ReadyForQuery, idle", by.message("Z", "I"), { kind: "ready_for_query", status: "I" }],
  ["ReadyForQuery, in a transaction", by.message("Z", "T"), { kind: "ready_for_query", status: "T" }],
  ["ReadyForQuery, in a failed one", by.message("Z", "E"), { kind: "ready_for_query", status: "E" }],
  [
    "RowDescription",
    by.message(
      "T",
      by.int16(1),
      by.string("?column?"),
      by.int32(0xfffffff0),
      by.int16(-1),
      by.int32(1043),
      by.int16(-1),
      by.int32(-1),
      by.int16(1),
    ),
    {
      kind: "row_description",
      fields: [
        {
          name: "?column?",
          tableOid: 0xfffffff0,
          attribute: -1,
          typeOid: 1043,
          typeSize: -1,
          typeModifier: -1,
          format: 1,
        },
      ],
    },
  ],
];

describe("a server's message", () => {
  test.each(EXAMPLES)("%s is decoded", (_, wire, message) => {
    expect(decodeBackend(frameOf(wire))).toEqual({ ok: true, value: message });
  });

  test.each(EXAMPLES)("%s is encoded", (_, wire, message) => {
    expect(encodeBackend(message)).toEqual(wire);
  });

  test("has its code in the table, and each in the table has an example", () => {
    for (const [, wire, message] of EXAMPLES) expect(BACKEND_CODES[message.kind]).toBe(wire[0]);
    const kinds = new Set(EXAMPLES.map(([, , message]) => message.kind));
    expect([...kinds].sort()).toEqual(Object.keys(BACKEND_CODES).sort());
  });
});

describe("an error of the gateway's own", () => {
  test("has PostgreSQL's fields in PostgreSQL's order", () => {
    const report = { severity: "ERROR", sqlstate: "42501", message: "m", detail: "d", hint: "h" } as const;
    const severity = ["S", by.string("ERROR"), "V", by.string("ERROR")];
    const rest = ["C", by.string("42501"), "M", by.string("m"), "D", by.string("d"), "H", by.string("h")];
    expect(errorResponse(report)).toEqual(by.message("E", ...severity, ...rest, [0]));
  });

  test("leaves out what it has nothing to say in", () => {
    const notice = noticeResponse({ severity: "WARNING", sqlstate: "01000", message: "m" });
    const severity = ["S", by.string("WARNING"), "V", by.string("WARNING")];
    expect(notice).toEqual(by.message("N", ...severity, "C", by.string("01000"), "M", by.string("m"), [0]));
  });

  test("is whole even where it quotes a zero", () => {
    const wire = errorResponse({ severity: "FATAL", sqlstate: "28000", message: "for a\0b" });
    const fatal = ["S", by.string("FATAL"), "V", by.string("FATAL"), "C", by.string("28000")];
    expect(wire).toEqual(by.message("E", ...fatal, "M", by.string("for a\ufffdb"), [0]));
  });
});

describe("what does not fit its field is never encoded", () => {
  const impossible: readonly [string, BackendMessage][] = [
    ["a salt of three bytes", { kind: "authentication_md5_password", salt: by.bytes([1, 2, 3]) }],
    ["a mechanism without a name", { kind: "authentication_sasl", mechanisms: ["", "X"] }],
    ["a zero in a tag", { kind: "command_complete", tag: "SELECT\0" }],
    ["a field of two letters", { kind: "error_response", fields: new Map([["SV", "x"]]) }],
    ["a field of no letter", { kind: "notice_response", fields: new Map([["", "x"]]) }],
    [
      "a secret key of three bytes",
      { kind: "backend_key_data", processId: 1, secretKey: by.bytes([1, 2, 3]) },
    ],
  ];
  test.each(impossible)("%s", (_, message) => {
    expect(() => encodeBackend(message)).toThrow(RangeError);
  });
});
