// Random expressions over what is in reach.

import { Dice, type Expr, type Item, type Kind, type Made, PEOPLE, type Scope } from "./lineage-random.ts";

export abstract class Expressions extends Dice {
  protected abstract select(outer: Scope, depth: number, kinds: readonly Kind[] | null): Made;

  protected kinds(): readonly Kind[] {
    return Array.from({ length: 1 + this.upTo(3) }, () => this.pick<Kind>(["int", "text", "text", "json"]));
  }

  /** What decides on how many rows there are. */
  protected mostlyPublic(scope: Scope): Expr {
    if (this.chance(0.2)) return this.expr(scope, "text", 1);
    return { sql: this.public(scope, "text", 1), secret: false };
  }

  /** Of no secret, as far as it is known here; sometimes of one all the same. */
  protected public(scope: Scope, kind: Kind, depth: number): string {
    if (this.chance(0.02)) return this.expr(scope, kind, depth).sql;
    for (let tries = 0; tries < 20; tries++) {
      const found = this.expr(scope, kind, depth);
      // A constant would be the number of an output column.
      if (!found.secret && !/^\d/.test(found.sql)) return found.sql;
    }
    return kind === "bool" ? "true" : kind === "int" ? "(1 + 0)" : "'p'";
  }

  protected condition(scope: Scope, depth: number): string {
    const roll = this.random();
    if (roll < 0.02) return this.expr(scope, "bool", depth).sql;
    if (roll < 0.7)
      return `${this.public(scope, "int", 0)} ${this.pick(["=", "<", ">=", "<>"])} ${this.public(scope, "int", depth)}`;
    return this.public(scope, "bool", depth);
  }

