// Documents that are wrong, and what their writers are told: line, column, and what to do.

import { describe, expect, test } from "vitest";
import { lint, MAX_DOCUMENT_BYTES, namesIn, OPEN_DOCUMENT, parseDocument } from "#core/policy";
import { documentOf, policyOf } from "./world.ts";

/** `line:column message` of the first mistake. */
function mistake(text: string): string {
  const parsed = parseDocument(text);
  const [first] = parsed.ok ? [] : parsed.error;
  return first === undefined ? "valid" : `${first.line}:${first.column} ${first.message}`;
}

describe("a mistake is told with its place and the next step", () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      "an unknown key",
      "extends: agent\nrelation: {}\n",
      /^2:1 unknown key relation: did you mean relations\?$/,
    ],
    [
      "an unknown key of a rule",
      "rules:\n  - { id: a, then: deny, if: {} }\n",
      /^2:26 unknown key if: write id, when, then, approve, record or hint$/,
    ],
    ["an unknown profile", "extends: agnt\n", /^1:10 unknown word "agnt": did you mean agent\?$/],
    [
      "an unknown kind",
      "rules:\n  - id: a\n    when: { kind: [delete, updat] }\n    then: deny\n",
      /^3:28 unknown word "updat": did you mean update\?$/,
    ],
    ["an unknown effect", "rules: [{ id: a, then: block }]", /^1:24 unknown word "block"/],
    [
      "a level of the record that there is not",
      "record: { level: row }\n",
      /^1:18 unknown word "row": did you mean rows\?$/,
    ],
    [
      "a rule's record that is neither a level nor a boolean",
      "rules: [{ id: a, then: allow, record: 5 }]",
      /^1:39 write rows, digest, counts, or false for counts$/,
    ],
    [
      "a ceiling without a unit",
      "record: { ceiling: { statement: big } }\n",
      /^1:33 write a size with its unit/,
    ],
    ["what a ceiling does not do", "record: { ceiling: { then: stop } }\n", /^1:28 unknown word "stop"/],
    ["a rule without id", "rules:\n  - { then: deny }\n", /^2:5 give the rule an id/],
    ["a rule without effect", "rules:\n  - { id: a }\n", /^2:5 say what then/],
    [
      "two rules of one id",
      "rules:\n  - { id: a, then: deny }\n  - { id: a, then: allow }\n",
      /^3:5 another rule has the id a/,
    ],
    ["a key twice", "extends: agent\nextends: owner\n", /^2:1 this key stands here twice/],
    [
      "a list where a map belongs",
      "relations: [public.orders]\n",
      /^1:12 write a map with read, write or deny, not a list$/,
    ],
    [
      "a number where a name belongs",
      "relations: { read: [1] }\n",
      /^1:21 write a name such as public.orders, not the number 1$/,
    ],
    ["a name without schema", "relations: { read: [orders] }\n", /^1:21 say the schema too: public.orders/],
    ["a name of three parts", "relations: { read: [a.b.c] }\n", /^1:21 write schema.name/],
    [
      "a name with a blank",
      "relations: { read: [public.my table] }\n",
      /^1:21 put a dot between schema and name/,
    ],
    ["an unquoted star", "relations: { read: [*] }\n", /^1:21 /],
    [
      "an unquoted exclamation mark",
      "relations: { read: [!public.orders] }\n",
      /^1:21 put quotes around names that begin with "!"$/,
    ],
    ["a duration without unit", "limits:\n  statement_time: 10\n", /^2:19 write a duration with its unit/],
    ["a duration past PostgreSQL's", "limits: { statement_time: 30d }", /at most 24d/],
    ["a size of another sort", "limits: { bytes_returned: 10kB }", /^1:27 write a size with its unit/],
    [
      "a negative count",
      "limits: { rows_returned: -1 }",
      /^1:26 write a whole number of at least 0, or none/,
    ],
    ["a fraction of a row", "limits: { rows_changed: { session: 1.5 } }", /whole number/],
    [
      "a time of day that is none",
      "rules: [{ id: a, then: deny, when: { time: { from: '25:00' } } }]",
      /write a time of day/,
    ],
    ["a zone that is none", "rules: [{ id: a, then: deny, when: { time: { zone: Mars } } }]", /write a zone/],
    [
      "an instant without zone",
      "rules: [{ id: a, then: deny, when: { time: { after: '2026-01-01' } } }]",
      /write an instant with its zone/,
    ],
    ["an empty list", "rules: [{ id: a, then: deny, when: { kind: [] } }]", /name at least one/],
    [
      "approve where nothing is approved",
      "rules: [{ id: a, then: deny, approve: { quorum: 2 } }]",
      /say how to approve where then is approve/,
    ],
    [
      "an unknown way to hold",
      "rules: [{ id: a, then: approve, approve: { mode: wiat } }]",
      /write retry or wait$/,
    ],
    [
      "rows to approve that nobody counts",
      "rules: [{ id: a, then: approve, approve: { auto_under_rows: 3 } }]",
      /add count: exact/,
    ],
    [
      "a trial run without an end",
      "rules: [{ id: a, then: approve, approve: { count: exact, count_time: 0s } }]",
      /a duration of at most 60s/,
    ],
    ["a count for a grant", "grants: { relations: a.b, approve: { count: exact } }", /leave count out/],
    [
      "a glass that nobody may break",
      "rules: [{ id: a, then: approve, approve: { break_glass: { reviewers: sec } } }]",
      /name the groups whose members may do it/,
    ],
    [
      "a review at once",
      "rules: [{ id: a, then: approve, approve: { break_glass: { groups: sre, review_within: 0s } } }]",
      /write a duration of at least 1s/,
    ],
    [
      "a glass to break for a grant",
      "grants: { relations: a.b, approve: { break_glass: { groups: sre } } }",
      /leave break_glass out/,
    ],
    ["a quorum of none", "rules: [{ id: a, then: approve, approve: { quorum: 0 } }]", /from 1 to 20/],
    [
      "groups that nobody is in",
      "rules: [{ id: a, then: approve, approve: { groups: [] } }]",
      /name 1 to 100 groups/,
    ],
    [
      "what waits for somebody else",
      "rules: [{ id: a, then: approve, approve: { mode: wait, scope: subject } }]",
      /leave scope out/,
    ],
    [
      "a time to decide without end",
      "rules: [{ id: a, then: approve, approve: { timeout: none } }]",
      /write a duration/,
    ],
    ["a role with an unknown prefix", "roles: { 'team:x': {} }", /write a role, group:NAME or subject:NAME/],
    ["roles in a role", "roles: { agent: { roles: {} } }", /unknown key roles/],
    [
      "an alias",
      "relations: &a { read: [public.x] }\nroles: { agent: { relations: *a } }\n",
      /^1:15 write it out: anchors and aliases/,
    ],
    ["another version", "version: 2\n", /^1:10 write version: 1/],
    ["no map at all", "- agent\n", /^1:1 write a map with version, /],
    ["nothing", "", /not nothing$/],
    ["no YAML", "extends: [agent\n", /this is no valid YAML/],
    ["two documents", "extends: agent\n---\nextends: owner\n", /this is no valid YAML/],
    ["brackets too deep", "[".repeat(50_000), /nest brackets at most 32 deep/],
    ["lists too deep", "- ".repeat(50_000), /nest brackets at most 32 deep/],
    [
      "a document too large",
      `description: ${"x".repeat(MAX_DOCUMENT_BYTES)}\n`,
      /keep the document below 256 KiB/,
    ],
  ];
  for (const [name, text, expected] of cases) test(`${name}`, () => expect(mistake(text)).toMatch(expected));
});

