import { describe, expect, test } from "vitest";
import { decodeBackend, decodeFrontend, decodePassword, decodeSaslInitialResponse } from "#core/wire";
import * as by from "./by-hand.ts";
import { frameOf } from "./poisoned.ts";

type Bad = readonly [what: string, wire: Uint8Array, fault: string];

const { bytes, int16, int32, message, string, value } = by;
const column = bytes(string("c"), int32(0), int16(0), int32(25), int16(-1), int32(-1));

describe("a client's message is malformed", () => {
  const cases: readonly Bad[] = [
    ["Query without a terminator", message("Q", "SELECT 1"), "missing terminator"],
    ["Query without a body", message("Q"), "missing terminator"],
    ["Query with a zero inside", message("Q", string("SELECT 1"), string("DROP")), "trailing bytes"],
    ["Parse without a type count", message("P", string(""), string("SELECT 1")), "cut short"],
    ["Parse with more types than there are", message("P", [0, 0], int16(2), int32(23)), "count past the end"],
    ["Parse with fewer types than there are", message("P", [0, 0], int16(0), int32(23)), "trailing bytes"],
    ["Parse with one name only", message("P", string("s")), "missing terminator"],
    [
      "Bind with a format that does not exist",
      by.bind({ formats: [2], values: ["x"] }),
      "unknown format code",
    ],
    ["Bind with a negative format", by.bind({ formats: [-1], values: ["x"] }), "unknown format code"],
    [
      "Bind with a result format that does not exist",
      by.bind({ values: ["x"], results: [256] }),
      "unknown format code",
    ],
    [
      "Bind with two formats for three values",
      by.bind({ formats: [0, 0], values: ["a", "b", "c"] }),
      "as many formats as values expected",
    ],
    [
      "Bind with formats for no values",
      by.bind({ formats: [0, 1], values: [] }),
      "as many formats as values expected",
    ],
    [
      "Bind with a value of length -2",
      message("B", [0, 0], int16(0), int16(1), int32(-2)),
      "negative length",
    ],
    [
      "Bind with a value past the end",
      message("B", [0, 0], int16(0), int16(1), int32(5), "1234"),
      "cut short",
    ],
    [
      "Bind with more values than fit",
      message("B", [0, 0], int16(0), int16(-1), int16(0)),
      "count past the end",
    ],
    ["Bind without result formats", message("B", [0, 0], int16(0), int16(0)), "cut short"],
    ["Bind with trailing bytes", message("B", by.bind({}).subarray(5), [0]), "trailing bytes"],
    ["Describe of nothing", message("D"), "cut short"],
    ["Describe of something else", message("D", "X", string("")), "unknown target"],
    ["Describe of a lower-case statement", message("D", "s", string("")), "unknown target"],
    ["Describe without a terminator", message("D", "S", "name"), "missing terminator"],
    ["Close of something else", message("C", [0], string("")), "unknown target"],
    ["Close with trailing bytes", message("C", "S", string("a"), string("b")), "trailing bytes"],
    ["Execute without a limit", message("E", string("")), "cut short"],
    ["Execute with half a limit", message("E", string(""), int16(1)), "cut short"],
    ["Execute with trailing bytes", message("E", string(""), int32(0), [0]), "trailing bytes"],
    ["Sync with a body", message("S", [0]), "trailing bytes"],
    ["Flush with a body", message("H", [0]), "trailing bytes"],
    ["Terminate with a body", message("X", [0]), "trailing bytes"],
    ["CopyDone with a body", message("c", [0]), "trailing bytes"],
    ["CopyFail without a terminator", message("f", "no"), "missing terminator"],
    [
      "FunctionCall with two formats for one argument",
      message("F", int32(1), int16(2), int16(0), int16(0), int16(1), value("x"), int16(0)),
      "as many formats as values expected",
    ],
    [
      "FunctionCall with a result format that does not exist",
      message("F", int32(1), int16(0), int16(0), int16(7)),
      "unknown format code",
    ],
    ["FunctionCall without a result format", message("F", int32(1), int16(0), int16(0)), "cut short"],
  ];
  test.each(cases)("%s", (_, wire, fault) => {
    expect(decodeFrontend(frameOf(wire))).toMatchObject({ ok: false, error: { kind: "malformed", fault } });
  });

  test("PasswordMessage without a terminator, or with a zero inside", () => {
    const fault = (wire: Uint8Array): unknown => decodePassword(frameOf(wire));
    expect(fault(message("p", "x"))).toMatchObject({
      error: { kind: "malformed", fault: "missing terminator" },
    });
    expect(fault(message("p", "x\0y\0"))).toMatchObject({
      error: { kind: "malformed", fault: "trailing bytes" },
    });
  });

  test("SASLInitialResponse with data past the end, or of length -2", () => {
    const fault = (length: number): unknown =>
      decodeSaslInitialResponse(frameOf(message("p", string("X"), int32(length), "abc")));
    expect(fault(4)).toMatchObject({ error: { kind: "malformed", fault: "cut short" } });
    expect(fault(2)).toMatchObject({ error: { kind: "malformed", fault: "trailing bytes" } });
    expect(fault(-2)).toMatchObject({ error: { kind: "malformed", fault: "negative length" } });
  });
});

