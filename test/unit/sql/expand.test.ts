// What stands behind names: views, rules, triggers, cascades, partitions and function bodies, and the ways round that someone
// could try through them.

import { type Access, analyse, type FunctionInfo, type RelationInfo, type StatementFacts } from "#core/sql";
import { describe, expect, test } from "vitest";
import { catalogOf, type Everything, type Relation } from "../../support/catalog.ts";
import { testGrammar } from "../../support/grammar.ts";

const grammar = testGrammar();
const session = { prepared: () => null, cursor: () => null };

function factsOf(
  text: string,
  relations: Readonly<Record<string, Relation>>,
  others: Omit<Everything, "relations"> = {},
): StatementFacts {
  const parsed = grammar.parse(text);
  const [statement] = parsed.ok ? parsed.value : [];
  if (statement === undefined) throw new Error(`not parsed: ${text}`);
  const analysis = analyse(statement, { grammar, catalog: catalogOf(relations, others), session });
  if (analysis.kind === "questions") throw new Error(JSON.stringify(analysis.questions));
  return analysis.facts;
}

/** `action relation(columns) < view public.v < …` */
function told({ accesses }: StatementFacts): readonly string[] {
  return accesses.map(spelled).toSorted();
}

function spelled({ action, relation, columns, via }: Access): string {
  const way = via.map(({ kind, name }) => ` < ${kind} ${name}`).toReversed();
  return `${action} ${relation.schema}.${relation.name}(${columns.join()})${way.join("")}`;
}

function called({ calls }: StatementFacts): readonly string[] {
  return calls
    .filter(({ function: { schema } }) => schema !== "pg_catalog")
    .map(
      ({ function: { schema, name }, examined }) => `${schema}.${name} ${examined ? "examined" : "unread"}`,
    )
    .toSorted();
}

function unknown(facts: StatementFacts): readonly string[] {
  return facts.unknown.map(({ what, detail }) => `${what} ${detail}`);
}

function sql(name: string, body: string, more: Partial<FunctionInfo> = {}): Partial<FunctionInfo> {
  const definition = `CREATE OR REPLACE FUNCTION ${name}()\n RETURNS integer\n LANGUAGE sql\nAS $function$${body}$function$\n`;
  return { language: "sql", volatility: "volatile", mostArguments: 0, definition, ...more };
}

function plpgsql(name: string, body: string, more: Partial<FunctionInfo> = {}): Partial<FunctionInfo> {
  const returns = more.returnTypeOid === TRIGGER ? "trigger" : "integer";
  const definition = `CREATE OR REPLACE FUNCTION ${name}()\n RETURNS ${returns}\n LANGUAGE plpgsql\nAS $function$${body}$function$\n`;
  return { language: "plpgsql", volatility: "volatile", mostArguments: 0, definition, ...more };
}

const TRIGGER = 2279;
const TABLES = {
  "public.t": ["id int4", "n int4", "secret text"],
  "public.log": ["line text"],
  "public.other": ["id int4"],
} satisfies Readonly<Record<string, Relation>>;

