// What each mask shows, in the text format. That binary shows the same is types-postgres.test.ts's.

import { compileMask, hmacSha256, maskValue, typeRef, type TypeRef } from "#core/masking";
import type { Mask } from "#core/policy";
import { describe, expect, test } from "vitest";
import { keyed, masked, OIDS, ofType, spell, utf8, type TypeName } from "./values.ts";

function shows(
  mask: Mask,
  cases: readonly (readonly [TypeName, value: string, shown: string | null])[],
): void {
  test.each(cases)("%s %j is shown as %j", (type, value, shown) => {
    expect(masked(mask, type, value)).toBe(shown);
  });
}

describe("null hides all", () => {
  shows({ kind: "null" }, [
    ["text", "secret", null],
    ["int4", "5", null],
    ["text[]", "{a}", null],
  ]);
});

describe("redact shows one value of each type", () => {
  shows({ kind: "redact" }, [
    ["text", "secret", "***"],
    ["text", "", "***"],
    ["int4", "1234", "0"],
    ["numeric", "12.5", "0"],
    ["bool", "t", "f"],
    ["date", "2024-05-06", "1970-01-01"],
    ["timestamptz", "2024-05-06 00:00:00+02", "1970-01-01 00:00:00+00"],
    ["uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"],
    ["jsonb", '{"a":1}', '"***"'],
    ["bytea", "\\x00ff", "\\x"],
    ["text[]", "{a,b}", "{}"],
    ["int4range", "[1,5)", "empty"],
    ["point", "(1,2)", "(0,0)"],
    ["inet", "10.1.2.3", "0.0.0.0"],
    ["money", "$12.00", "$0.00"],
  ]);
  test("and no more of it than a short type holds", () => {
    expect(masked({ kind: "redact" }, ofType("varchar", 4 + 2), "ab")).toBe("**");
  });
});

describe("a constant is read as the type reads it", () => {
  test.each([
    ["text", "hidden", "hidden"],
    ["int4", "7", "7"],
    ["int4", "seven", null],
    ["int2", "70000", null],
    ["jsonb", '{"hidden":true}', '{"hidden":true}'],
    ["jsonb", "hidden", null],
    ["int4[]", "{7}", "{7}"],
    ["int4[]", "7", null],
    ["date", "1999-12-31", "1999-12-31"],
  ] as const)("%s %j is shown as %j", (type, value, shown) => {
    expect(masked({ kind: "constant", value }, type, "anything")).toBe(shown);
  });
});

describe("partial keeps the ends of what is longer than they are", () => {
  const ends = { kind: "partial", first: 2, last: 4 } as const;
  shows(ends, [
    ["text", "4111111111111111", "41***1111"],
    ["text", "abcdef", "***"],
    ["text", "abcdefg", "ab***defg"],
    ["text", "", "***"],
    ["text", "🎉🎉🎉🎉🎉🎉🎉", "🎉🎉***🎉🎉🎉🎉"],
    ["bpchar", "abcdefgh   ", "ab***efgh"],
    ["int8", "4111111111111111", null],
    ["xml", "<a>secret</a>", null],
    ["jsonb", '"4111111111111111"', null],
    ["text[]", "{abcdefgh,NULL,x}", "{ab***efgh,NULL,***}"],
  ]);
  test("nothing with neither end, and nothing of bytes that are no characters", () => {
    expect(masked({ kind: "partial", first: 0, last: 0 }, "text", "abc")).toBe("***");
    const bytes = Uint8Array.of(0x61, 0x62, 0x63, 0xff, 0xfe, 0x64, 0x65, 0x66, 0x67, 0x68);
    expect(spell(compileMask(ends, ofType("text"), 0, keyed)(bytes))).toBe("***");
  });
});

describe("email keeps the looks of an address", () => {
  shows({ kind: "email" }, [
    ["text", "alice@example.com", "a***@***.com"],
    ["text", "a@example.com", "***@***.com"],
    ["text", "alice@localhost", "a***@***"],
    ["text", "alice@10.0.0.1", "a***@***"],
    ["text", "not an address", "***"],
    ["text", "a@b@c", "***"],
    ["varchar", "ünal@example.org", "ü***@***.org"],
    ["int4", "5", null],
  ]);
  test("with its domain where a rule says so", () => {
    expect(masked({ kind: "email", domain: true }, "text", "alice@example.com")).toBe("a***@example.com");
  });
});

