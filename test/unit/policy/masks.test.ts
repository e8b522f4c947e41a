// `mask` and `masking`: what the grammar takes and tells, and which columns are masked for whom, and how.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFixed, looksPersonal, type Mask, parseDocument, type Masks, writtenMasks } from "#core/policy";
import type { ColumnPlace } from "#core/sql";
import { documentOf, factsOf, policyOf } from "./world.ts";

function mistake(text: string): string {
  const parsed = parseDocument(text);
  const [first] = parsed.ok ? [] : parsed.error;
  return first === undefined ? "valid" : `${first.line}:${first.column} ${first.message}`;
}

function place(name: string, kin: Pick<ColumnPlace, "ancestors" | "descendants"> = {}): ColumnPlace {
  const [schema = "", relation = "", column = ""] = name.split(".");
  return { relation: { oid: 1, schema, name: relation, kind: "table" }, column, ...kin };
}

function masksOf(text: string, roles: readonly "agent"[] = []): Masks {
  const { masks } = policyOf(text, { roles });
  if (masks === null) throw new Error(`masks nothing: ${text}`);
  return masks;
}

/** `partial 0 4`. */
function maskAt(
  text: string,
  name: string,
  kin: Pick<ColumnPlace, "ancestors" | "descendants"> = {},
): string {
  const mask = masksOf(text, ["agent"]).maskOf(place(name, kin));
  return mask === null ? "raw" : Object.values(mask).join(" ");
}

const ONE = (mask: string): string => `extends: agent\nmask:\n  public.customers.ssn: ${mask}\n`;

describe("a mask is written by its name or with its parameters", () => {
  const cases: readonly (readonly [string, Mask])[] = [
    ["null", { kind: "null" }],
    ['"null"', { kind: "null" }],
    ["{ mask: null }", { kind: "null" }],
    ["redact", { kind: "redact" }],
    ["hash", { kind: "hash" }],
    ["year", { kind: "year" }],
    ["{ mask: month }", { kind: "month" }],
    ["email", { kind: "email" }],
    ["{ mask: email, domain: true }", { kind: "email", domain: true }],
    ["{ mask: constant, value: hidden }", { kind: "constant", value: "hidden" }],
    ["{ mask: constant, value: '' }", { kind: "constant", value: "" }],
    ["{ mask: constant, value: 1.50 }", { kind: "constant", value: "1.50" }],
    ["{ mask: constant, value: false }", { kind: "constant", value: "false" }],
    ["{ mask: partial, last: 4 }", { kind: "partial", first: 0, last: 4 }],
    ["{ mask: partial, first: 1, last: 0, inference: deny }", { kind: "partial", first: 1, last: 0 }],
    ["{ mask: bucket, width: 0.5 }", { kind: "bucket", width: 0.5 }],
    [
      '{ mask: json, paths: { "address.street": redact, \'phones.*."a.b"\': { mask: partial, last: 2 } } }',
      {
        kind: "json",
        paths: [
          { path: ["address", "street"], mask: { kind: "redact" } },
          { path: ["phones", "*", "a.b"], mask: { kind: "partial", first: 0, last: 2 } },
        ],
      },
    ],
    ["{ mask: elements, with: hash }", { kind: "elements", mask: { kind: "hash" } }],
    [
      "{ mask: fields, fields: { street: redact, Zip: { mask: elements, with: null } } }",
      {
        kind: "fields",
        fields: [
          { name: "street", mask: { kind: "redact" } },
          { name: "Zip", mask: { kind: "elements", mask: { kind: "null" } } },
        ],
      },
    ],
  ];
  for (const [text, mask] of cases)
    test(`${text}`, () => expect(documentOf(ONE(text)).masks.map((rule) => rule.mask)).toEqual([mask]));
});

