// What a session's role is granted: what the policy's lists come to, on the relations that there are. Pure. Beside these
// grants a role has what everybody has (PUBLIC), and nothing else.

import type { ColumnGrant, Policy, RelationPrivileges } from "#core/policy";
import { type CatalogRelation, type DatabaseCatalog, keyOf, type Routine, type Use } from "./catalog.ts";

/** The policy as it is asked about relations. */
export type Grantor = Pick<Policy, "privilegesOn" | "grantsFunction">;

export type Privilege = "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE" | "USAGE";

export interface RelationGrant {
  readonly on: "table" | "sequence";
  readonly schema: string;
  readonly name: string;
  readonly privilege: Privilege;
  /** null: of the whole relation. */
  readonly columns: readonly string[] | null;
}

export interface Plan {
  readonly relations: readonly RelationGrant[];
  /** EXECUTE, where not everybody has it and the policy gives it. */
  readonly routines: readonly Routine[];
  /** USAGE, where not everybody has it. */
  readonly schemas: readonly string[];
  /** CONNECT, where not everybody has it. */
  readonly database: string | null;
  /** Relations and routines with something that the policy grants and the provisioning credential cannot. */
  readonly leftOut: number;
}

/** Letters of an ACL (aclitem's). */
const LETTERS = {
  SELECT: "r",
  INSERT: "a",
  UPDATE: "w",
  DELETE: "d",
  TRUNCATE: "D",
  USAGE: "U",
} as const satisfies Record<Privilege, string>;

export function planGrants(catalog: DatabaseCatalog, policy: Grantor): Plan {
  const planner = new Planner(catalog, policy);
  const wanted = [...catalog.relations.values()].flatMap((relation) => planner.wanted(relation));
  const inReach = wanted.filter(({ schema, ...grant }) => {
    const relation = catalog.relations.get(keyOf({ schema, name: grant.name }));
    return (
      catalog.schemas.get(schema) !== "none" &&
      relation?.grantable.includes(LETTERS[grant.privilege]) === true
    );
  });
  const granted = new Set(inReach);
  const missed = new Set(wanted.filter((grant) => !granted.has(grant)).map(keyOf));
  const named = catalog.routines.filter((routine) => policy.grantsFunction(routine));
  const routines = named.filter(
    ({ schema, grantable }) => grantable && catalog.schemas.get(schema) !== "none",
  );
  return {
    relations: inReach,
    routines,
    schemas: [...new Set([...inReach, ...routines].map(({ schema }) => schema))].filter(
      (schema) => catalog.schemas.get(schema) === "grantable",
    ),
    database: catalog.connect === "public" ? null : catalog.database,
    leftOut: missed.size + named.length - routines.length,
  };
}

/** Nothing in `plan` is more than `other` has. */
export function isWithin(plan: Plan, other: Plan): boolean {
  const grants = new Map(other.relations.map((grant) => [grantKey(grant), grant.columns]));
  const routines = new Set(other.routines.map(routineKey));
  if (!plan.routines.every((routine) => routines.has(routineKey(routine)))) return false;
  return plan.relations.every((grant) => {
    const columns = grants.get(grantKey(grant));
    if (columns === undefined) return false;
    return (
      columns === null || (grant.columns !== null && grant.columns.every((name) => columns.includes(name)))
    );
  });
}

function grantKey({ schema, name, privilege }: RelationGrant): string {
  return `${keyOf({ schema, name })}\0${privilege}`;
}

function routineKey(routine: Routine): string {
  return `${keyOf(routine)}\0${routine.arguments}`;
}

class Planner {
  readonly #catalog: DatabaseCatalog;
  readonly #policy: Grantor;
  readonly #privileges = new Map<CatalogRelation, RelationPrivileges>();
  /** Sequences that tables which may be inserted into take their defaults from. */
  #needed: ReadonlySet<string> | null = null;

  constructor(catalog: DatabaseCatalog, policy: Grantor) {
    this.#catalog = catalog;
    this.#policy = policy;
  }

  wanted(relation: CatalogRelation): readonly RelationGrant[] {
    const { schema, name, sort } = relation.shape;
    const privileges = this.#on(relation);
    const grants: RelationGrant[] = [];
    const on = sort === "sequence" ? "sequence" : "table";
    const grant = (privilege: Privilege, columns: ColumnGrant): void => {
      if (columns === "all") grants.push({ on, schema, name, privilege, columns: null });
      else if (columns.length > 0) grants.push({ on, schema, name, privilege, columns });
    };
    if (this.#mayRead(relation, new Set())) grant("SELECT", privileges.select);
    if (on === "sequence") {
      const needed = this.#sequencesNeeded().has(keyOf(relation.shape));
      if (needed || privileges.update === "all") grant("USAGE", "all");
      return grants;
    }
    if (!this.#mayWrite(relation, new Set())) return grants;
    grant("INSERT", privileges.insert);
    grant("UPDATE", privileges.update);
    if (privileges.delete) grant("DELETE", "all");
    if (privileges.truncate && sort === "table") grant("TRUNCATE", "all");
    return grants;
  }

  #sequencesNeeded(): ReadonlySet<string> {
    this.#needed ??= new Set(
      [...this.#catalog.relations.values()]
        .filter((relation) => relation.sequences.length > 0 && isSome(this.#on(relation).insert))
        .flatMap(({ sequences }) => sequences),
    );
    return this.#needed;
  }

  #on(relation: CatalogRelation): RelationPrivileges {
    const known = this.#privileges.get(relation);
    if (known !== undefined) return known;
    const privileges = this.#policy.privilegesOn(relation.shape);
    this.#privileges.set(relation, privileges);
    return privileges;
  }

  /**
   * A view shows what it is made of with its owner's rights: a wildcard reaches it only where it reaches that as well, as the
   * gateway has it.
   */
  #mayRead(relation: CatalogRelation, on: ReadonlySet<CatalogRelation>): boolean {
    if (relation.shape.sort !== "view" || this.#on(relation).trusted.read) return true;
    if (on.has(relation)) return true;
    return relation.uses.every((use) => this.#reads(use, new Set([...on, relation])));
  }

  #reads(use: Use, on: ReadonlySet<CatalogRelation>): boolean {
    const { schema, name, column } = use;
    const used = this.#catalog.relations.get(keyOf(use));
    if (used !== undefined) return covers(this.#on(used).select, column) && this.#mayRead(used, on);
    const columns = column === null ? [] : [column];
    const shape = { schema, name, sort: "table", columns, ancestors: [], descendants: [] } as const;
    return covers(this.#policy.privilegesOn(shape).select, column);
  }

  /** The same for what is written through a view, and for what rules write in a table's place or beside it. */
  #mayWrite(relation: CatalogRelation, on: ReadonlySet<CatalogRelation>): boolean {
    if (!relation.writable) return false;
    const direct = relation.shape.sort === "table" && !relation.hasRules;
    if (direct || this.#on(relation).trusted.write || on.has(relation)) return true;
    return relation.uses.every((use) => {
      const used = this.#catalog.relations.get(keyOf(use));
      if (used === undefined) return false;
      const { insert, update, delete: deletes } = this.#on(used);
      return (
        insert === "all" &&
        update === "all" &&
        deletes &&
        this.#reads(use, on) &&
        this.#mayWrite(used, new Set([...on, relation]))
      );
    });
  }
}

function isSome(grant: ColumnGrant): boolean {
  return grant === "all" || grant.length > 0;
}

function covers(grant: ColumnGrant, column: string | null): boolean {
  if (grant === "all") return true;
  if (column === "*") return false;
  return column === null ? grant.length > 0 : grant.includes(column);
}
