// WITH: which name means which query where (parse_cte.c). Without RECURSIVE a query sees those before it; with it, all of its
// siblings and itself, whatever their order: they are walked when they are first needed.

import type { CommonTableExpr, Node, SelectStmt, WithClause } from "@pgsql/types";
import { renamed } from "./items.ts";
import { strings } from "./names.ts";
import type { Place, Reading } from "./reading.ts";
import type { CommonTables, Scope } from "./scope.ts";
import {
  computed,
  NOTHING,
  rowOf,
  SCALAR,
  type Columns,
  type LaterSource,
  type NamedValue,
} from "./value.ts";
import { each } from "./walk.ts";

export interface CommonTable {
  readonly name: string;
  /** Walks the query unless it has been walked. */
  columns(): Columns;
}

/** The place with the names of the clause in reach, and all of its queries walked. */
export function withClause(at: Place, clause: WithClause | undefined): Place {
  const queries = (clause?.ctes ?? []).flatMap((node) =>
    "CommonTableExpr" in node ? [node.CommonTableExpr] : [],
  );
  if (queries.length === 0) return at;
  const { reading } = at;
  let tables: CommonTables | null = at.scope.tables;
  const made: CommonTable[] = [];
  const recursive = clause?.recursive === true;
  for (const query of queries) {
    const before = tables;
    // With RECURSIVE the whole list, which is complete when the first of them is walked.
    const table = new WalkedOnce(
      reading,
      query,
      () => inside(at.scope, recursive ? tables : before),
      recursive,
    );
    made.push(table);
    tables = { table, next: tables };
    if (!recursive) table.columns();
  }
  for (const table of made) table.columns();
  return { reading, scope: { ...at.scope, tables } };
}

function inside(scope: Scope, tables: CommonTables | null): Scope {
  return { items: [], outer: scope, tables };
}

const WRITES: ReadonlySet<string> = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);

class WalkedOnce implements CommonTable {
  readonly name: string;
  readonly #reading: Reading;
  readonly #query: CommonTableExpr;
  readonly #scope: () => Scope;
  readonly #recursive: boolean;
  #state: "new" | "walking" | "done" = "new";
  #columns: Columns = { columns: [], open: NOTHING };
  /** What the query's columns show to itself, filled as it becomes known. */
  #later: readonly LaterSource[] = [];

  constructor(reading: Reading, query: CommonTableExpr, scope: () => Scope, recursive: boolean) {
    this.name = query.ctename ?? "";
    this.#reading = reading;
    this.#query = query;
    this.#scope = scope;
    this.#recursive = recursive;
  }

  columns(): Columns {
    if (this.#state === "new") this.#walk();
    return this.#columns;
  }

  #walk(): void {
    this.#state = "walking";
    const { ctequery } = this.#query;
    if (ctequery === undefined) return;
    const [type = ""] = Object.keys(ctequery);
    if (WRITES.has(type)) this.#reading.context.tagCounts = false;
    const select = "SelectStmt" in ctequery ? ctequery.SelectStmt : null;
    const union = this.#recursive && select?.op !== undefined && select.op !== "SETOP_NONE" ? select : null;
    const place: Place = { reading: this.#reading, scope: this.#scope() };
    this.#columns = union === null ? this.#alone(place, ctequery) : this.#union(place, union);
    this.#state = "done";
  }

  #alone(place: Place, query: Node): Columns {
    const found = this.#reading.walks.query(place, query);
    return this.#named(place, found);
  }

  /** The first arm says what the columns are; the second may refer to them. */
  #union(place: Place, select: SelectStmt): Columns {
    const others: LaterSource = { kind: "later", sources: [] };
    const walked = this.#reading.walks.union(place, select, (columns) => {
      const first = this.#named(place, columns);
      this.#later = first.columns.map(() => ({ kind: "later", sources: [] }));
      this.#columns = {
        columns: first.columns.map(({ name, value }, index) => {
          const later = this.#later[index];
          return {
            name,
            value: { sources: later === undefined ? [] : [later], verbatim: false, shape: value.shape },
          };
        }),
        open: first.open === null ? null : computed([first.open, { ...NOTHING, sources: [others] }]),
      };
    });
    const named = this.#named(place, walked);
    others.sources.push(...rowOf(named).sources);
    for (const [index, later] of this.#later.entries())
      later.sources.push(...(named.columns[index]?.value.sources ?? []));
    return named;
  }

  #named(place: Place, { columns, open }: Columns): Columns {
    const { aliascolnames, search_clause, cycle_clause } = this.#query;
    const names = strings(aliascolnames);
    const more: NamedValue[] = [];
    const shown = computed(columns.map(({ value }) => value));
    const add = (name: string | undefined): void => {
      if (name !== undefined) more.push({ name, value: { ...shown, shape: SCALAR } });
    };
    add(search_clause?.search_seq_column);
    if (cycle_clause !== undefined) {
      each(place, [cycle_clause.cycle_mark_value, cycle_clause.cycle_mark_default]);
      add(cycle_clause.cycle_mark_column);
      add(cycle_clause.cycle_path_column);
    }
    return { columns: [...renamed({ columns, open }, names), ...more], open };
  }
}
