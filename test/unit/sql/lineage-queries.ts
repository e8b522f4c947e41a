// Random statements over the world of lineage-world.ts, by a seed: queries of every making, and writes.

import { Expressions } from "./lineage-expressions.ts";
import {
  CALLS,
  hidden,
  type Expr,
  type Item,
  type Kind,
  type Made,
  open,
  PEOPLE,
  RELATIONS,
  type Scope,
} from "./lineage-random.ts";

export class Statements extends Expressions {
  /** A statement that gives rows, or writes. */
  statement(): string {
    this.names = 0;
    return this.chance(0.72) ? this.query() : this.#write();
  }

  query(): string {
    const scope: Scope = { items: [], tables: [] };
    if (this.chance(0.2)) return this.#withQueries(scope);
    return this.#top(scope);
  }

  #top(scope: Scope): string {
    if (this.chance(0.15)) return this.#setOperation(scope, this.kinds()).sql;
    return this.select(scope, 3, null).sql;
  }

  #withQueries(scope: Scope): string {
    const clauses: string[] = [];
    const tables = [...scope.tables];
    const inside: Scope = { ...scope, tables };
    const recursive = this.chance(0.4);
    for (let count = 1 + this.upTo(2); count > 0; count--) {
      const name = this.name("w");
      const made =
        recursive && count === 1 ? this.#recursive(inside, name) : this.select(inside, 2, this.kinds());
      const names = made.columns.map((_, index) => `${name}_${index}`);
      clauses.push(`${name}(${names.join(", ")}) AS ${this.pick(["", "", "MATERIALIZED "])}(${made.sql})`);
      const columns = made.columns.map(({ kind, secret }, index) => ({
        name: `${name}_${index}`,
        kind,
        secret,
      }));
      tables.push({ alias: name, columns, whole: true });
    }
    return `WITH ${recursive ? "RECURSIVE " : ""}${clauses.join(", ")} ${this.#top(inside)}`;
  }

  /** Counts up to 3, and carries values along. */
  #recursive(scope: Scope, name: string): Made {
    const item = this.#relation();
    const first = [
      this.expr({ ...scope, items: [item] }, "text", 1),
      this.expr({ ...scope, items: [item] }, "text", 1),
    ];
    const own: Item = {
      alias: "r",
      whole: true,
      columns: [open(`${name}_0`, "int"), hidden(`${name}_1`, "text"), hidden(`${name}_2`, "text")],
    };
    const [a, b] = [0, 1].map(() => this.expr({ ...scope, items: [own] }, "text", 2));
    const sql = `SELECT 1, ${first.map((each) => each.sql).join(", ")} FROM ${item.from} UNION ALL
      SELECT r.${name}_0 + 1, ${a?.sql ?? "''"}, ${b?.sql ?? "''"} FROM ${name} r WHERE r.${name}_0 < 3`;
    return { sql, columns: own.columns };
  }

  #relation(): Item & { readonly from: string } {
    const name = this.pick(Object.keys(RELATIONS));
    const alias = this.name("t");
    return { alias, columns: RELATIONS[name] ?? [], whole: true, from: `${name} ${alias}` };
  }

  /** One item of FROM. `scope` is what LATERAL sees. */
  #item(scope: Scope, depth: number): Item & { readonly from: string } {
    const roll = this.random();
    const alias = this.name("t");
    if (roll < 0.2 && scope.tables.length > 0) {
      const table = this.pick(scope.tables);
      return { ...table, alias, from: `${table.alias} ${alias}` };
    }
    if (roll < 0.38 && depth > 0) {
      const lateral = this.chance(0.5);
      const inner = lateral ? scope : { ...scope, items: [] };
      const made = this.chance(0.8)
        ? this.select(inner, depth - 1, this.kinds())
        : this.#setOperation(inner, this.kinds());
      const columns = made.columns.map(({ kind, secret }) => ({ name: this.name("c"), kind, secret }));
      const names = columns.map(({ name }) => name).join(", ");
      return {
        alias,
        columns,
        whole: true,
        from: `${lateral ? "LATERAL " : ""}(${made.sql}) ${alias}(${names})`,
      };
    }
    if (roll < 0.45) {
      const [call, columns] = this.pick(Object.entries(CALLS));
      return { alias, columns, whole: true, from: `${call} ${alias}` };
    }
    if (roll < 0.5) {
      const column = this.name("c");
      return {
        alias,
        columns: [open(column, "int")],
        whole: false,
        from: `generate_series(1, 2) ${alias}(${column})`,
      };
    }
    if (roll < 0.55) {
      const [a, b] = [this.expr(scope, "int", 1), this.expr(scope, "text", 1)];
      const columns = [
        { name: this.name("c"), kind: "int" as const, secret: a.secret },
        { name: this.name("c"), kind: "text" as const, secret: b.secret },
      ];
      const names = columns.map(({ name }) => name).join(", ");
      return {
        alias,
        columns,
        whole: true,
        from: `LATERAL (VALUES (${a.sql}, ${b.sql}), (1, 'v')) ${alias}(${names})`,
      };
    }
    if (roll < 0.58) {
      const text = this.mostlyPublic(scope);
      const column = { name: this.name("c"), kind: "text" as const, secret: text.secret };
      const from = `json_table(jsonb_build_object('a', ${text.sql}), '$' COLUMNS (${column.name} text PATH '$.a')) ${alias}`;
      return { alias, columns: [column], whole: false, from };
    }
    if (roll < 0.6) {
      const text = this.mostlyPublic(scope);
      const columns = [
        { name: "key", kind: "text" as const, secret: text.secret },
        { name: "value", kind: "json" as const, secret: text.secret },
      ];
      return {
        alias,
        columns,
        whole: false,
        from: `jsonb_each(jsonb_build_object('k', ${text.sql})) ${alias}`,
      };
    }
    return { ...this.#relation() };
  }

  #from(scope: Scope, depth: number): { readonly sql: string; readonly scope: Scope } {
    const first = this.#item(scope, depth);
    let sql = first.from;
    const items: Item[] = [first];
    for (let more = this.pick([0, 0, 1, 1, 2]); more > 0; more--) {
      // A lateral item cannot be reached from what a RIGHT or FULL JOIN keeps.
      const next = this.#item({ ...scope, items: [...scope.items, ...items] }, depth - 1);
      const both = { ...scope, items: [...items, next] };
      const common = next.columns.find(
        ({ name, secret }) =>
          !secret &&
          items.length === 1 &&
          items[0]?.columns.some((each) => each.name === name && !each.secret),
      );
      if (common !== undefined && this.chance(0.5)) {
        sql += ` ${this.pick(["JOIN", "LEFT JOIN"])} ${next.from} USING (${common.name})`;
      } else if (this.chance(0.4)) sql += ` CROSS JOIN ${next.from}`;
      else if (this.chance(0.1) && !/LATERAL|json|\(/.test(next.from))
        sql += ` FULL JOIN ${next.from} ON ${items[0]?.alias}.${items[0]?.columns[0]?.name} = ${next.alias}.${next.columns[0]?.name}`;
      else sql += ` ${this.pick(["JOIN", "LEFT JOIN"])} ${next.from} ON ${this.condition(both, 1)}`;
      items.push(next);
    }
    return { sql, scope: { ...scope, items: [...items, ...scope.items] } };
  }

  /** `kinds` null: at the top, where anything may be in the list. */
  protected override select(outer: Scope, depth: number, kinds: readonly Kind[] | null): Made {
    const { sql: from, scope } = this.#from(outer, depth);
    const where = this.chance(0.5) ? ` WHERE ${this.condition(scope, 1)}` : "";
    // An aggregate of columns from outside alone would be the outer query's.
    const local = { ...scope, items: scope.items.slice(0, scope.items.length - outer.items.length) };
    if (this.chance(0.2)) return this.#grouped(local, from, where, depth, kinds ?? this.kinds());
    if (kinds === null) return { sql: this.#loose(scope, from, where, depth), columns: [] };
    const exprs = kinds.map((kind) => this.expr(scope, kind, depth));
    const columns = exprs.map(({ secret }, index) => ({ name: "", kind: kinds[index] ?? "text", secret }));
    const rest = exprs.every(({ secret }) => !secret) && this.chance(0.1) ? "DISTINCT " : "";
    return {
      sql: `SELECT ${rest}${exprs.map(({ sql }) => sql).join(", ")} FROM ${from}${where}${rest === "" ? this.#tail(scope) : ""}`,
      columns,
    };
  }

  #loose(scope: Scope, from: string, where: string, depth: number): string {
    const [local] = scope.items;
    const alias = local?.alias ?? "";
    const list = Array.from({ length: 1 + this.upTo(4) }, () => {
      const roll = this.random();
      if (roll < 0.06) return "*";
      if (roll < 0.12) return `${alias}.*`;
      if (roll < 0.17 && local?.whole === true) return alias;
      if (roll < 0.22) return this.#windowed(scope);
      const expr = this.expr(scope, this.pick<Kind>(["int", "text", "text", "bool", "json", "texts"]), depth);
      return this.chance(0.3) ? `${expr.sql} AS ${this.name("x")}` : expr.sql;
    });
    return `SELECT ${list.join(", ")} FROM ${from}${where}${this.#tail(scope)}`;
  }

  #tail(scope: Scope): string {
    if (!this.chance(0.15)) return "";
    return ` ORDER BY ${this.public(scope, "int", 1)}${this.chance(0.5) ? " LIMIT 3" : ""}`;
  }

  #windowed(scope: Scope): string {
    const arg = this.expr(scope, "text", 1).sql;
    const by = this.chance(0.7) ? this.public(scope, "int", 1) : this.expr(scope, "int", 1).sql;
    const call = this.pick([
      `lag(${arg})`,
      `first_value(${arg})`,
      `max(${arg})`,
      "row_number()",
      "count(*)",
      `string_agg(${arg}, ',')`,
    ]);
    return `${call} OVER (PARTITION BY ${this.public(scope, "int", 0)} ORDER BY ${by})`;
  }

  #grouped(scope: Scope, from: string, where: string, depth: number, kinds: readonly Kind[]): Made {
    const key = this.public(scope, "int", 1);
    const exprs = kinds.map((kind) => this.#aggregate(scope, kind, depth));
    const columns = exprs.map(({ secret }, index) => ({ name: "", kind: kinds[index] ?? "text", secret }));
    const other = this.public(scope, "int", 0);
    const by = this.pick([
      ` GROUP BY ${key}`,
      ` GROUP BY ROLLUP (${key})`,
      ` GROUP BY GROUPING SETS ((${key}), (${other}), ())`,
      "",
    ]);
    const having = this.chance(0.2) ? " HAVING count(*) > 0" : "";
    return {
      sql: `SELECT ${exprs.map(({ sql }) => sql).join(", ")} FROM ${from}${where}${by}${having}`,
      columns,
    };
  }

  #aggregate(scope: Scope, kind: Kind, depth: number): Expr {
    const filter = this.chance(0.2) ? this.expr(scope, "bool", 1) : null;
    const after = filter === null ? "" : ` FILTER (WHERE ${filter.sql})`;
    const of = (wanted: Kind, call: (sql: string) => string): Expr => {
      const arg = this.expr(scope, wanted, depth - 1);
      return { sql: `${call(arg.sql)}${after}`, secret: arg.secret || filter?.secret === true };
    };
    const order = this.expr(scope, "int", 0);
    if (kind === "int")
      return this.pick([
        () => of("int", (sql) => `max(${sql})`),
        () => of("int", (sql) => `min(${sql})`),
        () => of("int", (sql) => `bit_xor(${sql})`),
        () => ({ sql: `(count(*)${after})::int`, secret: filter?.secret === true }),
      ])();
    if (kind === "json") {
      const made = of(this.pick<Kind>(["text", "int"]), (sql) => `jsonb_agg(${sql} ORDER BY ${order.sql})`);
      return { ...made, secret: made.secret || order.secret };
    }
    if (kind === "bool") return of("bool", (sql) => `bool_or(${sql})`);
    if (kind === "texts") return of("text", (sql) => `array_agg(${sql})`);
    return this.pick([
      () => of("text", (sql) => `min(${sql})`),
      () => of("text", (sql) => `max(${sql})`),
      () => of("text", (sql) => `json_arrayagg(${sql} RETURNING text)`),
      () => of("int", (sql) => `string_agg((${sql})::text, '-')`),
      () => of("text", (sql) => `string_agg(${sql}, ',')`),
      () => of("text", (sql) => `glued(${sql})`),
    ])();
  }

  #setOperation(scope: Scope, kinds: readonly Kind[]): Made {
    const left = this.select(scope, 1, kinds);
    const right = this.select(scope, 1, kinds);
    const columns = kinds.map((kind, index) => ({
      name: "",
      kind,
      secret: left.columns[index]?.secret === true || right.columns[index]?.secret === true,
    }));
    const open = columns.every(({ secret }) => !secret);
    const op = open ? this.pick(["UNION ALL", "UNION", "EXCEPT", "INTERSECT ALL"]) : "UNION ALL";
    return { sql: `(${left.sql}) ${op} (${right.sql})`, columns };
  }

  #write(): string {
    const scope: Scope = { items: [], tables: [] };
    const { sql: from, scope: inside } = this.#from(scope, 1);
    const [b, c, d] = (["text", "text", "json"] as const).map((kind) => this.expr(inside, kind, 2).sql);
    const id = `(100 + row_number() OVER ())::int`;
    const source = `SELECT ${id}, ${b}, ${c}, ${d} FROM ${from}`;
    const target: Item = { alias: "sink", columns: RELATIONS["sink"] ?? [], whole: true };
    const shown = (items: readonly Item[]): string =>
      Array.from(
        { length: 1 + this.upTo(3) },
        () => this.expr({ items, tables: [] }, this.pick<Kind>(["text", "text", "json"]), 1).sql,
      ).join(", ");
    return this.pick([
      () => `INSERT INTO sink ${source} RETURNING ${shown([target])}`,
      () => `INSERT INTO sinks (a, bee, c) SELECT ${id}, ${b}, ${c} FROM ${from} RETURNING bee, c`,
      () => `INSERT INTO sink SELECT (row_number() OVER ())::int, ${b}, ${c} FROM ${from}
        ON CONFLICT (a) DO UPDATE SET b = excluded.c || sink.b, c = 'x' RETURNING *, old.b, new.b`,
      () => `UPDATE sink SET b = q.x, (c, d) = (SELECT q.y, q.z) FROM (SELECT ${b}, ${c}, ${d} FROM ${from} LIMIT 1) q(x, y, z)
        RETURNING ${shown([target])}, old.c, new.d`,
      () => `UPDATE people p SET name = ${this.expr({ items: [{ alias: "p", columns: PEOPLE, whole: true }], tables: [] }, "text", 2).sql}
        RETURNING p.id, p.name, old.name, new.label, old`,
      () =>
        `DELETE FROM orders USING plain p WHERE p.id = orders.person AND p.boss = 1 RETURNING orders.*, p.name, old.card`,
      () => `MERGE INTO sink s USING (${source}) q(k, x, y, z) ON s.a = q.k - 100
        WHEN MATCHED THEN UPDATE SET b = q.x, c = q.y WHEN NOT MATCHED THEN INSERT VALUES (q.k, q.x, q.y, q.z)
        RETURNING merge_action(), s.b, s.c, s, q.k`,
      () =>
        `CREATE TABLE made AS ${this.select(scope, 2, ["text", "int", "json"]).sql.replace(/^SELECT /, "SELECT ")}`,
      () => `SELECT ${b} AS m1, ${c} AS m2, ${d} AS m3 INTO made FROM ${from}`,
      () => `WITH w AS (INSERT INTO sink ${source} RETURNING a, b AS z, c) SELECT z, upper(c), a FROM w`,
      () => `SELECT kept(${b}) FROM ${from}`,
      () =>
        `WITH w AS (DELETE FROM people WHERE id = 3 RETURNING ssn, name) INSERT INTO sink SELECT 50, name, ssn FROM w RETURNING *`,
    ])();
  }
}
