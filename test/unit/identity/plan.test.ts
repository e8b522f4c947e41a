// From a catalog and a policy to grants: what is planned, what is left out, and when a later policy grants no less.

import { describe, expect, test } from "vitest";
import { type DatabaseCatalog, readCatalog } from "../../../durable-objects/identity/catalog.ts";
import { isWithin, type Plan, planGrants } from "../../../durable-objects/identity/plan.ts";
import { policyOf } from "../policy/world.ts";

interface Sketch {
  readonly kind?: string;
  readonly columns?: readonly string[];
  readonly grantable?: string;
}

let oids = 0;

class Database {
  readonly #facts: object[] = [];
  readonly #oids = new Map<string, number>();

  constructor(connect = "public") {
    this.#facts.push({ fact: "database", name: "shop", connect });
    this.schema("public", "public");
  }

  schema(name: string, usage: string): this {
    this.#facts.push({ fact: "schema", name, usage });
    return this;
  }

  has(qualified: string, { kind = "r", columns = ["id"], grantable = "rawdDU" }: Sketch = {}): this {
    const [schema = "", name = ""] = qualified.split(".");
    this.#oids.set(qualified, ++oids);
    this.#facts.push({ fact: "relation", oid: oids, schema, name, kind, columns, grantable });
    return this;
  }

  /** Of a view, or of a rule that writes. */
  uses(qualified: string, used: string, column: string | null, writes = false): this {
    const [schema, name] = used.split(".");
    this.#facts.push({ fact: "rule", of: this.#oids.get(qualified), writes, schema, name, column });
    return this;
  }

  inherits(child: string, parent: string): this {
    this.#facts.push({ fact: "inherits", child: this.#oids.get(child), parent: this.#oids.get(parent) });
    return this;
  }

  takes(qualified: string, sequence: string): this {
    const [schema, name] = sequence.split(".");
    this.#facts.push({ fact: "default", of: this.#oids.get(qualified), schema, name });
    return this;
  }

  /** A function that not everybody may call. */
  closes(qualified: string, grantable = true): this {
    const [schema, name] = qualified.split(".");
    this.#facts.push({ fact: "routine", schema, name, arguments: "a integer", grantable });
    return this;
  }