describe("reading through views", () => {
  const relations = {
    ...TABLES,
    "public.v": {
      columns: ["id int4", "shown text"],
      viewDefinition: "SELECT t.id, t.secret AS shown FROM t;",
    },
    "public.w": {
      columns: ["a int4", "b text"],
      viewDefinition: "SELECT v.id, upper(v.shown) FROM v WHERE leak(v.id);",
    },
  };
  const functions = { "public.leak": sql("public.leak", "SELECT count(*) FROM other") };

  test("a view reads what its definition reads, and its columns come from there", () => {
    const facts = factsOf("SELECT shown FROM v", relations);
    expect(told(facts)).toEqual(["select public.t(id,secret) < view public.v", "select public.v(shown)"]);
    const [column] = facts.output ?? [];
    expect(column?.sources.map(({ relation, column: name }) => `${relation.name}.${name}`)).toEqual([
      "v.shown",
      "t.secret",
    ]);
  });

  test("views in views keep the whole way, and call what their definitions call", () => {
    const facts = factsOf("SELECT b FROM w", relations, { functions });
    expect(told(facts)).toEqual([
      "select public.other() < function public.leak < view public.w",
      "select public.t(id,secret) < view public.v < view public.w",
      "select public.v(id,shown) < view public.w",
      "select public.w(b)",
    ]);
    expect(called(facts)).toEqual(["public.leak examined"]);
    const [column] = facts.output ?? [];
    expect(column?.sources.map(({ relation, column: name }) => `${relation.name}.${name}`)).toContain(
      "t.secret",
    );
  });

  test("a view named twice is visited once", () => {
    const facts = factsOf("SELECT * FROM v AS a, v AS b", relations);
    expect(told(facts).filter((one) => one.includes("<"))).toEqual([
      "select public.t(id,secret) < view public.v",
    ]);
    expect(facts.output?.[3]?.sources.map(({ column }) => column)).toContain("secret");
  });

  test.each([null, "SELECT FROM WHERE", "DELETE FROM t RETURNING id, secret"])(
    "a definition that is no query (%s) is not understood",
    (viewDefinition) => {
      const facts = factsOf("SELECT * FROM v", {
        ...TABLES,
        "public.v": { columns: ["id"], kind: "view", viewDefinition },
      });
      expect(unknown(facts)).toEqual(["relation public.v"]);
    },
  );

  test("a definition with other columns than the view is not understood", () => {
    const facts = factsOf("SELECT * FROM v", {
      ...TABLES,
      "public.v": { columns: ["id"], viewDefinition: "SELECT 1, 2" },
    });
    expect(unknown(facts)).toEqual(["relation public.v"]);
  });

  test("what a view misses is unknown there, not an error of the statement", () => {
    const facts = factsOf("SELECT * FROM v", {
      "public.v": { columns: ["id"], viewDefinition: "SELECT id FROM gone" },
    });
    expect(facts.unknown[0]).toMatchObject({ missing: null, via: [{ kind: "view", name: "public.v" }] });
  });

  test("literals of a definition are not literals of the statement", () => {
    const facts = factsOf("SELECT * FROM v WHERE id = 5", {
      ...TABLES,
      "public.v": { columns: ["id int4"], viewDefinition: "SELECT id FROM t WHERE secret = 'x' AND n = 7" },
    });
    expect(facts.literals.map(({ offsetBytes }) => offsetBytes)).toEqual([27]);
  });

  test("a materialized view shows a copy: its sources count, its functions do not run", () => {
    const facts = factsOf(
      "SELECT * FROM m",
      {
        ...TABLES,
        "public.m": {
          columns: ["id int4", "b text"],
          kind: "materialized_view",
          viewDefinition: "SELECT id, secret FROM t WHERE leak() > 0",
        },
      },
      { functions },
    );
    expect(told(facts)).toContain("select public.t(id,secret) < view public.m");
    expect(facts.calls).toEqual([]);
    expect(facts.output?.[1]?.sources.map(({ column }) => column)).toEqual(["b", "secret"]);
  });

  test("PostgreSQL's own views are not looked into", () => {
    const facts = factsOf("SELECT * FROM pg_catalog.pg_tables", {
      "pg_catalog.pg_tables": { columns: ["tablename"], kind: "view", viewDefinition: null },
    });
    expect(unknown(facts)).toEqual([]);
    expect(told(facts)).toHaveLength(1);
  });
});

