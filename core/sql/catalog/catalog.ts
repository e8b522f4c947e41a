// What the session's own PostgreSQL says of names: the answers that analysis needs, and the questions that get them.
// Values only. A name that was not asked for is `undefined`; one that does not exist is `null` or an empty list.

/** As written, after PostgreSQL's folding; `schema` null: wherever search_path finds it. */
export interface Name {
  readonly schema: string | null;
  readonly name: string;
}

/** pg_class.relkind, by the words of the documentation. */
export type RelationKind =
  | "table"
  | "partitioned_table"
  | "view"
  | "materialized_view"
  | "foreign_table"
  | "sequence"
  | "index"
  | "toast"
  | "composite_type";

export interface ColumnInfo {
  readonly name: string;
  /** pg_attribute.attnum */
  readonly number: number;
  readonly typeOid: number;
  /** GENERATED ALWAYS AS (…). */
  readonly generated: boolean;
  /** Columns that it is generated from; absent where that is not known. */
  readonly generatedFrom?: readonly string[];
}

/** A relation's name and place, without what is inside. */
export interface RelationRef {
  readonly oid: number;
  /** `pg_temp` for every temporary schema. */
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
}

export interface RuleInfo {
  readonly name: string;
  readonly event: "select" | "insert" | "update" | "delete";
  readonly instead: boolean;
  /** pg_get_ruledef, a whole CREATE RULE statement. */
  readonly definition: string;
}

export interface TriggerInfo {
  readonly name: string;
  readonly functionOid: number;
  readonly events: readonly ("insert" | "update" | "delete" | "truncate")[];
  readonly enabled: boolean;
}

/**
 * A foreign key of another relation (or itself) on this one: acts when rows of this one go away or change. One that does
 * not act (`none` and `none`) stands here too: TRUNCATE … CASCADE follows every one.
 */
export interface CascadeInfo {
  readonly relation: RelationRef;
  readonly constraint: string;
  readonly columns: readonly string[];
  readonly onDelete: "none" | "delete" | "update";
  readonly onUpdate: "none" | "update";
}

export interface RelationInfo extends RelationRef {
  readonly columns: readonly ColumnInfo[];
  /** Partitioned and inheritance parents, all levels up. */
  readonly ancestors: readonly RelationRef[];
  /** Partitions and inheriting tables, all levels down. */
  readonly descendants: readonly RelationRef[];
  /** Column names of the primary key, of unique constraints and of plain unique indexes (no predicate, no expression). */
  readonly uniqueKeys: readonly (readonly string[])[];
  /**
   * Columns whose new values PostgreSQL compares with those of other rows, here or in what inherits from it: of unique,
   * exclusion and foreign key constraints, and of unique indexes. Whether a value is refused tells of the others.
   */
  readonly compared?: readonly string[];
  /**
   * Columns of each check that compares several, here or in what inherits from it: whether the new value of one is refused
   * tells of the others.
   */
  readonly checked?: readonly (readonly string[])[];
  /** Names of its constraints and indexes, as errors tell them. */
  readonly constraints?: readonly string[];
  /** pg_get_viewdef of a view; null else. Names in it are relative to the search_path of the moment. */
  readonly viewDefinition: string | null;
  /** Rules beside a view's own SELECT rule. */
  readonly rules: readonly RuleInfo[];
  /** User triggers (not internal ones). */
  readonly triggers: readonly TriggerInfo[];
  readonly cascades: readonly CascadeInfo[];
  /** Of a view: security_invoker. */
  readonly securityInvoker: boolean;
  readonly rowSecurity: boolean;
  /** Sequences: the column that owns it, as its table. */
  readonly ownedBy: RelationRef | null;
  /** pg_get_viewdef of a materialized view: what REFRESH runs. Reading it reads stored rows. */
  readonly storedDefinition?: string | null;
  /** Triggers of descendants (and as such, of rows written through this relation). */
  readonly triggersBelow?: readonly TriggerInfo[];
  /** Foreign keys on descendants that are not part of one on this relation or between. */
  readonly cascadesBelow?: readonly CascadeInfo[];
  /**
   * Functions outside of pg_catalog that run in its defaults, generated columns, checks, index expressions, partition
   * key, policies and trigger conditions.
   */
  readonly expressionFunctionOids?: readonly number[];
}

export interface FunctionInfo {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_get_function_identity_arguments, but every type outside of pg_catalog has its schema, whatever search_path is. */
  readonly arguments: string;
  readonly kind: "function" | "procedure" | "aggregate" | "window";
  readonly volatility: "immutable" | "stable" | "volatile";
  readonly securityDefiner: boolean;
  /** `internal`, `c`, `sql`, `plpgsql` … */
  readonly language: string;
  /** Input arguments: the least and the most that a call may give; `most` null for VARIADIC. */
  readonly leastArguments: number;
  readonly mostArguments: number | null;
  /** It has settings of its own (SET search_path …): names inside are not read as they are outside. */
  readonly hasSettings: boolean;
  readonly returnsSet: boolean;
  readonly returnTypeOid: number;
  /** Names of OUT and TABLE columns, for calls in FROM. */
  readonly outputColumns: readonly string[];
  /** pg_get_functiondef where the language is sql or plpgsql and the schema is not pg_catalog; null else. */
  readonly definition: string | null;
  /**
   * Functions that run with it: of an aggregate its transition, final and combine functions. Of PostgreSQL's own
   * aggregates none are listed.
   */
  readonly supportOids: readonly number[];
  /** The extension that it came with. */
  readonly extension: string | null;
}

export interface OperatorInfo {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly functionOid: number;
}

export interface TypeInfo {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: "base" | "composite" | "domain" | "enum" | "pseudo" | "range" | "multirange";
  /** Of a composite type: its relation. */
  readonly relationOid: number | null;
  /**
   * Functions outside of pg_catalog that a value of it runs: input, output, casts to and from it, domain checks; and the
   * same of its elements, base type, columns. A cast is listed with whichever of its types is not PostgreSQL's own.
   */
  readonly functionOids: readonly number[];
  /** Arrays: the type of the elements. Domains: the type below. null else. */
  readonly elementOid?: number | null;
  readonly baseTypeOid?: number | null;
}

/** One thing to ask. `functions` and `operators` ask for every candidate that the name may mean. */
export type Question =
  | { readonly kind: "relation"; readonly name: Name }
  | { readonly kind: "relation_oid"; readonly oid: number }
  | { readonly kind: "functions"; readonly name: Name }
  | { readonly kind: "function_oid"; readonly oid: number }
  | { readonly kind: "operators"; readonly name: Name }
  | { readonly kind: "type"; readonly name: Name }
  | { readonly kind: "type_oid"; readonly oid: number };

/** What is known so far. `undefined`: not asked yet. */
export interface Catalog {
  relation(name: Name): RelationInfo | null | undefined;
  relationByOid(oid: number): RelationInfo | null | undefined;
  functions(name: Name): readonly FunctionInfo[] | undefined;
  functionByOid(oid: number): FunctionInfo | null | undefined;
  /** Candidates outside of pg_catalog only: PostgreSQL's own operators have no effects. */
  operators(name: Name): readonly OperatorInfo[] | undefined;
  type(name: Name): TypeInfo | null | undefined;
  typeByOid(oid: number): TypeInfo | null | undefined;
}