describe("a mistake is told with its place and the next step", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [ONE("partail"), /^3:25 unknown word "partail": did you mean partial\?$/],
    [ONE(""), /^3:25 write null, constant, redact, partial, .* or fields, not nothing$/],
    [ONE("[redact]"), /^3:25 write a mask such as redact, .*not a list$/],
    [ONE("{ last: 4 }"), /^3:25 say which mask: \{ mask: redact \}$/],
    [ONE("{ mask: redact, last: 4 }"), /^3:41 the mask redact has no last: it has no parameters$/],
    [ONE("{ mask: partial, lst: 4 }"), /^3:42 the mask partial has no lst: it has first and last$/],
    [ONE("partial"), /^3:25 say how many characters stay/],
    [ONE("{ mask: partial, first: 0 }"), /^3:25 leave at least one character, or write redact$/],
    [ONE("{ mask: partial, first: -1 }"), /^3:49 write a whole number of characters between 0 and 1000$/],
    [ONE("{ mask: partial, first: '1' }"), /^3:49 write a whole number/],
    [ONE("constant"), /^3:25 say what is shown instead/],
    [ONE("{ mask: bucket, width: 0 }"), /^3:48 say how wide a bucket is/],
    [ONE("{ mask: email, domain: yes }"), /^3:48 write true or false, not the text "yes"$/],
    [ONE("json"), /^3:25 say what is masked in the document/],
    [ONE("{ mask: json, paths: {} }"), /^3:46 name at least one path/],
    [ONE("{ mask: json, paths: { a..b: redact } }"), /^3:48 write keys with dots between them/],
    [
      ONE("{ mask: json, paths: { a: { mask: elements, with: redact } } }"),
      /^3:51 write a longer path instead/,
    ],
    [ONE("elements"), /^3:25 say how each element is masked/],
    [
      ONE("{ mask: fields, fields: { a: { mask: redact, inference: deny } } }"),
      /write inference beside the column's own/,
    ],
    [ONE("{ mask: redact, inference: maybe }"), /unknown word "maybe": write deny, equality-only or allow$/],
    [ONE("{ mask: elements, with: ".repeat(10) + "redact" + " }".repeat(10)), /put masks at most 8 deep/],
    ["mask: { ssn: redact }", /^1:9 say the relation too: public.customers.ssn$/],
    ["mask: { customers.ssn: redact }", /^1:9 write a column's name, or schema.relation.column$/],
    [
      "mask: { '!public.customers.ssn': redact }",
      /^1:9 name what is meant: masking.exempt takes columns away/,
    ],
    ["mask: { public.customers.my col: redact }", /^1:9 put a dot between/],
    [
      "mask:\n  public.customers.ssn: redact\n  PUBLIC.customers.SSN: hash\n",
      /^3:3 public.customers.ssn above is the same column: give each column one mask$/,
    ],
    ["mask: [public.customers.ssn]", /^1:7 write a map from columns/],
    ["masking: { mode: strikt }", /did you mean strict\?$/],
    ["masking: { agent: 1 }", /write true or false/],
    ["masking: { exempt: [email] }", /say the relation too/],
    ["masking: { detect: { card: mask } }", /^1:22 unknown key card/],
    ["masking: { detect: { email: hide } }", /unknown word "hide": write mask or observe$/],
    ["masking: { paths: {} }", /unknown key paths: write mode, inference, agent, record, exempt or detect$/],
  ];
  for (const [text, expected] of cases) test(`${text}`, () => expect(mistake(text)).toMatch(expected));
});

describe("which columns are masked, and how", () => {
  const text = `
extends: agent
mask:
  public.customers.ssn: { mask: partial, last: 4 }
  "public.*.iban": hash
  "*.*.email": email
  "public.c*.*mail": redact
  public.customers.profile: { mask: json, paths: { a: redact } }
`;
  const at = (name: string, kin = {}): string => maskAt(text, name, kin);

  test("the columns that patterns name, and no others", () => {
    expect(at("public.customers.ssn")).toBe("partial 0 4");
    expect(at("public.orders.iban")).toBe("hash");
    expect(at("hr.orders.iban")).toBe("raw");
    expect(at("public.customers.name")).toBe("raw");
    expect(at("hr.people.email")).toBe("email");
    expect(at("pg_temp.mine.email")).toBe("email");
  });

  test("wildcards do not reach PostgreSQL's own catalogs and columns, exact names do", () => {
    expect(at("pg_catalog.pg_class.email")).toBe("raw");
    const all =
      'mask: { "public.customers.*": redact, public.orders.xmin: null, pg_catalog.pg_settings.setting: null }';
    expect(maskAt(all, "public.customers.ctid")).toBe("raw");
    expect(maskAt(all, "public.customers.name")).toBe("redact");
    expect(maskAt(all, "public.orders.xmin")).toBe("null");
    expect(maskAt(all, "pg_catalog.pg_settings.setting")).toBe("null");
  });

  test("the more exact pattern says how; of two as exact, what shows less", () => {
    expect(at("public.customers.email")).toBe("redact");
    expect(
      maskAt('mask: { "public.c.*": { mask: partial, last: 4 }, "public.*.x": hash }', "public.c.x"),
    ).toBe("redact");
    expect(
      maskAt('mask: { "public.c.*": { mask: constant, value: v }, "public.*.x": hash }', "public.c.x"),
    ).toBe("constant v");
    expect(maskAt('mask: { "public.*.x": redact, public.c.x: hash }', "public.c.x")).toBe("hash");
  });

  test("any column of a relation is masked if one could be, and shows nothing", () => {
    expect(at("public.customers.*")).toBe("redact");
    expect(at("public.orders.*")).toBe("redact");
    expect(maskAt("mask: { public.c.x: hash }", "public.c.*")).toBe("null");
    expect(at("pg_catalog.pg_class.*")).toBe("raw");
    expect(maskAt("mask: { public.c.x: redact }", "public.c.*")).toBe("redact");
  });

  test("rows are in parents and below them: what is masked in one is in the other", () => {
    expect(at("public.part_1.ssn", { ancestors: ["public.customers"] })).toBe("partial 0 4");
    expect(at("public.people.ssn", { descendants: ["public.customers"] })).toBe("partial 0 4");
    expect(at("public.part_1.*", { ancestors: ["public.customers"] })).toBe("redact");
    // A dot inside of a name: every way to take it apart.
    expect(maskAt("mask: { 'public.\"b.c\".x': redact }", "public.d.x", { ancestors: ["public.b.c"] })).toBe(
      "redact",
    );
  });

  test("a relation whose schema search_path decides is any of that name", () => {
    const made = {
      relation: { oid: 0, schema: "", name: "customers", kind: "table" as const },
      column: "ssn",
    };
    expect(masksOf(text).maskOf(made)?.kind).toBe("partial");
  });
});