describe("writing through views", () => {
  const view = (
    viewDefinition: string,
    more: Partial<Omit<RelationInfo, "columns">> = {},
  ): Readonly<Record<string, Relation>> => ({
    ...TABLES,
    "public.v": { columns: ["id int4", "shown text"], viewDefinition, ...more },
  });

  test("an update goes to the base table, by the base table's names", () => {
    const facts = factsOf(
      "UPDATE v SET shown = 'x' WHERE id = 1",
      view("SELECT t.id, t.secret AS shown FROM t"),
    );
    expect(told(facts)).toContain("update public.v(shown)");
    expect(told(facts)).toContain("update public.t(secret) < view public.v");
    expect(facts.tagCounts).toBe(true);
  });

  test("so do deletes and inserts, through any number of views", () => {
    const relations = {
      ...view("SELECT t.id, t.secret AS shown FROM t"),
      "public.w": { columns: ["a int4"], viewDefinition: "SELECT v.id AS a FROM v WHERE v.id > 3" },
    };
    expect(told(factsOf("DELETE FROM w", relations))).toContain(
      "delete public.t() < view public.v < view public.w",
    );
    expect(told(factsOf("INSERT INTO w VALUES (1)", relations))).toContain(
      "insert public.t(id) < view public.v < view public.w",
    );
  });

  test("the conditions of the view run with the write", () => {
    const functions = { "public.leak": sql("public.leak", "DELETE FROM log") };
    for (const text of ["DELETE FROM v", "UPDATE v SET id = 1", "INSERT INTO v (id) VALUES (1)"]) {
      const facts = factsOf(text, view("SELECT t.id, t.secret AS shown FROM t WHERE leak() > 0"), {
        functions,
      });
      expect(called(facts)).toEqual(["public.leak examined"]);
      expect(facts.tagCounts).toBe(false);
    }
  });

  test("what a function inside of a view writes through the same view counts", () => {
    const functions = { "public.leak": sql("public.leak", "DELETE FROM v WHERE id = 1") };
    const facts = factsOf("SELECT * FROM v", view("SELECT t.id, t.secret AS shown FROM t WHERE leak() > 0"), {
      functions,
    });
    expect(told(facts)).toContain("delete public.t() < view public.v < function public.leak < view public.v");
    expect(facts.kinds).toContain("delete");
  });

  test("an unconditional INSTEAD rule stands in the place of the write", () => {
    const rules = [
      {
        name: "r",
        event: "delete" as const,
        instead: true,
        definition: "CREATE RULE r AS ON DELETE TO public.v DO INSTEAD UPDATE log SET line = 'gone'",
      },
    ];
    const facts = factsOf("DELETE FROM v", view("SELECT t.id, t.secret AS shown FROM t", { rules }));
    expect(told(facts)).toContain("update public.log(line) < rule public.v.r");
    expect(told(facts).some((one) => one.startsWith("delete public.t"))).toBe(false);
    expect(facts.kinds).toEqual(expect.arrayContaining(["delete", "update"]));
  });
});

describe("rules", () => {
  const withRule = (definition: string, instead = false): Readonly<Record<string, Relation>> => ({
    ...TABLES,
    "public.t": {
      columns: ["id int4", "secret text"],
      rules: [{ name: "r", event: "update", instead, definition }],
    },
  });

  test("a rule's actions count, NEW and OLD are no unknown columns", () => {
    const facts = factsOf(
      "UPDATE t SET id = 1",
      withRule(
        "CREATE RULE r AS ON UPDATE TO public.t WHERE (new.id <> old.id) DO (INSERT INTO log (line) VALUES (old.secret); DELETE FROM other WHERE other.id = old.id;)",
      ),
    );
    expect(told(facts)).toEqual(
      expect.arrayContaining([
        "insert public.log(line) < rule public.t.r",
        "delete public.other() < rule public.t.r",
      ]),
    );
    expect(unknown(facts)).toEqual([]);
    expect(facts.tagCounts).toBe(false);
  });

  test("a rule for another event does not", () => {
    const facts = factsOf(
      "DELETE FROM t",
      withRule("CREATE RULE r AS ON UPDATE TO public.t DO DELETE FROM log"),
    );
    expect(told(facts)).toEqual(["delete public.t()"]);
    expect(facts.tagCounts).toBe(true);
  });

  test("INSTEAD NOTHING is understood; a rule that cannot be read is not", () => {
    const nothing = factsOf(
      "UPDATE t SET id = 1",
      withRule("CREATE RULE r AS ON UPDATE TO public.t DO INSTEAD NOTHING", true),
    );
    expect(unknown(nothing)).toEqual([]);
    expect(unknown(factsOf("UPDATE t SET id = 1", withRule("???")))).toEqual(["body public.t.r"]);
  });
});

