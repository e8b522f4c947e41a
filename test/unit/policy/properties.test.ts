// Whatever the document and the statement: refusing more never allows more, and what is not understood is never allowed.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { StatementFacts, StatementKind } from "#core/sql";
import { refusalText } from "#core/policy";
import { NOON, policyOf } from "./world.ts";

const SCHEMAS = ["public", "hr", "pg_catalog", "pg_temp"];
const NAMES = ["orders", "customers", "pg_authid", "pg_class", "v"];
const COLUMNS = ["id", "name", "ssn", "*"];
const ACTIONS = ["select", "insert", "update", "delete", "truncate", "lock", "define"] as const;
const KINDS = [
  "select",
  "insert",
  "update",
  "delete",
  "truncate",
  "drop_table",
  "create_table",
  "set",
  "begin",
  "do",
  "copy_to",
] as const;
const SETTINGS = [
  "role",
  "search_path",
  "statement_timeout",
  "client_encoding",
  "app.x",
  "transaction_read_only",
  "*",
];

const some = <T>(all: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...all);
/** Mostly none or one: statements with much in them are refused for one thing or another. */
const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.oneof({ weight: 3, arbitrary: fc.array(one, { maxLength: 1 }) }, fc.array(one, { maxLength: 3 }));

const relation = fc.record({
  oid: fc.nat(9),
  schema: some(SCHEMAS),
  name: some(NAMES),
  kind: fc.constant("table" as const),
});
const via = fc.array(
  fc.record({
    kind: some(["view", "function", "trigger", "rule"] as const),
    name: some(["public.v", "public.orders", "public.f"]),
  }),
  { maxLength: 2 },
);
const qualified = few(fc.tuple(some(SCHEMAS), some(NAMES)).map(([schema, name]) => `${schema}.${name}`));

const access = fc.record({
  relation,
  ancestors: qualified,
  descendants: qualified,
  action: some(ACTIONS),
  columns: few(some(COLUMNS)),
  via,
});

const call = fc.record({
  function: fc.record({
    oid: fc.nat(9),
    schema: some(["public", "pg_catalog"]),
    name: some(["f", "g", "upper", "pg_sleep", "setval", "set_config", "query_to_xml"]),
    arguments: fc.constant(""),
    kind: fc.constant("function" as const),
    volatility: some(["immutable", "stable", "volatile"] as const),
    securityDefiner: fc.boolean(),
    language: some(["sql", "plpgsql", "c", "internal"]),
    leastArguments: fc.constant(0),
    mostArguments: fc.constant(null),
    hasSettings: fc.constant(false),
    returnsSet: fc.constant(false),
    returnTypeOid: some([25, 2279]),
    outputColumns: fc.constant([]),
    definition: fc.constant(null),
    supportOids: fc.constant([]),
    extension: some([null, "pg_trgm", "dblink"]),
  }),
  via,
  examined: fc.boolean(),
  constants: few(some([null, "role", "search_path", "off"])),
});

const modification = fc.record({
  relation,
  action: some(["update", "delete", "truncate"] as const),
  bounded: some(["bounded", "by_effect", "unbounded"] as const),
  via,
});

const setting = fc.record({
  name: some(SETTINGS),
  value: some([null, "on", "off", "UTF8", "0", "1s"]),
  constant: fc.boolean(),
  scope: some(["session", "local"] as const),
});

const facts: fc.Arbitrary<StatementFacts> = fc
  .record({
    kind: some<StatementKind>(KINDS),
    others: few(some<StatementKind>(KINDS)),
    accesses: few(access),
    calls: few(call),
    modifications: few(modification),
    settings: few(setting),
    outside: fc.array(some(["program", "server_file"] as const), { maxLength: 1 }),
    executes: fc.boolean(),
  })
  .map(({ others, ...rest }) =>
    Object.assign(rest, {
      kinds: [...new Set([rest.kind, ...others])].toSorted(),
      effects: [],
      tagCounts: true,
      unknown: [],
      output: null,
      literals: [],
    }),
  );

const pattern = some([
  "*",
  "public.*",
  "public.orders",
  "public.v",
  "hr.*",
  "pg_catalog.pg_authid",
  "*.customers",
  "!public.customers",
  "!hr.*",
]);
const callPattern = some(["*", "public.*", "public.f", "pg_catalog.setval", "!public.g"]);

const rule = fc.record(
  {
    kind: fc.array(some([...KINDS, "ddl", "write", "read", "any"]), { minLength: 1, maxLength: 3 }),
    bounded: fc.boolean(),
    relation: fc.array(pattern, { minLength: 1, maxLength: 2 }),
    column: fc.array(some(["ssn", "*", "public.customers.ssn", "!id"]), { minLength: 1, maxLength: 2 }),
    action: fc.array(some(ACTIONS), { minLength: 1, maxLength: 2 }),
    function: fc.array(callPattern, { minLength: 1, maxLength: 2 }),
    volatility: fc.array(some(["stable", "volatile"]), { minLength: 1, maxLength: 1 }),
    examined: fc.boolean(),
    setting: fc.array(some(["role", "app.*", "*"]), { minLength: 1, maxLength: 1 }),
    outside: fc.array(some(["program", "server_file"]), { minLength: 1, maxLength: 1 }),
    via: fc.array(some(["view", "function", "trigger"]), { minLength: 1, maxLength: 1 }),
  },
  { requiredKeys: [] },
);
const effect = some(["allow", "deny", "approve", "observe"]);
const rules = fc.array(fc.record({ when: rule, effect }), { maxLength: 4 });