  protected expr(scope: Scope, kind: Kind, depth: number): Expr {
    if (depth <= 0 || this.chance(0.35)) return this.leaf(scope, kind);
    const of = (wanted: Kind): Expr => this.expr(scope, wanted, depth - 1);
    const made = (parts: readonly Expr[], sql: string, secret = false): Expr => ({
      sql,
      secret: secret || parts.some((part) => part.secret),
    });
    const roll = this.upTo(8);
    if (roll === 0) return this.scalarQuery(scope, kind, depth);
    if (roll === 1 && kind !== "bool") {
      const [when, then, otherwise] = [of("bool"), of(kind), of(kind)];
      return made(
        [when, then, otherwise],
        `CASE WHEN ${when.sql} THEN ${then.sql} ELSE ${otherwise.sql} END`,
      );
    }
    if (roll === 2) {
      const [one, other] = [of(kind), of(kind)];
      return made([one, other], `${this.pick(["coalesce", "nullif"])}(${one.sql}, ${other.sql})`);
    }
    switch (kind) {
      case "int": {
        const [a, b] = [of("int"), of("int")];
        const text = of("text");
        return this.pick([
          () => made([a, b], `(${a.sql} + ${b.sql}) % 1000`),
          () => made([a, b], `greatest(${a.sql}, ${b.sql})`),
          () => made([text], `length(${text.sql})`),
          () => made([a], `plus_one(${a.sql})`),
          () => made([a], `pay_of((${a.sql}) % 10)`, true),
          () => made([text], `ascii(${text.sql})`),
          () => this.element(scope, "int"),
        ])();
      }
      case "text": {
        const [a, b] = [of("text"), of("text")];
        const int = of("int");
        const json = of("json");
        const texts = of("texts");
        return this.pick([
          () => made([a, b], `(${a.sql} || ${b.sql})`),
          () => made([a], `${this.pick(["upper", "md5", "reverse"])}(${a.sql})`),
          () => made([a], `left(${a.sql}, 2)`),
          () => made([int], `(${int.sql})::text`),
          () => made([a, int], `format('%s/%s', ${a.sql}, ${int.sql})`),
          () => made([json], `(${json.sql}) ->> 't'`),
          () => made([json], `(${json.sql})::text`),
          () => made([json], `json_query(${json.sql}, '$.l')::text`),
          () => made([json], `json_value(${json.sql}, '$.t')`),
          () => made([texts], `(${texts.sql})[1]`),
          () => made([texts], `array_to_string(${texts.sql}, '+')`),
          () => made([int], `ssn_of((${int.sql}) % 10)`, true),
          () => made([int], `running((${int.sql}) % 10)`, true),
          () => made([a, int], `(${a.sql}) ### ((${int.sql}) % 10)`, true),
          () => made([int], `(somebody((${int.sql}) % 8)).${this.pick(["ssn", "name", "label"])}`, true),
          () => made([a, b], `CASE ${a.sql} WHEN ${b.sql} THEN 'k' ELSE 'l' END`),
          () => made([a, b], `substring(${a.sql} FROM 1 FOR length(${b.sql}))`),
          () => made([a, b], `xmlserialize(CONTENT xmlforest(${a.sql} AS x, ${b.sql} AS y) AS text)`),
          () => made([a, int], `(ROW(${a.sql}, ${int.sql}))::text`),
          () => made([a, b, int], `(ARRAY[${a.sql}, ${b.sql}])[(${int.sql}) % 2 + 1]`),
          () => made([a], `json_scalar(${a.sql})::text`),
          () => made([a], `translate(${a.sql}, 'abc', 'xyz')`),
          () => made([a, b], `concat_ws('-', ${a.sql}, ${b.sql})`),
          () => made([texts], `(SELECT string_agg(u, '') FROM unnest(${texts.sql}) u)`),
          () =>
            made(
              [json],
              `(SELECT string_agg(e.key || e.value::text, '') FROM jsonb_each(jsonb_build_object('v', ${json.sql})) e)`,
            ),
          () => made([json], `(${json.sql} #>> '{l,0}')`),
          () => made([a], `xmlelement(NAME q, ${a.sql})::text`),
          () => this.method(scope),
          () => this.row(scope),
          () => this.element(scope, "text"),
        ])();
      }
      case "bool": {
        const [a, b] = [of("text"), of("text")];
        const [i, j] = [of("int"), of("int")];
        const [p, q] = [of("bool"), of("bool")];
        return this.pick([
          () => made([a, b], `(${a.sql}) = (${b.sql})`),
          () => made([i, j], `(${i.sql}) ${this.pick(["<", ">=", "<>"])} (${j.sql})`),
          () => made([a], `(${a.sql}) IS NULL`),
          () => made([a], `(${a.sql}) LIKE '%a%'`),
          () => made([p, q], `((${p.sql}) ${this.pick(["AND", "OR"])} (${q.sql}))`),
          () => made([p], `NOT (${p.sql})`),
          () => made([i, j], `(${i.sql}) BETWEEN 1 AND (${j.sql})`),
          () => made([i, j], `(${i.sql}) IS DISTINCT FROM (${j.sql})`),
          () => made([a, i, b, j], `(${a.sql}, ${i.sql}) < (${b.sql}, ${j.sql})`),
          () => made([i, j], `(${i.sql}) = ANY (ARRAY[${j.sql}, 2])`),
          () => made([a, b], `(${a.sql}) IN (${b.sql}, 'a')`),
          () => made([p], `(${p.sql}) IS NOT TRUE`),
          () => made([a, b], `starts_with(${a.sql}, ${b.sql})`),
          () => this.inQuery(scope, depth),
        ])();
      }
      case "json": {
        const [text, int, json] = [of("text"), of("int"), of("json")];
        return this.pick([
          () => made([text, int], `jsonb_build_object('t', ${text.sql}, 'n', ${int.sql})`),
          () => made([text], `to_jsonb(${text.sql})`),
          () => made([json], `(${json.sql}) -> 't'`),
          () => made([json, text], `jsonb_set(${json.sql}, '{z}', to_jsonb(${text.sql}))`),
          () => made([text], `json_object('t' : ${text.sql})::jsonb`),
          () => made([json], `jsonb_path_query_first(${json.sql}, '$.l[0]')`),
          () => this.rowJson(scope),
        ])();
      }
      case "texts": {
        const [a, b] = [of("text"), of("text")];
        const other = of("texts");
        const query = this.select({ ...scope }, depth - 2, ["text"]);
        const secret = query.columns[0]?.secret === true;
        return this.pick([
          () => made([a, b], `ARRAY[${a.sql}, ${b.sql}]`),
          () => made([other, a], `array_append(${other.sql}, ${a.sql})`),
          () => ({ sql: `ARRAY(${query.sql})`, secret }),
        ])();
      }
    }
  }