describe("hash", () => {
  const hash: Mask = { kind: "hash" };
  test("is the first half of an HMAC-SHA-256 of the text", () => {
    expect(masked(hash, "text", "alice")).toBe(
      [...keyed(utf8("text:alice")).subarray(0, 16)]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join(""),
    );
  });
  test("is the same for the same value, in all that hold it", () => {
    const five = masked(hash, "int4", "5");
    expect(masked(hash, "int8", "5")).not.toBe(null);
    expect(masked(hash, "text", "alice")).toBe(masked(hash, "varchar", "alice"));
    expect(masked(hash, "text", "alice")).toBe(masked(hash, "bpchar", "alice   "));
    expect(masked(hash, "numeric", "5.00")).toBe(masked(hash, "numeric", "5"));
    expect(masked(hash, "timestamptz", "2024-05-06 12:00:00+02")).toBe(
      masked(hash, "timestamptz", "2024-05-06 10:00:00+00"),
    );
    expect(five).not.toBe("5");
  });
  test("differs for other values and other keys", () => {
    const other = compileMask(hash, ofType("text"), 0, hmacSha256(utf8("another key")));
    expect(masked(hash, "text", "alice")).not.toBe(masked(hash, "text", "Alice"));
    expect(spell(other(utf8("alice")))).not.toBe(masked(hash, "text", "alice"));
    expect(masked(hash, "text", "5")).not.toBe(masked(hash, "int4", "5"));
  });
  test("has no room in a type of few values", () => {
    expect(masked(hash, "bool", "t")).toBe(null);
    expect(masked(hash, ofType("varchar", 4 + 3), "abc")).toBe(null);
  });
  test("marks a UUID as none that a database made", () => {
    expect(masked(hash, "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});

describe("year and month keep the beginning of theirs", () => {
  shows({ kind: "year" }, [
    ["date", "2024-05-06", "2024-01-01"],
    ["date", "0044-03-15 BC", "0044-01-01 BC"],
    ["timestamp", "2024-05-06 07:08:09.5", "2024-01-01 00:00:00"],
    ["timestamptz", "2024-01-01 00:30:00+02", "2023-01-01 00:00:00+00"],
    ["date", "infinity", null],
    ["date", "05/06/2024", null],
    ["text", "2024-05-06", null],
    ["int4", "2024", null],
  ]);
  shows({ kind: "month" }, [
    ["date", "2024-02-29", "2024-02-01"],
    ["timestamp", "1999-12-31 23:59:59.999999", "1999-12-01 00:00:00"],
  ]);
});

describe("bucket keeps the lower bound", () => {
  shows({ kind: "bucket", width: 100 }, [
    ["int4", "1234", "1200"],
    ["int4", "-1", "-100"],
    ["int2", "-32768", null],
    ["numeric", "199.99", "100.00"],
    ["numeric", "-0.01", "-100.00"],
    ["numeric", "NaN", null],
    ["float8", "250.5", "200"],
    ["float8", "Infinity", null],
    ["money", "$1,234.56", "$1,200.00"],
    ["text", "1234", null],
  ]);
  shows({ kind: "bucket", width: 0.5 }, [
    ["numeric", "1.74", "1.50"],
    ["numeric", "2", "2.0"],
    ["int4", "7", null],
  ]);
  shows({ kind: "bucket", width: 0 }, [["int4", "7", null]]);
  shows({ kind: "bucket", width: -5 }, [["numeric", "7", null]]);
});

describe("json masks what lies at its paths and leaves every other byte", () => {
  const at = (path: readonly string[], mask: Mask): Mask => ({ kind: "json", paths: [{ path, mask }] });
  const redact: Mask = { kind: "redact" };
  test.each([
    [["a"], redact, '{"a": "x", "b": 1.50}', '{"a": "***", "b": 1.50}'],
    [["a"], redact, '{"b": {"a": "x"}}', '{"b": {"a": "x"}}'],
    [["*", "a"], redact, '{"b": {"a": "x"}, "c": [{"a": 1}]}', '{"b": {"a": "***"}, "c": [{"a": 1}]}'],
    [["*"], redact, '[1, "x", true, null, {"k": 1}, [2]]', '[0, "***", false, null, "***", "***"]'],
    [["l", "1"], redact, '{"l": ["a", "b", "c"]}', '{"l": ["a", "***", "c"]}'],
    [["a"], redact, '{"a":"x","a":"y"}', '{"a":"***","a":"***"}'],
    [["a"], redact, '{"\\u0061":"x"}', '{"\\u0061":"***"}'],
    [
      ["a"],
      redact,
      ' { "a" : "x]}\\"" , "n" : 123456789012345678901234567890 } ',
      ' { "a" : "***" , "n" : 123456789012345678901234567890 } ',
    ],
    [["a"], redact, "{}", "{}"],
    [["a"], redact, '{"b":[],"a":[]}', '{"b":[],"a":"***"}'],
    [[], redact, '{"a":1}', '"***"'],
    [["a"], { kind: "null" }, '{"a":"x"}', '{"a":null}'],
    [["a"], { kind: "constant", value: 'q"' }, '{"a":"x"}', '{"a":"q\\""}'],
    [["a"], { kind: "partial", first: 1, last: 1 }, '{"a":"secret"}', '{"a":"s***t"}'],
    [["a"], { kind: "partial", first: 1, last: 1 }, '{"a":123}', '{"a":null}'],
    [["a"], { kind: "email" }, '{"a":"\\u0061lice@example.com"}', '{"a":"a***@***.com"}'],
    [["a"], { kind: "bucket", width: 10 }, '{"a":57.5}', '{"a":50.0}'],
    [["a"], { kind: "bucket", width: 10 }, '{"a":1e400}', '{"a":null}'],
    [["a"], { kind: "year" }, '{"a":"2024-05-06T07:08:09Z"}', '{"a":"2024-01-01"}'],
    [["a"], { kind: "year" }, '{"a":"May 2024"}', '{"a":null}'],
  ] as const)("%j %j over %s", (path, mask, value, shown) => {
    expect(masked(at(path, mask), "json", value)).toBe(shown);
  });
  test("a string there has the token that a text column has", () => {
    expect(masked(at(["a"], { kind: "hash" }), "jsonb", '{"a":"alice"}')).toBe(
      `{"a":"${masked({ kind: "hash" }, "text", "alice")}"}`,
    );
  });
  test("all paths at once", () => {
    const mask: Mask = {
      kind: "json",
      paths: [
        { path: ["a"], mask: redact },
        { path: ["b", "c"], mask: redact },
      ],
    };
    expect(masked(mask, "jsonb", '{"a":1,"b":{"c":2,"d":3},"e":{"c":4}}')).toBe(
      '{"a":0,"b":{"c":0,"d":3},"e":{"c":4}}',
    );
  });
  test("what is no JSON is NULL, and so is JSON in a text column", () => {
    expect(masked(at(["a"], redact), "json", '{"a": ')).toBe(null);
    expect(masked(at(["a"], redact), "text", '{"a":1}')).toBe(null);
  });
  test("a document a million deep is masked like any other", () => {
    const deep = `${"[".repeat(200_000)}1${"]".repeat(200_000)}`;
    expect(masked(at(["0", "0"], redact), "json", deep)).toBe('[["***"]]');
    expect(masked(at(["x"], redact), "json", deep)).toBe(deep);
  });
});

describe("composites and arrays", () => {
  const person: TypeRef = {
    kind: "composite",
    fields: [
      { name: "name", oid: OIDS.text, type: ofType("text") },
      { name: "age", oid: OIDS.int4, type: ofType("int4") },
      { name: "tags", oid: OIDS["text[]"], type: ofType("text[]") },
    ],
  };
  const mask: Mask = {
    kind: "fields",
    fields: [
      { name: "name", mask: { kind: "partial", first: 1, last: 0 } },
      { name: "tags", mask: { kind: "constant", value: '{"a b"}' } },
    ],
  };
  test.each([
    ['("Ann ""the"" Lee",33,"{x,""y z""}")', '(A***,33,"{""a b""}")'],
    ["(,33,)", "(,33,)"],
    ['("",,{})', '(***,,"{""a b""}")'],
    ["(a,33)", null],
    ["(a,33,{},extra)", null],
    ["nothing of the kind", null],
  ])("fields of %s", (value, shown) => {
    expect(masked(mask, person, value)).toBe(shown);
  });
  test("a field that the type does not have hides the whole", () => {
    const wrong: Mask = { kind: "fields", fields: [{ name: "nmae", mask: { kind: "null" } }] };
    expect(masked(wrong, person, "(Ann,33,{})")).toBe(null);
  });
  test("masks of scalars go to each element, at any depth", () => {
    expect(masked({ kind: "bucket", width: 10 }, "int4[]", "[2:3][0:1]={{11,22},{NULL,44}}")).toBe(
      "[2:3][0:1]={{10,20},{NULL,40}}",
    );
    expect(masked({ kind: "elements", mask: { kind: "redact" } }, "text[]", '{a,"b,c",NULL,"NULL"}')).toBe(
      "{***,***,NULL,***}",
    );
  });
  test.each(["{a", "a}", "{a}b", "", "[1:2={a}", '{"a}'])("what is no array is NULL: %j", (value) => {
    expect(masked({ kind: "email" }, "text[]", value)).toBe(null);
  });
});

test("SQL NULL stays NULL, and a type that nobody knows shows nothing", () => {
  expect(maskValue({ kind: "redact" }, ofType("text"), 0, null, keyed)).toBe(null);
  const unknown = typeRef(654_321, -1, null);
  for (const kind of ["redact", "hash", "email"] as const) expect(masked({ kind }, unknown, "x")).toBe(null);
  expect(masked({ kind: "constant", value: "y" }, unknown, "x")).toBe(null);
});
