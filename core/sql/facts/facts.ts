// What a statement means: everything that policy may ask of it. Frozen values, computed once for a text and a state of the
// catalog. Fails closed: what was not understood stands in `unknown`, and nobody may treat it as harmless.

import type { FunctionInfo, RelationRef } from "../catalog/catalog.ts";
import type { StatementKind } from "./kinds.ts";

export type Action =
  /** Rows are read: SELECT, COPY TO, a table in FROM, RETURNING, a WHERE … */
  | "select"
  | "insert"
  | "update"
  | "delete"
  | "truncate"
  /** LOCK TABLE; SELECT … FOR UPDATE and its kin. */
  | "lock"
  /** DDL and privileges on it. */
  | "define";

/** How a statement comes to something that it does not name itself; outermost first. */
export interface Via {
  readonly kind:
    | "view"
    | "rule"
    | "trigger"
    | "cascade"
    | "function"
    /** Defaults, generated columns, checks, index expressions and policies of the relation of that name. */
    | "expression"
    | "inheritance"
    | "prepared"
    | "cursor";
  /** Qualified name. */
  readonly name: string;
}

export interface Access {
  readonly relation: RelationRef;
  /** Qualified names of partitioned and inheritance parents; what is forbidden of them is forbidden of it. */
  readonly ancestors: readonly string[];
  /** … and of what lies below it, which it reads and writes as well. Empty with ONLY. */
  readonly descendants: readonly string[];
  readonly action: Action;
  /** Columns touched, sorted; "*" alone is all of them. Empty: none in particular (count(*), TRUNCATE). */
  readonly columns: readonly string[];
  /** Empty: named by the statement itself. */
  readonly via: readonly Via[];
  /** Of `lock`: LOCK TABLE … IN ACCESS SHARE MODE, which takes no more than reading does. */
  readonly weak?: boolean;
}

export interface Call {
  readonly function: FunctionInfo;
  readonly via: readonly Via[];
  /**
   * Its body was read, and what it does stands in these facts (with `via`). False for internal and C functions, for
   * other languages, and for bodies that build their statements when they run.
   */
  readonly examined: boolean;
  /** Text values of the call's arguments where they are plain constants; null where not. For set_config, nextval … */
  readonly constants: readonly (string | null)[];
}

/**
 * For UPDATE, DELETE (and MERGE's, CTEs' and functions' inside; the worst counts):
 * - `bounded`: shown to touch a part of the rows only: a column equals a value that does not depend on the row, a
 *   current-of, LIMIT 0 or a false WHERE;
 * - `by_effect`: it depends on the data: the caller has to see that rows are left untouched;
 * - `unbounded`: no WHERE, or one that is true whatever the row, however it is written. TRUNCATE is unbounded.
 */
export type Boundedness = "bounded" | "by_effect" | "unbounded";

export interface Modification {
  readonly relation: RelationRef;
  readonly action: "update" | "delete" | "truncate";
  readonly bounded: Boundedness;
  readonly via: readonly Via[];
}

export interface SettingChange {
  /** Lower case. `*` for RESET ALL and DISCARD ALL. `role`, `session_authorization` and `transaction_read_only`,
   * `transaction_isolation`, `transaction_deferrable` whichever way they are written (SET ROLE, BEGIN READ WRITE …). */
  readonly name: string;
  /** null: back to the default (RESET, SET … TO DEFAULT), or a value that is no constant (see `constant`). */
  readonly value: string | null;
  readonly constant: boolean;
  readonly scope: "session" | "local" | "transaction" | "characteristics";
}

/** What a statement leaves behind in the session, beside settings. */
export type SessionEffect =
  | { readonly kind: "prepare"; readonly name: string }
  /** name null: ALL. */
  | { readonly kind: "deallocate"; readonly name: string | null }
  | { readonly kind: "declare_cursor"; readonly name: string; readonly hold: boolean }
  | { readonly kind: "close_cursor"; readonly name: string | null }
  | { readonly kind: "listen" | "unlisten"; readonly name: string | null }
  | { readonly kind: "discard"; readonly what: "all" | "plans" | "sequences" | "temporary" }
  /** Names may mean something else from here on: DDL, temporary tables, search_path, role. */
  | { readonly kind: "names" }
  /** BEGIN, COMMIT, ROLLBACK …: the words of TransactionStmtKind in lower case without TRANS_STMT_. */
  | {
      readonly kind: "transaction";
      readonly command:
        | "begin"
        | "commit"
        | "rollback"
        | "savepoint"
        | "release"
        | "rollback_to"
        | "prepare_transaction"
        | "commit_prepared"
        | "rollback_prepared";
      readonly name: string | null;
      /** AND CHAIN. */
      readonly chain: boolean;
    };

/** Something that could not be understood: a reason to refuse. */
export interface Unknown {
  readonly what:
    | "relation"
    | "column"
    | "function"
    | "operator"
    | "type"
    | "cursor"
    | "prepared_statement"
    | "statement"
    | "body"
    | "depth";
  /** Name or short description; no values. */
  readonly detail: string;
  /**
   * PostgreSQL itself says that no such thing exists: it will refuse the statement. SQLSTATE and message as it would word them.
   */
  readonly missing: {
    readonly sqlstate: string;
    readonly message: string;
    readonly position: number | null;
  } | null;
  /** Inside of what it stands; left out or empty: in the statement itself. */
  readonly via?: readonly Via[];
}

/** A column whose values may show. */
export interface ColumnPlace {
  readonly relation: RelationRef;
  /** "*": any of them. */
  readonly column: string;
  /** Qualified names of what its relation inherits from, and of what inherits from it and is read with it; absent: none. */
  readonly ancestors?: readonly string[];
  readonly descendants?: readonly string[];
}