  protected scalarQuery(scope: Scope, kind: Kind, depth: number): Expr {
    const inner = this.select(scope, depth - 2, [kind]);
    return {
      sql: `(SELECT s.v FROM (${inner.sql}) s(v) LIMIT 1)`,
      secret: inner.columns[0]?.secret === true,
    };
  }

  protected inQuery(scope: Scope, depth: number): Expr {
    const inner = this.select(scope, depth - 2, ["int"]);
    const tested = this.expr(scope, "int", 0);
    const secret = inner.columns[0]?.secret === true;
    return this.chance(0.4)
      ? { sql: `EXISTS (${inner.sql})`, secret: false }
      : { sql: `(${tested.sql}) IN (${inner.sql})`, secret: secret || tested.secret };
  }

  protected wholeItem(scope: Scope): Item | null {
    const found = scope.items.filter(({ whole }) => whole);
    return found.length === 0 ? null : this.pick(found);
  }

  protected row(scope: Scope): Expr {
    const item = this.wholeItem(scope);
    if (item === null) return this.leaf(scope, "text");
    const secret = item.columns.some((column) => column.secret);
    const column = this.pick(item.columns);
    const { alias } = item;
    return this.pick<() => Expr>([
      () => ({ sql: `${alias}::text`, secret }),
      () => ({ sql: `row_to_json(${alias})::text`, secret }),
      () => ({ sql: `(${alias}).${column.name}::text`, secret: column.secret }),
      () => ({ sql: `to_jsonb(${alias}) ->> '${column.name}'`, secret }),
      () => ({ sql: `ROW(${alias}.*)::text`, secret }),
    ])();
  }

  /** A function of a row, in both notations. */
  protected method(scope: Scope): Expr {
    const item = scope.items.find(({ columns }) => columns === PEOPLE);
    if (item === undefined) return this.leaf(scope, "text");
    return {
      sql: this.pick([`${item.alias}.secret_of`, `secret_of(${item.alias})`, `(${item.alias}).secret_of`]),
      secret: true,
    };
  }

  protected rowJson(scope: Scope): Expr {
    const item = this.wholeItem(scope);
    if (item === null) return this.leaf(scope, "json");
    return { sql: `to_jsonb(${item.alias})`, secret: item.columns.some((column) => column.secret) };
  }

  protected element(scope: Scope, kind: "int" | "text"): Expr {
    const column = scope.items.flatMap((item) =>
      item.columns.filter((each) => each.kind === "json").map((each) => ({ item, each })),
    );
    const [found] = column;
    if (found === undefined) return this.leaf(scope, kind);
    const sql = `${found.item.alias}.${found.each.name}`;
    const { secret } = found.each;
    return kind === "text" ? { sql: `${sql} ->> 't'`, secret } : { sql: `length((${sql})::text)`, secret };
  }

  protected leaf(scope: Scope, kind: Kind): Expr {
    const columns = scope.items.flatMap(({ alias, columns: all }) =>
      all
        .filter((column) => column.kind === kind)
        .map(({ name, secret }) => ({ sql: `${alias}.${name}`, secret })),
    );
    if (columns.length > 0 && this.chance(0.85)) return this.pick(columns);
    const constants = {
      int: ["1", "2", "3"],
      text: ["'a'::text", "'bc'::text"],
      bool: ["true", "false"],
      json: [`'{"t": "k"}'::jsonb`],
      texts: ["ARRAY['q'::text]"],
    } as const satisfies Record<Kind, readonly string[]>;
    return { sql: this.pick<string>(constants[kind]), secret: false };
  }
}