describe("exemptions", () => {
  const text = (exempt: string): string => `
extends: agent
mask: { public.customers.email: email, public.customers.ssn: redact, "public.part_*.email": email }
roles: { agent: { masking: { exempt: [${exempt}] } } }
`;
  const email = text("public.customers.email");

  test("take a column away from masks, for those of the section", () => {
    expect(maskAt(email, "public.customers.email")).toBe("raw");
    expect(maskAt(email, "public.customers.ssn")).toBe("redact");
    expect(masksOf(email, []).maskOf(place("public.customers.email"))?.kind).toBe("email");
  });

  test("the whole row stays masked while a column of it is", () => {
    expect(maskAt(email, "public.customers.*")).toBe("redact");
    expect(maskAt(text('"public.customers.*"'), "public.customers.*")).toBe("raw");
    expect(maskAt(text("public.customers.email, public.customers.ssn"), "public.customers.*")).toBe("raw");
  });

  test("whoever sees a parent raw sees the rows below it raw, and not the other way round", () => {
    const below = { descendants: ["public.part_1"] };
    const above = { ancestors: ["public.customers"] };
    expect(maskAt(email, "public.customers.email", below)).toBe("raw");
    expect(maskAt(email, "public.part_1.email", above)).toBe("raw");
    expect(maskAt(text("public.part_1.email"), "public.customers.email", below)).toBe("email");
    expect(maskAt(text("public.part_1.email"), "public.part_1.email", above)).toBe("raw");
    // Another parent's mask holds.
    expect(
      maskAt(text("public.other.email"), "public.part_1.email", {
        ancestors: ["public.other", "public.customers"],
      }),
    ).toBe("email");
  });

  test("are named in the decision, where they made a difference", () => {
    const exempted = (sql: string): readonly string[] | undefined =>
      policyOf(email).decide(factsOf(sql), 0).decision.exempted;
    expect(exempted("SELECT email FROM customers")).toEqual(["public.customers.email"]);
    expect(exempted("SELECT * FROM customers")).toEqual(["public.customers.email"]);
    expect(exempted("SELECT name FROM customers")).toBeUndefined();
    expect(exempted("SELECT status FROM orders")).toBeUndefined();
  });
});

