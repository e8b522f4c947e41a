// Lists, and rules that allow by name, as privileges on one relation. What a statement looks like, when it comes and how many
// rows it touches is no matter of privileges: rules that refuse by these are the gateway's alone.

import type { Access, StatementKind } from "#core/sql";
import type { Rule } from "../document/document.ts";
import type { ColumnGrant, RelationPrivileges, RelationShape } from "../privileges.ts";
import type { Layers } from "./layers.ts";
import { NameList } from "./name-list.ts";
import type { RelationLists } from "./relations.ts";

type Granted = "select" | "insert" | "update" | "delete" | "truncate";

interface Granting {
  readonly rule: Rule;
  readonly relations: NameList;
}

export class PrivilegeRules {
  readonly #layers: Layers;
  readonly #lists: RelationLists;
  readonly #rules: readonly Rule[];
  /** What is allowed, now or after approval, by the names of relations. */
  readonly #granting: readonly Granting[];

  /** `rules`: the document's, and what is granted just in time. */
  constructor(layers: Layers, lists: RelationLists, rules: readonly Rule[]) {
    this.#layers = layers;
    this.#lists = lists;
    this.#rules = rules;
    this.#granting = rules.flatMap((rule) =>
      (rule.effect === "allow" || rule.effect === "approve") &&
      rule.when.relation !== null &&
      rule.when.column === null
        ? [{ rule, relations: new NameList(rule.when.relation) }]
        : [],
    );
  }

  on(shape: RelationShape): RelationPrivileges {
    const qualified = `${shape.schema}.${shape.name}`;
    return {
      select: this.#columns(shape, "select"),
      insert: this.#columns(shape, "insert"),
      update: this.#columns(shape, "update"),
      delete: this.#allowed(shape, "delete", []),
      truncate: this.#mayTruncate(shape) && this.#allowed(shape, "truncate", []),
      trusted: {
        read: this.#lists.trust(qualified, false),
        write: this.#lists.trust(qualified, true),
      },
    };
  }

  #columns(shape: RelationShape, action: "select" | "insert" | "update"): ColumnGrant {
    if (this.#allowed(shape, action, ["*"])) return "all";
    return shape.columns.filter((column) => this.#allowed(shape, action, [column]));
  }

  #allowed(shape: RelationShape, action: Granted, columns: readonly string[]): boolean {
    const { schema, name, ancestors, descendants } = shape;
    if (action !== "select" && this.#layers.profile === "read-only") return false;
    const access: Access = {
      relation: { oid: 0, schema, name, kind: "table" },
      ancestors,
      descendants,
      action,
      columns,
      via: [],
    };
    if (this.#lists.denied(access) !== null) return false;
    if (this.#lists.objection(access) === null) return true;
    return this.#lists.columnObjection(access) === null && this.#isGranted(access, action);
  }

  #isGranted({ relation, ancestors, descendants }: Access, action: Granted): boolean {
    const { schema, name } = relation;
    return this.#granting.some(
      ({ rule: { when }, relations }) =>
        relations.grants(schema, name) &&
        (relations.names(schema, name) ||
          [...ancestors, ...descendants].every((other) => relations.grantsQualified(other))) &&
        (when.action === null || when.action.includes(action)) &&
        allowsKind(when.kind, action),
    );
  }

  /** `write` lists do not grant it: it is a command of its own. */
  #mayTruncate({ schema, name }: RelationShape): boolean {
    if (this.#layers.profile === "owner") return true;
    return this.#rules.some(
      ({ effect, when: { kind, relation } }) =>
        (effect === "allow" || effect === "approve") &&
        kind !== null &&
        kind !== "any" &&
        kind.has("truncate") &&
        (relation === null || new NameList(relation).grants(schema, name)),
    );
  }
}

const KINDS_OF = {
  select: ["select", "copy_to"],
  insert: ["insert", "copy_from", "merge"],
  update: ["update", "merge", "insert"],
  delete: ["delete", "merge"],
  truncate: ["truncate"],
} as const satisfies Record<Granted, readonly StatementKind[]>;

function allowsKind(kinds: Rule["when"]["kind"], action: Granted): boolean {
  return kinds === null || kinds === "any" || KINDS_OF[action].some((kind) => kinds.has(kind));
}