describe("a server's message is malformed", () => {
  const keyFault = "secret key of 4 to 256 bytes expected";
  const cases: readonly Bad[] = [
    ["Authentication without a request", message("R"), "cut short"],
    ["Authentication of an unknown kind", message("R", int32(13)), "unknown authentication request"],
    ["Authentication of kind 1, KerberosV4", message("R", int32(1)), "unknown authentication request"],
    ["AuthenticationOk with a body", message("R", int32(0), [0]), "trailing bytes"],
    ["AuthenticationMD5Password with a short salt", message("R", int32(5), [1, 2, 3]), "cut short"],
    ["AuthenticationMD5Password with a long salt", message("R", int32(5), [1, 2, 3, 4, 5]), "trailing bytes"],
    ["AuthenticationSASL with an open list", message("R", int32(10), string("X")), "missing terminator"],
    ["AuthenticationSASL with more behind its list", message("R", int32(10), [0, 0]), "trailing bytes"],
    ["BackendKeyData without a key", message("K", int32(1)), keyFault],
    ["BackendKeyData with a key of three bytes", message("K", int32(1), [1, 2, 3]), keyFault],
    ["BackendKeyData with a key of 257 bytes", message("K", int32(1), new Uint8Array(257)), keyFault],
    ["BindComplete with a body", message("2", [0]), "trailing bytes"],
    ["CloseComplete with a body", message("3", [0]), "trailing bytes"],
    ["ParseComplete with a body", message("1", [0]), "trailing bytes"],
    ["NoData with a body", message("n", [0]), "trailing bytes"],
    ["PortalSuspended with a body", message("s", [0]), "trailing bytes"],
    ["EmptyQueryResponse with a body", message("I", [0]), "trailing bytes"],
    ["CommandComplete without a terminator", message("C", "SELECT 1"), "missing terminator"],
    ["CopyInResponse of a format that does not exist", message("G", [2], int16(0)), "unknown format code"],
    [
      "CopyOutResponse with a column format that does not exist",
      message("H", [0], int16(1), int16(2)),
      "unknown format code",
    ],
    ["CopyBothResponse with fewer columns than said", message("W", [0], int16(1)), "count past the end"],
    ["DataRow without a count", message("D"), "cut short"],
    ["DataRow with a count past the end", message("D", int16(2), value("")), "count past the end"],
    ["DataRow with a value past the end", message("D", int16(1), int32(9), "x"), "cut short"],
    ["DataRow with a huge value", message("D", int16(1), int32(0x7fffffff)), "cut short"],
    ["DataRow with a negative length", message("D", int16(1), int32(-2)), "negative length"],
    ["DataRow with trailing bytes", message("D", int16(1), value("x"), [0]), "trailing bytes"],
    ["ErrorResponse without its last terminator", message("E", "M", string("m")), "cut short"],
    ["ErrorResponse with an open field", message("E", "M", "m"), "missing terminator"],
    [
      "ErrorResponse with a field twice",
      message("E", "M", string("a"), "M", string("b"), [0]),
      "duplicate field",
    ],
    ["NoticeResponse with trailing bytes", message("N", "M", string("a"), [0, 0]), "trailing bytes"],
    ["FunctionCallResponse with a length past the end", message("V", int32(1)), "cut short"],
    [
      "NegotiateProtocolVersion with a negative count",
      message("v", int32(196610), int32(-1)),
      "negative count",
    ],
    [
      "NegotiateProtocolVersion with a huge count",
      message("v", int32(196610), int32(0x7fffffff), [0]),
      "count past the end",
    ],
    ["NotificationResponse without a payload", message("A", int32(1), string("c")), "missing terminator"],
    ["ParameterDescription with half a type", message("t", int16(1), int16(0)), "count past the end"],
    ["ParameterStatus without a value", message("S", string("TimeZone")), "missing terminator"],
    ["ReadyForQuery without a status", message("Z"), "cut short"],
    ["ReadyForQuery of an unknown status", message("Z", "X"), "unknown transaction status"],
    ["ReadyForQuery of two", message("Z", "II"), "trailing bytes"],
    [
      "RowDescription with a count past the end",
      message("T", int16(2), column, int16(0)),
      "count past the end",
    ],
    [
      "RowDescription of a format that does not exist",
      message("T", int16(1), column, int16(2)),
      "unknown format code",
    ],
    ["RowDescription with trailing bytes", message("T", int16(1), column, int16(0), [0]), "trailing bytes"],
    ["RowDescription with an open name", message("T", int16(1), "x".repeat(19)), "missing terminator"],
  ];
  test.each(cases)("%s", (_, wire, fault) => {
    expect(decodeBackend(frameOf(wire))).toMatchObject({ ok: false, error: { kind: "malformed", fault } });
  });
});

describe("whoever makes a frame by hand", () => {
  test("is told when its code is unknown", () => {
    expect(decodeFrontend(frameOf(message("?")))).toMatchObject({
      ok: false,
      error: {
        kind: "unknown_message",
        direction: "frontend",
        code: 0x3f,
        detail: "unknown frontend message '?'",
      },
    });
    expect(decodeBackend(frameOf(message("\0")))).toMatchObject({
      ok: false,
      error: {
        kind: "unknown_message",
        direction: "backend",
        code: 0,
        detail: "unknown backend message of type 0x0",
      },
    });
  });

  test.each([
    ["empty", bytes()],
    ["its code alone", bytes("Q")],
    ["shorter than its header", bytes("Q", [0, 0])],
    ["shorter than its length", by.query("SELECT").subarray(0, 8)],
    ["longer than its length", bytes(by.query(""), [0])],
    ["of another code", by.parse("", "")],
  ])("is told when it is %s", (_, wire) => {
    const fault = "header does not fit the frame";
    expect(decodeFrontend({ code: 0x51, bytes: wire })).toMatchObject({
      error: { kind: "malformed", fault },
    });
  });
});

test("an error says what is wrong, and nothing of what was said", () => {
  const secret = frameOf(message("p", "hunter2"));
  expect(decodePassword(secret)).toEqual({
    ok: false,
    error: {
      kind: "malformed",
      message: "password_message",
      fault: "missing terminator",
      detail: "malformed password_message message: missing terminator",
    },
  });
});