const lists = fc.record(
  {
    read: few(pattern),
    write: few(pattern),
    deny: few(some(["public.orders", "hr.*"])),
  },
  { requiredKeys: [] },
);

interface Document {
  readonly extends?: string;
  readonly relations: { readonly read?: string[]; readonly write?: string[]; readonly deny?: string[] };
  readonly columns?: Readonly<Record<string, { readonly read?: string[]; readonly deny?: string[] }>>;
  readonly functions?: { readonly call?: string[]; readonly deny?: string[] };
  readonly settings?: { readonly set?: string[] };
  readonly rules: readonly { readonly when?: object; readonly effect: string }[];
}

const document = fc.record(
  {
    extends: some(["agent", "read-only", "owner"]),
    relations: lists,
    columns: fc.dictionary(
      some(["public.customers", "public.*"]),
      fc.record(
        { read: few(some(["id", "*", "!ssn"])), deny: few(some(["ssn", "na*"])) },
        { requiredKeys: [] },
      ),
      { maxKeys: 2 },
    ),
    functions: fc.record(
      { call: few(callPattern), deny: few(some(["public.g", "pg_catalog.*"])) },
      { requiredKeys: [] },
    ),
    settings: fc.record({ set: few(some(["role", "app.*"])) }, { requiredKeys: [] }),
    rules,
  },
  { requiredKeys: ["relations", "rules"] },
) as fc.Arbitrary<Document>;

function allows(source: Document, statement: StatementFacts): boolean {
  const spelled = source.rules.map(({ when, effect }, index) =>
    JSON.stringify({ id: `r${index}`, when, effect }).replace('"effect"', '"then"'),
  );
  const text = JSON.stringify({ ...source, rules: [] }).replace(
    '"rules":[]',
    `"rules":[${spelled.join(",")}]`,
  );
  const policy = policyOf(text);
  const { decision } = policy.decide(statement, NOON);
  expect(refusalText(decision, statement).sqlstate).toMatch(/^[0-9A-Z]{5}$/);
  return decision.effect === "allow" || decision.effect === "observe";
}

const RUNS = { numRuns: 2_000 };
const PATIENCE_MS = 60_000;

test(
  "one more rule that denies never allows more",
  () => {
    fc.assert(
      fc.property(document, rule, fc.nat(4), facts, (source, when, at, statement) => {
        const more = { ...source, rules: source.rules.toSpliced(at, 0, { when, effect: "deny" }) };
        if (allows(more, statement)) expect(allows(source, statement)).toBe(true);
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);

test(
  "one more name that is denied never allows more",
  () => {
    fc.assert(
      fc.property(document, pattern, facts, (source, name, statement) => {
        if (name.startsWith("!")) return;
        const { relations } = source;
        const more = { ...source, relations: { ...relations, deny: [...(relations.deny ?? []), name] } };
        if (allows(more, statement)) expect(allows(source, statement)).toBe(true);
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);

test(
  "a name less in a list never allows more",
  () => {
    fc.assert(
      fc.property(
        document,
        some(["read", "write"] as const),
        fc.nat(2),
        facts,
        (source, list, at, statement) => {
          const names = source.relations[list] ?? [];
          if (names[at] === undefined || names[at].startsWith("!")) return;
          const less = { ...source, relations: { ...source.relations, [list]: names.toSpliced(at, 1) } };
          if (allows(less, statement)) expect(allows(source, statement)).toBe(true);
        },
      ),
      RUNS,
    );
  },
  PATIENCE_MS,
);

test(
  "a function less in the list never allows more",
  () => {
    fc.assert(
      fc.property(document, fc.nat(2), facts, (source, at, statement) => {
        const names = source.functions?.call ?? [];
        if (names[at] === undefined || names[at].startsWith("!")) return;
        const less = { ...source, functions: { ...source.functions, call: names.toSpliced(at, 1) } };
        if (allows(less, statement)) expect(allows(source, statement)).toBe(true);
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);

test(
  "what is not understood is refused by every document but the open one",
  () => {
    const unknown = fc.record({
      what: some(["relation", "function", "statement", "body", "depth"] as const),
      detail: some(["x", "y"]),
      missing: some([null, { sqlstate: "42P01", message: 'relation "x" does not exist', position: null }]),
    });
    fc.assert(
      fc.property(document, facts, unknown, (source, statement, one) => {
        if (source.rules.length === 0) return;
        expect(allows(source, { ...statement, unknown: [one] })).toBe(false);
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);

test(
  "a denied relation is never touched in the open, however the statement comes to it",
  () => {
    fc.assert(
      fc.property(document, facts, (source, statement) => {
        const deny = { ...source, relations: { ...source.relations, deny: ["public.orders"] } };
        const touched = statement.accesses.some(
          ({ relation, ancestors, descendants, via }) =>
            via.length === 0 &&
            ((relation.schema === "public" && relation.name === "orders") ||
              [...ancestors, ...descendants].includes("public.orders")),
        );
        if (touched) expect(allows(deny, statement)).toBe(false);
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);

test(
  "the documents and statements above are often allowed, so that the tests above say something",
  () => {
    let allowed = 0;
    fc.assert(
      fc.property(document, facts, (source, statement) => {
        if (allows(source, statement)) allowed++;
      }),
      RUNS,
    );
    expect(allowed).toBeGreaterThan(100);
  },
  PATIENCE_MS,
);