describe("layers", () => {
  const text = `
mask: { public.customers.email: email, public.customers.ssn: redact }
masking: { mode: strict, record: false, detect: { iban: mask, email: mask } }
roles:
  agent:
    mask: { PUBLIC.CUSTOMERS.EMAIL: hash, public.orders.note: null }
    masking: { record: true, detect: { email: observe } }
`;
  test("a section's masks add to the document's, and replace those of the same pattern", () => {
    expect(maskAt(text, "public.customers.email")).toBe("hash");
    expect(maskAt(text, "public.customers.ssn")).toBe("redact");
    expect(maskAt(text, "public.orders.note")).toBe("null");
    expect(masksOf(text).maskOf(place("public.orders.note"))).toBeNull();
  });

  test("settings hold key by key", () => {
    const { agent, record, detect } = masksOf(text, ["agent"]);
    expect({ agent, record, detect }).toEqual({
      agent: true,
      record: true,
      detect: { iban: "mask", email: "observe" },
    });
    expect(masksOf(text).record).toBe(false);
  });

  test("nothing is masked without a mask, nor where neither audience is to be masked", () => {
    expect(policyOf("extends: agent\nmasking: { mode: strict }").masks).toBeNull();
    expect(policyOf("mask: { a.b.c: redact }\nmasking: { agent: false, record: false }").masks).toBeNull();
    expect(policyOf("masking: { detect: { jwt: observe } }").masks?.maskOf(place("a.b.c"))).toBeNull();
  });

  test("a document with a mask is not open, and has no fewer safeguards than against blind spots", () => {
    expect(policyOf("extends: owner\n").open).toBe(true);
    expect(policyOf("extends: owner\nmasking: { detect: { jwt: mask } }\n").open).toBe(false);
    for (const more of ["", "safeguards: none\n", "masking: { exempt: [public.a.b] }\n"]) {
      const policy = policyOf(`extends: owner\n${more}mask: { public.a.b: redact }\n`);
      expect(policy.open).toBe(false);
      expect(policy.decide(factsOf("SELECT native()"), 0).decision.rule).toBe("safeguards.functions");
    }
  });
});

test("a statement touches masks that names a relation with one, however it comes to it, or shows what nobody names", () => {
  const masks = masksOf("extends: agent\nmask: { public.customers.ssn: redact, hr.salaries.amount: null }");
  const touches = (sql: string): boolean => masks.touches(factsOf(sql));
  expect(touches("SELECT name FROM customers")).toBe(true);
  expect(touches("SELECT band FROM pay_bands")).toBe(true);
  expect(touches("SELECT status FROM orders")).toBe(false);
  expect(touches("SELECT 1")).toBe(false);
  expect(touches("SELECT native()")).toBe(true);
  expect(touches("UPDATE customers SET name = 'x' WHERE id = 1")).toBe(true);
  expect(touches("SELECT order_count()")).toBe(false);
});

describe("what is evidently a mask's output", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["redact", ["***"], ["", "0", "a***"]],
    ["{ mask: partial, last: 4 }", ["***6789", "***"], ["123-45-6789", "***67890", "a***678"]],
    ["{ mask: partial, first: 1, last: 1 }", ["a***z", "é***z"], ["***az", "a**z"]],
    ["email", ["a***@***.com", "***@***", "***"], ["ada@example.com", "*@x"]],
    ["hash", ["0123456789abcdef0123456789abcdef"], ["0123456789abcdef", "0123456789ABCDEF0123456789ABCDEF"]],
    ["{ mask: constant, value: hidden }", ["hidden"], ["Hidden", ""]],
    ["{ mask: constant, value: 0 }", [], ["0"]],
    ["{ mask: json, paths: { a: redact } }", ['{"a": "***"}'], ['{"a": "x"}']],
    ["{ mask: elements, with: hash }", ["{0123456789abcdef0123456789abcdef,NULL}"], ["{a,b}"]],
    [
      "{ mask: fields, fields: { street: { mask: partial, last: 1 } } }",
      ["(***e,Berlin)"],
      ["(Alle,Berlin)"],
    ],
    ["null", [], ["", "null"]],
    ["year", [], ["1990-01-01"]],
  ];
  for (const [mask, marked, plain] of cases)
    test(`${mask}`, () => {
      const masks = masksOf(ONE(mask));
      const looks = (text: string): boolean => masks.looksMasked(place("public.customers.ssn"), text);
      expect(marked.filter((text) => !looks(text))).toEqual([]);
      expect(plain.filter(looks)).toEqual([]);
      expect(marked.filter((text) => masks.looksMasked(place("public.customers.name"), text))).toEqual([]);
    });
});