describe("triggers", () => {
  function withTrigger(
    body: string,
    more: { readonly enabled?: boolean; readonly fn?: Partial<FunctionInfo> } = {},
  ): [Readonly<Record<string, Relation>>, Omit<Everything, "relations">] {
    return [
      {
        ...TABLES,
        "public.t": {
          columns: ["id int4", "n int4"],
          triggers: [
            { name: "tr", functionOid: 99_001, events: ["insert", "update"], enabled: more.enabled ?? true },
          ],
        },
      },
      {
        functions: {
          "public.f": plpgsql("public.f", body, { oid: 99_001, returnTypeOid: TRIGGER, ...more.fn }),
        },
      },
    ];
  }

  test("a trigger that only sets columns writes nothing else, and the tag goes on to count", () => {
    const facts = factsOf(
      "INSERT INTO t VALUES (1)",
      ...withTrigger("BEGIN NEW.n := NEW.id + 1; RETURN NEW; END"),
    );
    expect(called(facts)).toEqual(["public.f examined"]);
    expect(told(facts)).toEqual(["insert public.t(id)"]);
    expect(facts.tagCounts).toBe(true);
    expect(unknown(facts)).toEqual([]);
  });

  test("a trigger that writes elsewhere counts", () => {
    const facts = factsOf(
      "UPDATE t SET n = 1",
      ...withTrigger(
        "BEGIN INSERT INTO log VALUES (OLD.id); DELETE FROM other WHERE id = NEW.id; RETURN NEW; END",
      ),
    );
    expect(told(facts)).toContain("insert public.log(line) < function public.f < trigger public.t.tr");
    expect(told(facts)).toContain("delete public.other() < function public.f < trigger public.t.tr");
    expect(facts.tagCounts).toBe(false);
    expect(facts.modifications.find(({ relation }) => relation.name === "other")?.bounded).toBe("by_effect");
  });

  test("a trigger for another event, or one that is off, does not fire", () => {
    const body = "BEGIN DELETE FROM other; RETURN NULL; END";
    expect(told(factsOf("DELETE FROM t", ...withTrigger(body)))).toEqual(["delete public.t()"]);
    expect(called(factsOf("INSERT INTO t VALUES (1)", ...withTrigger(body, { enabled: false })))).toEqual([]);
  });

  test("a trigger's text that only exists when it runs is not examined", () => {
    const facts = factsOf(
      "INSERT INTO t VALUES (1)",
      ...withTrigger("BEGIN EXECUTE 'DROP TABLE ' || TG_TABLE_NAME; RETURN NEW; END"),
    );
    expect(called(facts)).toEqual(["public.f unread"]);
    expect(facts.tagCounts).toBe(false);
  });

  test("triggers of partitions fire, an update of a partition key fires those of insert and delete", () => {
    const [relations, others] = withTrigger("BEGIN INSERT INTO log VALUES ('x'); RETURN NEW; END");
    const t = relations["public.t"];
    if (t === undefined || !("columns" in t)) throw new Error("no t");
    const partition = { oid: 50_001, schema: "public", name: "p1", kind: "table" } as const;
    const partitioned: Readonly<Record<string, Relation>> = {
      ...TABLES,
      "public.p1": {
        ...t,
        oid: 50_001,
        triggers: [{ name: "tr", functionOid: 99_001, events: ["insert"], enabled: true }],
      },
      "public.p": { columns: ["id int4", "n int4"], kind: "partitioned_table", descendants: [partition] },
    };
    for (const text of ["INSERT INTO p VALUES (1)", "UPDATE p SET id = 2"])
      expect(told(factsOf(text, partitioned, others))).toContain(
        "insert public.log(line) < function public.f < trigger public.p1.tr",
      );
    expect(called(factsOf("DELETE FROM p", partitioned, others))).toEqual([]);
  });
});

