// The second net: what each detector finds and does not, in texts, arrays, composites and JSON, and that it costs no more
// than the bytes are.

import { compileDetection, type TypeRef } from "#core/masking";
import { DETECTOR_NAMES, type DetectorActions, type DetectorName } from "#core/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ofType, spell, utf8 } from "./values.ts";

const ALL: DetectorActions = Object.fromEntries(DETECTOR_NAMES.map((name) => [name, "mask"]));

function detect(
  value: string,
  type: TypeRef = ofType("text"),
  actions = ALL,
): readonly [string | null, readonly DetectorName[]] {
  const { value: shown, found } = compileDetection(type, 0, actions)?.(utf8(value)) ?? {
    value: null,
    found: [],
  };
  return [spell(shown), found];
}

const KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

describe("is found", () => {
  test.each<readonly [DetectorName, text: string, shown: string]>([
    ["card_number", "4111111111111111", "***"],
    ["card_number", "card 4111 1111 1111 1111, thanks", "card ***, thanks"],
    ["card_number", "3782-822463-10005.", "***."],
    ["email", "write to alice.b+c@mail.example.com!", "write to ***!"],
    ["email", "<ünal@exämple.org>", "<***>"],
    ["email", "a@b.co,c@d.co", "***,***"],
    ["iban", "IBAN DE89 3704 0044 0532 0130 00 please", "IBAN *** please"],
    ["iban", "GB82WEST12345698765432", "***"],
    ["iban", "NO9386011117947", "***"],
    ["phone", "call +49 30 901820 now", "call *** now"],
    ["phone", "(555) 123-4567", "***"],
    ["phone", "555-123-4567", "***"],
    ["us_ssn", "ssn 123-45-6789.", "ssn ***."],
    ["jwt", `Bearer ${JWT}`, "Bearer ***"],
    ["aws_key", "id=AKIAIOSFODNN7EXAMPLE;", "id=***;"],
    ["api_key", `token ghp_${"a1B2".repeat(9)} end`, "token *** end"],
    ["private_key", `before\n${KEY}\nafter`, "before\n***\nafter"],
    ["private_key", KEY.slice(0, 40), "***"],
  ])("%s in %j", (name, text, shown) => {
    expect(detect(text)).toEqual([shown, [name]]);
  });
});

describe("is not taken for one", () => {
  test.each([
    "4111111111111112",
    "41111111111111111111111",
    "x4111111111111111",
    "order 1234567890123",
    "no at sign",
    "a@b",
    "1@2.3",
    "@example.com",
    "DE89370400440532013001",
    "000-12-3456",
    "666-12-3456",
    "912-12-3456",
    "123-00-4567",
    "2024-05-06 07:08:09.123456+00",
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "192.168.100.200",
    "1,234,567.89",
    "eyJhbGciOiJIUzI1NiJ9",
    "AKIA",
    "sk-learn",
    "-----BEGIN CERTIFICATE-----",
    "",
  ])("%j", (text) => {
    expect(detect(text)).toEqual([text, []]);
  });
});

test("observe reports and leaves the value, the very same bytes", () => {
  const value = utf8("alice@example.com 123-45-6789");
  const detection = compileDetection(ofType("text"), 0, { email: "observe" })?.(value);
  expect(detection?.value).toBe(value);
  expect(detection?.found).toEqual(["email"]);
  expect(
    detect("alice@example.com 123-45-6789", ofType("text"), { email: "observe", us_ssn: "mask" }),
  ).toEqual(["alice@example.com ***", ["email", "us_ssn"]]);
});

describe("inside of other types", () => {
  test("JSON stays JSON: strings, keys, escapes, numbers", () => {
    const text =
      '{"card": 4111111111111111, "n": 1.50, "a\\nalice@example.com": ["x", "\\u0062ob@example.com"]}';
    expect(detect(text, ofType("jsonb"))).toEqual([
      '{"card": 0, "n": 1.50, "a\\n***": ["x", "***"]}',
      ["card_number", "email"],
    ]);
  });
  test("binary jsonb keeps its version", () => {
    const change = compileDetection(ofType("jsonb"), 1, ALL);
    expect(change?.(Uint8Array.of(1, ...utf8('"a@b.co"'))).value).toEqual(Uint8Array.of(1, ...utf8('"***"')));
  });
  test("arrays and composites keep their form", () => {
    expect(detect('{alice@example.com,"say ""hi""",NULL}'.replaceAll('""', '\\"'), ofType("text[]"))[0]).toBe(
      '{***,"say \\"hi\\"",NULL}',
    );
    const pair: TypeRef = {
      kind: "composite",
      fields: [
        { name: "a", oid: 25, type: ofType("text") },
        { name: "b", oid: 23, type: ofType("int4") },
      ],
    };
    expect(detect("(alice@example.com,5)", pair)[0]).toBe("(***,5)");
  });
  test("numbers, dates and what is not known are not looked at", () => {
    for (const type of ["int8", "numeric", "timestamptz", "bytea", "uuid"] as const) {
      expect(compileDetection(ofType(type), 0, ALL)).toBe(null);
    }
    expect(compileDetection({ kind: "unknown" }, 0, ALL)).toBe(null);
  });
});

test("any bytes are read without a fault, and a text without a find is the very same", () => {
  fc.assert(
    fc.property(
      fc.constantFrom<TypeRef[]>(ofType("text"), ofType("json"), ofType("jsonb"), ofType("text[]")),
      fc.constantFrom<(0 | 1)[]>(0, 1),
      fc.oneof(
        fc.uint8Array({ maxLength: 80 }),
        fc
          .string({ unit: fc.constantFrom(...Array.from('a@.-+0145 "\\{}[]:,eyJAK')), maxLength: 80 })
          .map(utf8),
      ),
      (type, format, value) => {
        const detection = compileDetection(type, format, ALL)?.(value);
        if (detection?.found.length === 0) expect(detection.value).toBe(value);
      },
    ),
    { numRuns: 5000 },
  );
});

test.each([
  "a",
  "@",
  "a@",
  "a@a.",
  "eyJ",
  "eyJ.",
  "ghp_",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----",
  "1",
  "1 ",
  "4111 ",
  "A ",
  "DE89 ",
  "+1 ",
  "(555) ",
  "+",
  "AKIA",
  "-",
  "é",
])("a megabyte of %j costs no more than its bytes", (unit) => {
  const value = utf8(unit.repeat(Math.ceil(1_000_000 / unit.length)));
  const change = compileDetection(ofType("text"), 0, ALL);
  const started = performance.now();
  change?.(value);
  // Some 10 to 100 ms; quadratic would be minutes.
  expect(performance.now() - started).toBeLessThan(3000);
});