describe("whatever the document", () => {
  const SCHEMAS = ["public", "hr"];
  const NAMES = ["a", "b", "ab"];
  const COLUMNS = ["x", "y", "xy"];
  const some = <T>(all: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...all);
  const pattern = fc
    .tuple(some([...SCHEMAS, "*"]), some([...NAMES, "*", "a*"]), some([...COLUMNS, "*", "x*", "*y"]))
    .map((parts) => parts.join("."));
  const mask = some(["redact", "hash", "null", "{ mask: partial, last: 4 }", "{ mask: constant, value: v }"]);
  const masks = fc.dictionary(pattern, mask, { maxKeys: 4 });
  const qualified = fc.array(
    fc.tuple(some(SCHEMAS), some(NAMES)).map((parts) => parts.join(".")),
    { maxLength: 2 },
  );
  const places = fc
    .tuple(some(SCHEMAS), some(NAMES), some([...COLUMNS, "*"]), qualified, qualified)
    .map(([schema, name, column, ancestors, descendants]) =>
      place(`${schema}.${name}.${column}`, { ancestors, descendants }),
    );
  const compile = (rules: Readonly<Record<string, string>>, exempt: readonly string[]): Masks | null => {
    const lines = Object.entries(rules).map(([key, value]) => `  "${key}": ${value}`);
    const body = lines.length === 0 ? "" : `mask:\n${lines.join("\n")}\n`;
    return policyOf(`extends: agent\n${body}masking: { exempt: ${JSON.stringify(exempt)} }\n`).masks;
  };
  const shown = (compiled: Masks | null, at: ColumnPlace): boolean => (compiled?.maskOf(at) ?? null) === null;
  const RUNS = { numRuns: 1_000 };

  test("one more mask never shows a column that was masked", () => {
    fc.assert(
      fc.property(
        masks,
        pattern,
        mask,
        fc.array(pattern, { maxLength: 2 }),
        places,
        (rules, key, value, exempt, at) => {
          if (shown(compile({ ...rules, [key]: value }, exempt), at))
            expect(shown(compile(rules, exempt), at)).toBe(true);
        },
      ),
      RUNS,
    );
  });

  test("an exemption less, or a narrower one, never shows a column that was masked", () => {
    fc.assert(
      fc.property(
        masks,
        fc.array(pattern, { minLength: 1, maxLength: 3 }),
        some(COLUMNS),
        places,
        (rules, exempt, column, at) => {
          const [first = "", ...rest] = exempt;
          const [schema, name, wide = ""] = first.split(".");
          for (const narrower of [
            rest,
            ...(wide.includes("*") && !["xy"].includes(column)
              ? [[`${schema}.${name}.${column}`, ...rest]]
              : []),
          ]) {
            const covered =
              narrower.length === rest.length ||
              wide === "*" ||
              (wide === "x*" ? column === "x" : column === "y");
            if (covered && shown(compile(rules, narrower), at))
              expect(shown(compile(rules, exempt), at)).toBe(true);
          }
        },
      ),
      RUNS,
    );
  });

  test("any column of a relation is masked if one is, and by what does not look", () => {
    fc.assert(
      fc.property(masks, fc.array(pattern, { maxLength: 2 }), places, (rules, exempt, at) => {
        const compiled = compile(rules, exempt);
        const whole = compiled?.maskOf({ ...at, column: "*" }) ?? null;
        if (!shown(compiled, at)) expect(whole).not.toBeNull();
        if (whole !== null) expect(isFixed(whole)).toBe(true);
      }),
      RUNS,
    );
  });

  test("they are often masked and often not, so that the tests above say something", () => {
    const counts = { masked: 0, raw: 0 };
    fc.assert(
      fc.property(masks, places, (rules, at) => {
        counts[shown(compile(rules, []), at) ? "raw" : "masked"]++;
      }),
      RUNS,
    );
    expect(Math.min(counts.masked, counts.raw)).toBeGreaterThan(100);
  });
});

test("names of columns that look like personal data or secrets, and such that do not", () => {
  const personal = [
    "email",
    "customer_email2",
    "eMailAddress",
    "phones",
    "CardNumber",
    "date_of_birth",
    "ip_address",
    "api_keys",
    "SSN",
  ];
  expect(personal.filter((name) => looksPersonal(name) === null)).toEqual([]);
  expect(looksPersonal("first_name")).toBe("a name");
  const plain = [
    "id",
    "name",
    "status",
    "company_id",
    "total",
    "shipping",
    "spanish",
    "tokenizer",
    "created_at",
  ];
  expect(plain.filter((name) => looksPersonal(name) !== null)).toEqual([]);
});

test("the masks that a document writes stand with their places, whoever they are for", () => {
  const document = documentOf(
    'mask: { public.a.b: redact }\nroles:\n  agent:\n    mask: { "public.*.c": null }\n',
  );
  const told = writtenMasks(document).map(({ line, source, relation, fits }) => [
    line,
    source,
    relation?.name ?? null,
    fits("public", "x", "c"),
  ]);
  expect(told).toEqual([
    [1, "public.a.b", "a", false],
    [4, "public.*.c", null, true],
  ]);
});