  catalog(): DatabaseCatalog {
    const read = readCatalog(this.#facts.map((fact) => [JSON.stringify(fact)]));
    if (!read.ok) throw new Error(read.error);
    return read.value;
  }

  plan(policy: string): Plan {
    return planGrants(this.catalog(), policyOf(policy));
  }
}

/** `SELECT(id,name) public.orders`, sorted. */
function brief({ relations }: Plan): string[] {
  return relations
    .map(
      ({ privilege, columns, schema, name }) =>
        `${privilege}${columns === null ? "" : `(${columns.join(",")})`} ${schema}.${name}`,
    )
    .toSorted();
}

const READS = "extends: agent\nrelations: { read: ['public.*'], write: [] }";

describe("a plan of grants", () => {
  test("is what the lists say of the relations that there are", () => {
    const plan = new Database()
      .has("public.orders")
      .has("public.customers", { columns: ["id", "name", "ssn"] })
      .schema("hr", "grantable")
      .has("hr.salaries").plan(`
extends: agent
relations: { read: ['public.*'], write: [public.orders] }
columns: { public.customers: { deny: [ssn] } }`);
    expect(brief(plan)).toEqual([
      "DELETE public.orders",
      "INSERT public.orders",
      "SELECT public.orders",
      "SELECT(id,name) public.customers",
      "UPDATE public.orders",
    ]);
    expect(plan).toMatchObject({ schemas: [], database: null, leftOut: 0 });
  });

  test("asks for a schema and the database where not everybody has them", () => {
    const plan = new Database("grantable")
      .schema("hr", "grantable")
      .schema("empty", "grantable")
      .has("hr.salaries")
      .plan("extends: agent\nrelations: { read: [hr.salaries], write: [] }");
    expect(plan).toMatchObject({ schemas: ["hr"], database: "shop" });
  });

  test("leaves out, and counts, what the provisioning credential cannot grant", () => {
    const plan = new Database()
      .has("public.orders", { grantable: "r" })
      .has("public.events", { grantable: "" })
      .schema("hidden", "none")
      .has("hidden.a")
      .plan("extends: agent\nrelations: { read: ['*'], write: [public.orders] }");
    expect(brief(plan)).toEqual(["SELECT public.orders"]);
    expect(plan.leftOut).toBe(3);
  });

  test("reaches a view by a wildcard only where it reaches what the view shows, through views as well", () => {
    const database = new Database()
      .schema("hr", "public")
      .has("hr.salaries", { columns: ["id", "amount"] })
      .has("public.customers", { columns: ["id", "ssn"] })
      .has("public.ids", { kind: "v" })
      .has("public.bands", { kind: "v" })
      .has("public.bands_again", { kind: "v" })
      .has("public.whole", { kind: "v" })
      .has("public.copy", { kind: "m" })
      .has("public.catalog", { kind: "v" })
      .has("public.passwords", { kind: "v" })
      .uses("public.ids", "public.customers", "id")
      .uses("public.bands", "hr.salaries", "amount")
      .uses("public.bands_again", "public.bands", "band")
      .uses("public.whole", "public.customers", "*")
      .uses("public.copy", "public.customers", "ssn")
      .uses("public.catalog", "pg_catalog.pg_class", "relname")
      .uses("public.passwords", "pg_catalog.pg_authid", "rolpassword");
    expect(brief(database.plan(`${READS}\ncolumns: { public.customers: { deny: [ssn] } }`))).toEqual([
      "SELECT public.catalog",
      "SELECT public.ids",
      "SELECT(id) public.customers",
    ]);
    // Named exactly, it is trusted; what is made of it is as well.
    const exact = "extends: agent\nrelations: { read: [public.bands, 'public.bands_*'], write: [] }";
    expect(brief(database.plan(exact))).toEqual(["SELECT public.bands", "SELECT public.bands_again"]);
  });

  test("writes through a view, and to a table with rules, only where everything behind it may be written, or it is named", () => {
    const database = new Database()
      .schema("hr", "public")
      .has("hr.log")
      .has("public.customers")
      .has("public.named", { kind: "v" })
      .has("public.ruled")
      .uses("public.named", "public.customers", "id")
      .uses("public.ruled", "hr.log", "id", true);
    const both = "extends: agent\nrelations: { read: [], write: ['public.*'] }";
    const writes = (plan: Plan): string[] => brief(plan).filter((grant) => grant.startsWith("INSERT"));
    expect(writes(database.plan(both))).toEqual(["INSERT public.customers"]);
    expect(
      writes(database.plan("extends: agent\nrelations: { read: ['public.*'], write: ['public.*'] }")),
    ).toEqual(["INSERT public.customers", "INSERT public.named"]);
    expect(writes(database.plan("extends: agent\nrelations: { read: [], write: [public.ruled] }"))).toEqual([
      "INSERT public.ruled",
    ]);
  });

  test("gives the sequences that what may be inserted into takes its defaults from", () => {
    const database = new Database()
      .has("public.orders")
      .has("public.events")
      .schema("seqs", "public")
      .has("seqs.orders_id", { kind: "S", columns: [] })
      .has("seqs.events_id", { kind: "S", columns: [] })
      .takes("public.orders", "seqs.orders_id")
      .takes("public.events", "seqs.events_id");
    const plan = database.plan("extends: agent\nrelations: { read: [], write: [public.orders] }");
    expect(brief(plan).filter((grant) => grant.includes("seqs"))).toEqual(["USAGE seqs.orders_id"]);
  });

  test("gives functions that not everybody may call by their exact names alone", () => {
    const database = new Database()
      .schema("fin", "grantable")
      .schema("away", "none")
      .closes("public.one")
      .closes("public.two")
      .closes("fin.three")
      .closes("fin.four", false)
      .closes("away.five");
    const { routines, schemas, leftOut } = database.plan(`
extends: agent
functions: { call: ["*", "public.*", public.one, fin.three, fin.four, away.five], deny: ["fin.fo*"] }`);
    expect(routines.map(({ schema, name }) => `${schema}.${name}`)).toEqual(["public.one", "fin.three"]);
    expect({ schemas, leftOut }).toEqual({ schemas: ["fin"], leftOut: 1 });
    const wide = database.plan("extends: agent\nfunctions: { call: [public.one, public.two] }");
    const narrow = database.plan("extends: agent\nfunctions: { call: [public.one] }");
    expect([isWithin(narrow, wide), isWithin(wide, narrow)]).toEqual([true, false]);
  });

  test("follows what is denied of a parent to its partitions", () => {
    const database = new Database()
      .has("public.parent", { kind: "p" })
      .has("public.part")
      .has("public.other")
      .inherits("public.part", "public.parent");
    expect(brief(database.plan(`${READS.replace("write: []", "write: [], deny: [public.parent]")}`))).toEqual(
      ["SELECT public.other"],
    );
  });
});

describe("a plan that is in force", () => {
  const database = new Database().has("public.a", { columns: ["x", "y"] }).has("public.b");
  const wide = database.plan("extends: owner");

  test.each([
    ["extends: owner", true],
    [READS, true],
    ["extends: agent\ncolumns: { public.a: { read: [x] } }", true],
  ])("of a policy that is no wider than %s is within it: %s", (narrow, within) => {
    expect(isWithin(database.plan(narrow), wide)).toBe(within);
  });

  test("is not within a policy that grants less, be it a column", () => {
    expect(isWithin(wide, database.plan(READS))).toBe(false);
    const columns = database.plan(
      "extends: agent\nrelations: { write: [] }\ncolumns: { public.a: { read: [x, y] } }",
    );
    const fewer = database.plan(
      "extends: agent\nrelations: { write: [] }\ncolumns: { public.a: { read: [x] } }",
    );
    expect(isWithin(fewer, columns)).toBe(true);
    expect(isWithin(columns, fewer)).toBe(false);
    expect(isWithin(database.plan("extends: agent\nrelations: { write: [] }"), fewer)).toBe(false);
  });
});

test("an answer that is none of the catalog's is an error, not an empty database", () => {
  for (const row of ["", "{}", '{"fact":"relation"}', '{"fact":"new"}'])
    expect(readCatalog([[row]]).ok).toBe(false);
  expect(readCatalog([]).ok).toBe(false);
});