test("several mistakes are told at once", () => {
  const parsed = parseDocument("extends: agnt\nlimits: { rows_returned: many, statement_time: soon }\n");
  expect(parsed.ok ? [] : parsed.error.map(({ path }) => path)).toEqual([
    "extends",
    "limits.rows_returned",
    "limits.statement_time",
  ]);
});

test("aliases that multiply are refused in little time", () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`);
  const started = performance.now();
  expect(mistake(`a0: &a0 [x]\n${levels.join("\n")}\n`)).toMatch(/anchors and aliases/);
  expect(performance.now() - started).toBeLessThan(2_000);
});

test("JSON is a document, as YAML is", () => {
  expect(mistake('{"extends": "agent", "relations": {"read": ["public.*"]}}')).toBe("valid");
});

test("an empty document is valid and refuses everything", () => {
  const policy = policyOf("{}");
  expect(policy.open).toBe(false);
  expect(policy.refuse("syntax", []).effect).toBe("deny");
});

test("owner alone is open, and nothing else is", () => {
  expect(policyOf(OPEN_DOCUMENT).open).toBe(true);
  expect(policyOf(OPEN_DOCUMENT).refuse("syntax", []).effect).toBe("allow");
  for (const more of [
    "limits: { rows_returned: 1 }",
    "rules: [{ id: a, then: observe, when: { kind: write } }]",
    "relations: { deny: [public.a] }",
    "introspection: false",
    "safeguards: all",
    "record: { exclude: [owner.everything] }",
    "record: { level: digest }",
    "record: { ceiling: { session: 1GB } }",
    "roles: { agent: { limits: { rows_changed: 1 } } }",
  ])
    expect(policyOf(`extends: owner\n${more}\n`).open).toBe(false);
  expect(policyOf("extends: owner\nroles: { admin: { limits: { rows_changed: 1 } } }\n").open).toBe(true);
});

describe("lint warns of", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "a rule that an earlier one shadows",
      "extends: agent\nrules:\n  - { id: a, then: deny, when: { kind: write } }\n  - { id: b, then: approve, when: { kind: delete } }\n",
      "4:5 rule b is never reached: a decides before it",
    ],
    [
      "a rule that cannot match",
      "extends: agent\nrules:\n  - { id: a, then: deny, when: { kind: show, bounded: false } }\n",
      "3:5 rule a never matches: bounded is asked of UPDATE, DELETE, MERGE and TRUNCATE",
    ],
    [
      "an allow rule that names nothing",
      "extends: agent\nrules:\n  - { id: a, then: allow, when: { subject: x } }\n",
      "3:5 rule a allows nothing beyond the lists",
    ],
    [
      "a name that is denied too",
      "extends: agent\nrelations:\n  read: [public.a]\n  deny: ['public.*']\n",
      "3:10 public.a is useless here: public.* is denied",
    ],
    [
      "a name that a wildcard has",
      "extends: agent\nrelations: { read: ['public.*', 'public.a*'] }\n",
      "2:33 public.a* is in the list already, by public.*",
    ],
    [
      "writing in a profile that only reads",
      "extends: read-only\nrelations: { write: [public.a] }\n",
      "2:14 extends: read-only writes nothing",
    ],
    [
      "limits at odds",
      "extends: agent\nlimits:\n  rows_changed: { statement: 100, session: 10 }\n",
      "3:3 a statement may change more rows here than its whole session",
    ],
    [
      "a setting that leaves the policy",
      "extends: agent\nsettings: { set: [role] }\n",
      "2:19 role changes who the session is",
    ],
    [
      "a section that nobody gets",
      "roles:\n  'subject:*': { extends: agent }\n  'subject:x': { extends: owner }\n",
      "3:3 the section subject:x is never used: subject:* fits first",
    ],
    [
      "a list that only takes away",
      "extends: agent\nrelations: { read: ['!public.a'] }\n",
      "2:14 this list only takes away, and so grants nothing",
    ],
    [
      "an exclusion of no rule",
      "extends: agent\nrecord: { exclude: [nope] }\n",
      "2:21 no rule has the id nope",
    ],
    [
      "an exemption from no mask",
      "extends: agent\nmask: { 'public.*.ssn': redact }\nmasking: { exempt: ['*.a.s*', public.a.email] }\n",
      "3:31 public.a.email is useless here: nothing masks it",
    ],
    [
      "a mode of masking, and no mask",
      "extends: agent\nmasking: { mode: strict }\n",
      "2:1 there is nothing to mask: name columns in mask",
    ],
    [
      "masks that nobody sees",
      "extends: agent\nmask: { public.a.b: redact }\nroles: { admin: { masking: { agent: false, record: false } } }\n",
      "3:19 agent and record are both false: nothing is masked here",
    ],
    [
      "safeguards that masks do not leave out",
      "extends: owner\nmask: { public.a.b: redact }\nsafeguards: none\n",
      "3:1 where columns are masked, safeguards are blind_spots at least",
    ],
    [
      "a catalog that masks do not let be read",
      "extends: agent\nmask: { public.a.b: redact }\nrelations: { read: [pg_catalog.pg_stats] }\n",
      "3:21 pg_catalog.pg_stats shows values of tables, and is refused",
    ],
    ["a document that refuses everything", "description: x\n", "1:1 this document refuses everything"],
  ];
  for (const [name, text, expected] of cases)
    test(`${name}`, () => {
      const found = lint(documentOf(text)).map(({ line, column, message }) => `${line}:${column} ${message}`);
      expect(found.join("\n")).toContain(expected);
      expect(found).toHaveLength(1);
    });
});

test("the names in a document are those without wildcards, with their places", () => {
  const document = documentOf(
    `extends: agent
relations: { read: ["public.*", public.orders], deny: ['hr."Salaries"'] }
columns: { public.customers: { deny: [ssn] } }
functions: { call: [public.f] }
rules:
  - { id: a, when: { relation: [public.x] }, then: deny }
`,
  );
  const spell = ({ schema, name, line, column }: ReturnType<typeof namesIn>["relations"][number]): string =>
    `${schema}.${name} ${line}:${column}`;
  expect(namesIn(document).relations.map(spell)).toEqual([
    "public.orders 2:33",
    "hr.Salaries 2:56",
    "public.customers 3:12",
    "public.x 6:33",
  ]);
  expect(namesIn(document).functions.map(spell)).toEqual(["public.f 4:21"]);
});