describe("foreign keys", () => {
  const child = { oid: 51_000, schema: "public", name: "child", kind: "table" } as const;
  const grandchild = { oid: 52_000, schema: "public", name: "grandchild", kind: "table" } as const;
  const base = { constraint: "fk", onUpdate: "update" } as const;
  const relations: Readonly<Record<string, Relation>> = {
    ...TABLES,
    "public.t": {
      columns: ["id int4", "n int4"],
      cascades: [{ ...base, relation: child, columns: ["t_id"], onDelete: "delete" }],
    },
    "public.child": {
      oid: child.oid,
      columns: ["id int4", "t_id int4"],
      cascades: [{ ...base, relation: grandchild, columns: ["child_id"], onDelete: "update" }],
    },
    "public.grandchild": {
      oid: grandchild.oid,
      columns: ["id int4", "child_id int4"],
      triggers: [{ name: "tr", functionOid: 99_001, events: ["update"], enabled: true }],
    },
  };
  const others = {
    functions: {
      "public.f": plpgsql("public.f", "BEGIN INSERT INTO log VALUES ('x'); RETURN NEW; END", {
        oid: 99_001,
        returnTypeOid: TRIGGER,
      }),
    },
  };

  test("a delete goes on to the referencing tables, and to theirs, and their triggers", () => {
    const facts = factsOf("DELETE FROM t WHERE id = 1", relations, others);
    expect(told(facts)).toEqual(
      expect.arrayContaining([
        "delete public.child() < cascade public.child.fk",
        "update public.grandchild(child_id) < cascade public.grandchild.fk < cascade public.child.fk",
        "insert public.log(line) < function public.f < trigger public.grandchild.tr < cascade public.grandchild.fk < cascade public.child.fk",
      ]),
    );
    expect(facts.kinds).toEqual(expect.arrayContaining(["delete", "update"]));
    expect(facts.tagCounts).toBe(false);
  });

  test("ON UPDATE acts when a key may change, and only then", () => {
    expect(told(factsOf("UPDATE t SET id = 2", relations, others))).toContain(
      "update public.child(t_id) < cascade public.child.fk",
    );
    const harmless = factsOf("UPDATE t SET n = 2", relations, others);
    expect(told(harmless).some((one) => one.includes("cascade"))).toBe(false);
    expect(harmless.tagCounts).toBe(true);
  });

  test("a key may change by a trigger, too", () => {
    const t = relations["public.t"];
    if (t === undefined || !("columns" in t)) throw new Error("no t");
    const withTrigger = (body: string): StatementFacts =>
      factsOf(
        "UPDATE t SET n = 2",
        {
          ...relations,
          "public.t": {
            ...t,
            triggers: [{ name: "b", functionOid: 99_002, events: ["update"], enabled: true }],
          },
        },
        {
          functions: {
            ...others.functions,
            "public.g": plpgsql("public.g", body, { oid: 99_002, returnTypeOid: TRIGGER }),
          },
        },
      );
    expect(told(withTrigger("BEGIN NEW.id := 5; RETURN NEW; END")).join()).toContain("cascade");
    expect(told(withTrigger("BEGIN NEW := OLD; RETURN NEW; END")).join()).toContain("cascade");
    expect(told(withTrigger("BEGIN NEW.n := 5; RETURN NEW; END")).join()).not.toContain("cascade");
  });

  test("TRUNCATE looks at no ON DELETE", () => {
    expect(told(factsOf("TRUNCATE t", relations, others)).join()).not.toContain("cascade");
  });

  test("tables that refer to one another end", () => {
    const self: Readonly<Record<string, Relation>> = {
      "public.t": {
        oid: 60_000,
        columns: ["id int4", "parent int4"],
        cascades: [
          {
            relation: { oid: 60_000, schema: "public", name: "t", kind: "table" },
            constraint: "up",
            columns: ["parent"],
            onDelete: "delete",
            onUpdate: "update",
          },
        ],
      },
    };
    expect(told(factsOf("DELETE FROM t WHERE id = 1", self))).toContain(
      "delete public.t() < cascade public.t.up",
    );
  });
});