/** Where an output column comes from; for masking. */
export interface OutputColumn {
  readonly name: string;
  /** Base columns (through views, subqueries and bodies of functions) whose values it may show, in whole or in part. */
  readonly sources: readonly ColumnPlace[];
  /** It is such a column as it is (or as it is in a view), not computed from it. */
  readonly verbatim: boolean;
  /** Only where true: it may show what `sources` does not name, as functions do whose bodies cannot be read. */
  readonly opaque?: boolean;
}

/** Where a literal stands, and which column it is compared with, written to or otherwise meets; for redaction. */
export interface LiteralPlace {
  /** In bytes of UTF-8, in the statement's own text. */
  readonly offsetBytes: number;
  readonly columns: readonly ColumnPlace[];
  /** Only where true: it may meet others as well, as an argument of a function that cannot be read. */
  readonly opaque?: boolean;
}

/** `$1` and the columns that it meets, as a literal in its place would. */
export interface ParameterPlace {
  readonly number: number;
  readonly columns: readonly ColumnPlace[];
  readonly opaque?: boolean;
}

/**
 * Values that are written: INSERT, UPDATE, MERGE, CREATE TABLE AS, and what views, rules, triggers and bodies make of it. For
 * every column that anything but the statement's own text may be written to. What reaches a trigger's row and goes on from
 * there is told as one flow from where it began.
 */
export interface Flow {
  readonly from: readonly ColumnPlace[];
  /** A relation that is about to be made has the OID 0; its schema is empty where search_path decides. */
  readonly to: { readonly relation: RelationRef; readonly column: string };
  /** It is one of `from` as it is. */
  readonly verbatim: boolean;
  readonly opaque?: boolean;
  readonly via: readonly Via[];
}

/**
 * Values that are handed to a function which may keep or send them: every call but those of PostgreSQL's own that are
 * immutable (set_config, setval, pg_notify, lo_put …; functions of users).
 */
export interface Passed {
  readonly function: FunctionInfo;
  readonly from: readonly ColumnPlace[];
  readonly opaque?: boolean;
  readonly via: readonly Via[];
}

export type PredicateUse =
  /** The column as it is, = <> IN, IS [NOT] NULL, IS [NOT] DISTINCT FROM something that is no column. */
  | "equality"
  /** … < > <= >= BETWEEN. */
  | "range"
  /** … LIKE, ILIKE, SIMILAR TO, regular expressions. */
  | "pattern"
  /** … compared with another column for equality, USING, NATURAL. */
  | "join"
  | "order"
  | "group"
  /** DISTINCT, UNION, INTERSECT, EXCEPT. */
  | "distinct"
  /** Anything else: an expression of the column, a function, an operator that is not known. */
  | "other";

export type PredicatePlace =
  | "where"
  | "having"
  | "on"
  | "using"
  | "order"
  | "group"
  | "distinct"
  | "set_operation"
  /** PARTITION BY and ORDER BY of a window: PostgreSQL sorts by them, and rows come out in that order. */
  | "window"
  /** ORDER BY and DISTINCT of an aggregate: its neighbours may get their rows in that order (presorted aggregates). */
  | "aggregate"
  | "limit"
  /** Arguments of functions that give sets: how many rows there are. */
  | "rows"
  /** ON CONFLICT. */
  | "conflict"
  /**
   * It is written, and a unique, exclusion or foreign key constraint compares what is written with other rows; or it is
   * not, and a check compares it with what is.
   */
  | "constraint"
  /** In an expression, of which the value has the column among its sources as well: it decides on nothing else. */
  | "case"
  | "filter"
  /**
   * … or on what AND, OR and COALESCE compute beside it, or on whether the statement fails: casts, arithmetic … Of the
   * statement's own text alone.
   */
  | "value";

/**
 * A column that decides which rows there are, or in which order: its values can be inferred by who may choose what it is
 * compared with. `relation` null: of something that could not be read.
 */
export interface Predicate extends Omit<ColumnPlace, "relation"> {
  readonly relation: RelationRef | null;
  readonly use: PredicateUse;
  readonly place: PredicatePlace;
  /** Not empty: in the definition of a view, a body …, which the agent did not choose. */
  readonly via: readonly Via[];
}

export interface StatementFacts {
  readonly kind: StatementKind;
  /** Kinds of everything that would run with it: itself, CTEs, EXPLAIN ANALYZE, bodies, rules … Sorted, without doubles. */
  readonly kinds: readonly StatementKind[];
  readonly accesses: readonly Access[];
  readonly calls: readonly Call[];
  readonly modifications: readonly Modification[];
  readonly settings: readonly SettingChange[];
  readonly effects: readonly SessionEffect[];
  /** Outside of the database: COPY … PROGRAM, COPY … file, LOAD, server-side files. */
  readonly outside: readonly ("program" | "server_file" | "library")[];
  /** Rows that it writes are counted by its command tag alone: no writing CTE, trigger, cascade, rule or writing function. */
  readonly tagCounts: boolean;
  /** EXPLAIN without ANALYZE, PREPARE: what is inside does not run now. */
  readonly executes: boolean;
  readonly unknown: readonly Unknown[];
  /** null where it gives no rows, or its columns cannot be counted (`uncounted`). DECLARE and PREPARE: what FETCH and EXECUTE give. */
  readonly output: readonly OutputColumn[] | null;
  /** It gives rows of columns that cannot be counted: what any of them may show. Absent else. */
  readonly uncounted?: OutputColumn;
  readonly literals: readonly LiteralPlace[];
  /** Absent: none. */
  readonly parameters?: readonly ParameterPlace[];
  readonly flows?: readonly Flow[];
  readonly passed?: readonly Passed[];
  readonly predicates?: readonly Predicate[];
}