describe("function bodies", () => {
  const facts = (
    body: Partial<FunctionInfo>,
    more: Readonly<Record<string, Partial<FunctionInfo>>> = {},
    text = "SELECT f()",
  ): StatementFacts => factsOf(text, TABLES, { functions: { "public.f": body, ...more } });

  test("a body's reads and writes count", () => {
    const found = facts(sql("f", "UPDATE t SET n = 1 WHERE id = 5; SELECT secret FROM t"));
    expect(told(found)).toEqual(
      expect.arrayContaining([
        "update public.t(n) < function public.f",
        "select public.t(secret) < function public.f",
      ]),
    );
    expect(found.kinds).toEqual(["select", "update"]);
    expect(called(found)).toEqual(["public.f examined"]);
    expect(found.tagCounts).toBe(false);
  });

  test.each([
    [
      "RETURN",
      "CREATE FUNCTION public.f(x integer) RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM t WHERE t.id = f.x)",
    ],
    [
      "BEGIN ATOMIC",
      "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql\nBEGIN ATOMIC\n DELETE FROM other;\n SELECT count(*) FROM t;\nEND",
    ],
    [
      "a quoted body",
      "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql AS 'SELECT count(t.id) FROM t'",
    ],
  ])("SQL functions by %s are read", (_, definition) => {
    const found = facts({ language: "sql", volatility: "volatile", definition });
    expect(called(found)).toEqual(["public.f examined"]);
    expect(told(found).join()).toContain("select public.t");
    expect(unknown(found)).toEqual([]);
  });

  test("names that were resolved when the function was created are the same for every role", () => {
    const definition =
      "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER RETURN (SELECT count(*) FROM t)";
    const found = facts({ language: "sql", volatility: "volatile", securityDefiner: true, definition });
    expect(called(found)).toEqual(["public.f examined"]);
  });

  test("what a body that is not surely read seems to do counts all the same", () => {
    const found = facts(sql("f", "DELETE FROM t", { securityDefiner: true }));
    expect(told(found)).toContain("delete public.t() < function public.f");
  });

  test("defaults of parameters run with the call", () => {
    for (const language of ["sql", "plpgsql"]) {
      const body = language === "sql" ? "SELECT x" : "BEGIN RETURN x; END";
      const definition = `CREATE FUNCTION public.f(x integer DEFAULT g()) RETURNS integer LANGUAGE ${language} AS $$${body}$$`;
      const found = facts(
        { language, volatility: "volatile", definition },
        { "public.g": sql("g", "DELETE FROM t") },
      );
      expect(told(found)).toContain("delete public.t() < function public.g < function public.f");
    }
  });

  test("parameters and variables are no unknown columns, missing relations are unknown", () => {
    const definition = `CREATE FUNCTION public.f(a integer, b t) RETURNS integer LANGUAGE plpgsql AS $$
      DECLARE r record; total int := a; BEGIN
      FOR r IN SELECT id, n FROM t WHERE t.id = a LOOP total := total + r.n + b.n; END LOOP;
      INSERT INTO log VALUES (total) RETURNING line INTO total; RETURN total; END $$`;
    const found = facts({ language: "plpgsql", volatility: "volatile", definition });
    expect(unknown(found)).toEqual([]);
    expect(called(found)).toEqual(["public.f examined"]);
    const missing = facts(plpgsql("f", "BEGIN DELETE FROM gone; RETURN 1; END"));
    expect(missing.unknown[0]).toMatchObject({ what: "relation", missing: null });
    expect(called(missing)).toEqual(["public.f unread"]);
  });

  test.each([
    ["EXECUTE", plpgsql("f", "BEGIN EXECUTE 'DELETE FROM t'; RETURN 1; END")],
    ["RETURN QUERY EXECUTE", plpgsql("f", "BEGIN RETURN QUERY EXECUTE 'DELETE FROM t RETURNING id'; END")],
    [
      "FOR IN EXECUTE",
      plpgsql("f", "DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT 1' LOOP END LOOP; RETURN 1; END"),
    ],
    [
      "OPEN FOR EXECUTE",
      plpgsql("f", "DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE 'SELECT 1'; RETURN 1; END"),
    ],
    ["settings of its own", sql("f", "SELECT count(*) FROM t", { hasSettings: true })],
    ["another role's names", sql("f", "SELECT count(*) FROM t", { securityDefiner: true })],
    ["another language", { language: "plperlu", volatility: "volatile" } as const],
    ["C", { language: "c", volatility: "volatile" } as const],
    ["no definition", sql("f", "", { definition: null })],
    ["a body that does not parse", sql("f", "SELEC 1")],
    ["SET search_path inside", sql("f", "SET search_path = evil; SELECT count(*) FROM t")],
    [
      "set_config inside",
      sql("f", "SELECT set_config('search_path', 'evil', false); SELECT count(*) FROM t"),
    ],
    ["set_config of whatever", sql("f", "SELECT set_config($1, 'evil', false); SELECT count(*) FROM t")],
    ["SET ROLE inside", plpgsql("f", "BEGIN SET ROLE owner; DELETE FROM t; RETURN 1; END")],
    ["DDL inside", plpgsql("f", "BEGIN CREATE TEMP TABLE t (id int); DELETE FROM t; RETURN 1; END")],
  ])("not examined: %s", (_, body) => {
    const found = facts(body);
    expect(called(found)).toEqual(["public.f unread"]);
    expect(found.tagCounts).toBe(false);
  });

  test("a setting that decides no name leaves a body readable", () => {
    expect(called(facts(sql("f", "SELECT set_config('app.user', 'x', true)")))).toEqual([
      "public.f examined",
    ]);
  });

  test("no body is read for sure beside a call that moves names", () => {
    const body = sql("f", "SELECT count(*) FROM t");
    for (const text of [
      "SELECT set_config('search_path', 'evil', false), f()",
      "SELECT f(), set_config('search_path', 'evil', false)",
      "SELECT f(), g()",
    ]) {
      const found = facts(body, { "public.g": sql("g", "SET search_path = evil") }, text);
      expect(called(found)).toContain("public.f unread");
    }
  });

  test("functions in functions keep the whole way; overloads are told apart; loops end", () => {
    const found = factsOf("SELECT f()", TABLES, {
      functions: {
        "public.f": [
          sql("f", "SELECT f(1)", { oid: 90_001 }),
          sql("f", "SELECT g()", { oid: 90_002, leastArguments: 1, mostArguments: 1 }),
        ],
        "public.g": sql("g", "DELETE FROM t; SELECT f()", { oid: 90_003 }),
      },
    });
    expect(told(found)).toContain(
      "delete public.t() < function public.g < function public.f < function public.f",
    );
    expect(unknown(found)).toEqual([]);
  });

  test("an aggregate runs its support functions", () => {
    const found = factsOf("SELECT a(id) FROM t", TABLES, {
      functions: {
        "public.a": { kind: "aggregate", language: "internal", supportOids: [90_001] },
        "public.step": sql("step", "DELETE FROM other; SELECT 1", { oid: 90_001 }),
      },
    });
    expect(told(found)).toContain("delete public.other() < function public.step < function public.a");
    expect(called(found)).toEqual(["public.a examined", "public.step examined"]);
  });

  test("PostgreSQL's own functions are judged by name", () => {
    const found = factsOf("SELECT now(), nextval('s'), pg_sleep(1)", TABLES);
    expect(found.calls.every(({ examined }) => !examined)).toBe(true);
    expect(found.tagCounts).toBe(true);
  });

  test("paths that multiply end in something not understood, soon", () => {
    const functions: Record<string, Partial<FunctionInfo>> = {};
    for (let level = 0; level < 16; level++)
      for (const twin of ["a", "b", "c"])
        functions[`public.${twin}${level}`] = sql(
          `${twin}${level}`,
          `SELECT a${level + 1}() + b${level + 1}() + c${level + 1}()`,
          { oid: 90_000 + level * 3 + "abc".indexOf(twin) },
        );
    for (const twin of ["a", "b", "c"]) functions[`public.${twin}16`] = sql(`${twin}16`, "DELETE FROM t");
    const found = factsOf("SELECT a0()", TABLES, { functions });
    expect(unknown(found).some((one) => one.startsWith("depth"))).toBe(true);
    expect(called(found)).toContain("public.a0 unread");
  });
});
